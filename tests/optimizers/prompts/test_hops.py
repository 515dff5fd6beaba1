"""Each stage of the programs on documents is optimized by itself: connections, hop questions, imputation."""

import random
from typing import Any

import pytest

from source2synth.optimizers import Answerability, Composite, Diversity, Part, optimize_prompts
from source2synth.optimizers.measuring import Measured
from source2synth.programs.compiled import predictors_of

DRAWN = random.SystemRandom().randrange(1000)
"""The rules of this test run."""
RESULTS = 300
TASKS = (60, 16, 40)
STAGES = ("seeds", "hop", "rebuild")


def optimized(
    simulation: Any, documents: Any, hops: Any, stage: str, optimizer: str, *, rules: int = DRAWN, metric: Any = None
) -> tuple[Any, Any]:
    """Optimize one stage of a program of simulation_hops.py; returns what was found, and the engine."""
    engine = hops.engine(simulation, documents, stage, rules)
    lm = simulation.model(engine, "solver")
    found = optimize_prompts(
        hops.program(stage),
        hops.corpus(documents),
        (metric or Answerability)(documents.solver(), lm=lm, k=1),
        optimizer=optimizer,
        budget_metric_calls=RESULTS,
        lm=simulation.model(engine, "generator"),
        reflection=simulation.model(engine, "reflection"),
        examples=hops.examples(documents) if stage == "rebuild" else (),
        stages=(stage,),
        styles=("formal",),
        sizes=TASKS,
        threads=4,
    )
    return found, engine


def learned(program: Any, stage: str) -> tuple[str, list[Any]]:
    """Return the instructions and the demonstrations of a stage."""
    predictors = [one for path, one in predictors_of(program).items() if path.partition(".")[0] == stage]
    said = " ".join(one.signature.instructions for one in predictors)
    return said, [demo for one in predictors for demo in one.demos]


@pytest.mark.parametrize("optimizer", ["gepa", "bootstrap"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_by_itself_is_rewritten_until_more_can_be_answered(
    simulation: Any, documents: Any, hops: Any, stage: str, optimizer: str
) -> None:
    found, engine = optimized(simulation, documents, hops, stage, optimizer)
    told = f"rules {DRAWN}: {found}"
    assert found.baseline.mean < 0.5, told
    assert found.best.mean > 0.9, told
    assert found.better, told
    assert found.spent.metric_calls <= RESULTS, told
    said, demos = learned(found.program, stage)
    if optimizer == "gepa":
        assert any(fault.lesson in said for fault in engine.rules.values())
    else:
        assert demos
        assert said == learned(hops.program(stage), stage)[0]


@pytest.mark.parametrize("stage", STAGES)
def test_without_feedback_a_stage_does_not_get_there(simulation: Any, documents: Any, hops: Any, stage: str) -> None:
    class Silent(Answerability):
        def measure(self, task: Any, made: Any = None) -> Measured:
            return super().measure(task, made).model_copy(update={"words": ""})

    found, engine = optimized(simulation, documents, hops, stage, "gepa", metric=Silent)
    assert found.best.mean < 0.5, f"rules {DRAWN}: {found}"
    assert engine.reflected


@pytest.mark.parametrize("optimizer", ["gepa", "bootstrap"])
def test_what_imputes_is_optimized_by_several_measures(
    simulation: Any, documents: Any, hops: Any, optimizer: str
) -> None:
    known = [example.question for example in hops.examples(documents)]

    def weighed(*given: Any, **options: Any) -> Composite:
        return Composite(Part(0.8, Answerability(*given, **options)), Part(0.2, Diversity(known)))

    found, _ = optimized(simulation, documents, hops, "rebuild", optimizer, metric=weighed)
    told = f"rules {DRAWN}: {found}"
    before, after = found.parts
    assert before["answerability"] < 0.5, told
    assert after["answerability"] > 0.9, told
    assert 0 < after["diversity"] < 1, told
    assert found.better, told
    assert found.configuration["weights"] == {"answerability": 0.8, "diversity": 0.2}
    moved = f"{before['answerability']:.2f} to {after['answerability']:.2f}"
    assert f"scored by 0.8 answerability ({moved}) + 0.2 diversity (" in str(found)


def test_the_same_call_is_one_demonstration_however_often_it_comes_up(
    simulation: Any, documents: Any, hops: Any
) -> None:
    found, _ = optimized(simulation, documents, hops, "hop", "bootstrap")
    for predictor in (found.chosen_program.hop.ask_for, found.chosen_program.hop.ask_about):
        shown = [(demo.title, demo.document) for demo in predictor.demos]
        assert shown
        assert len(set(shown)) == len(shown)
