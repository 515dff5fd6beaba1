"""Each stage of the generator of questions on tables is optimized by itself: facts, and the repair of SQL."""

import random
from typing import Any

import pytest

from source2synth.optimizers import Answerability, optimize_prompts
from source2synth.optimizers.measuring import Measured

DRAWN = random.SystemRandom().randrange(1000)
"""The rules of this test run."""
RESULTS = 300
TASKS = (40, 16, 40)


def optimized(
    simulation: Any, stages: Any, stage: str, optimizer: str, *, metric: Any = Answerability, rules: int = DRAWN,
    jointly: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """Optimize a stage of the generator of simulation_stages.py, or `seeds+repair`; returns that, and the engine."""
    wanted = tuple(stage.split("+"))
    engine = stages.engine(simulation, *wanted, seed=rules)
    found = optimize_prompts(
        stages.program(simulation, *wanted),
        simulation.tables(60),
        metric(simulation.solver(), lm=simulation.model(engine, "solver"), k=1),
        optimizer=optimizer,
        budget_metric_calls=RESULTS,
        lm=simulation.model(engine, "generator"),
        reflection=simulation.model(engine, "reflection"),
        stages=wanted,
        jointly=jointly,
        styles=("formal",),
        sizes=TASKS,
        threads=4,
    )
    return found, engine


@pytest.mark.parametrize("optimizer", ["gepa", "bootstrap"])
@pytest.mark.parametrize("stage", ["seeds", "repair"])
def test_a_stage_by_itself_is_rewritten_until_more_can_be_answered(
    simulation: Any, stages: Any, stage: str, optimizer: str
) -> None:
    found, engine = optimized(simulation, stages, stage, optimizer)
    told = f"rules {DRAWN}: {found}"
    assert found.baseline.mean < 0.5, told
    assert found.best.mean > 0.9, told
    assert found.better, told
    assert found.spent.metric_calls <= RESULTS, told
    predictor = found.program.seeds.state if stage == "seeds" else found.program.repair.mend
    if optimizer == "gepa":
        assert any(fault.lesson in predictor.signature.instructions for fault in engine.rules.values())
    else:
        assert predictor.demos
    others = [found.program.sql.write, found.program.question.word]
    assert not any(other.demos for other in others)


@pytest.mark.parametrize("jointly", [False, True])
def test_two_stages_that_both_go_wrong_are_rewritten_by_turns_or_at_once(
    simulation: Any, stages: Any, jointly: bool
) -> None:
    """By rules that are always the same: with some, a fault that both stages share is told too seldom (0.75)."""
    found, _ = optimized(simulation, stages, "seeds+repair", "gepa", rules=1, jointly=jointly)
    told = f"rules 1: {found}"
    assert found.baseline.mean < 0.5, told
    assert found.best.mean > 0.9, told
    assert found.spent.metric_calls <= RESULTS, told
    for stage, predictor in (("seeds", found.program.seeds.state), ("repair", found.program.repair.mend)):
        lessons = [fault.lesson for fault in stages.rules(stage, 1).values()]
        assert any(lesson in predictor.signature.instructions for lesson in lessons), told


@pytest.mark.parametrize("stage", ["seeds", "repair"])
def test_without_feedback_a_stage_does_not_get_there(simulation: Any, stages: Any, stage: str) -> None:
    class Silent(Answerability):
        def measure(self, task: Any, made: Any = None) -> Measured:
            return super().measure(task, made).model_copy(update={"words": ""})

    found, engine = optimized(simulation, stages, stage, "gepa", metric=Silent)
    assert found.best.mean < 0.5, f"rules {DRAWN}: {found}"
    assert engine.reflected
