"""Optimization on documents: what it reaches on held-out communities, and words about hops."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from source2synth.data.sources.documents import read_documents
from source2synth.optimizers import Answerability, optimize_prompts
from source2synth.optimizers.measuring import Measured
from source2synth.programs import HopReasoner, MultiHopQuestions
from source2synth.programs.offline.hops import EntitySeeds, FactHops, OtherNames

DOCUMENTS = Path(__file__).parents[3] / "data" / "samples" / "documents"
DRAWN = random.SystemRandom().randrange(1000)
"""The rules of this test run."""
RESULTS = 300
MARKS = "[[ ## question ## ]]\n{}\n\n[[ ## completed ## ]]"


def test_a_generator_of_multi_hop_questions_is_measured_with_words(simulation: Any, tmp_path: Path) -> None:
    class Composer(simulation.Engine):  # type: ignore[misc]  # loaded by path
        def say(self, system: str, turns: list[str]) -> str:
            return MARKS.format("Which of them is it, then?")

    engine = Composer(0)
    program = MultiHopQuestions(hops=2, seeds=EntitySeeds(), hop=FactHops(), check=OtherNames())
    found = optimize_prompts(
        program,
        read_documents(DOCUMENTS),
        Answerability(HopReasoner(reasoning=False), lm=simulation.model(engine, "solver"), k=1),
        optimizer="none",
        budget_calls=60,
        lm=simulation.model(engine, "generator"),
        sizes=(2, 2, 4),
        threads=2,
        workdir=tmp_path,
    )
    rows = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert {row["score"] for row in rows} <= {0.0, None}
    assert any("Hop 1: " in row["words"] for row in rows)
    assert found.configuration["stages"] == ["compose"]
    assert not found.better


def optimized(simulation: Any, documents: Any, optimizer: str, *, metric: Any = Answerability) -> tuple[Any, Any]:
    """Optimize the generator of simulation_documents.py; returns what was found, and the engine."""
    engine = documents.engine(simulation, DRAWN)
    found = optimize_prompts(
        documents.program(),
        documents.corpus(),
        metric(documents.solver(), lm=simulation.model(engine, "solver"), k=1),
        optimizer=optimizer,
        budget_metric_calls=RESULTS,
        lm=simulation.model(engine, "generator"),
        reflection=simulation.model(engine, "reflection"),
        stages=("compose",),
        styles=("formal",),
        threads=4,
    )
    return found, engine


@pytest.mark.parametrize("optimizer", ["gepa", "bootstrap"])
def test_more_of_several_hops_can_be_answered_on_held_out_documents(
    simulation: Any, documents: Any, optimizer: str
) -> None:
    found, engine = optimized(simulation, documents, optimizer)
    told = f"rules {DRAWN}: {found}"
    assert found.baseline.mean < 0.5, told
    assert found.best.mean > 0.9, told
    assert found.better, told
    assert found.best.of == 40
    assert found.spent.metric_calls <= RESULTS, told
    merge = found.program.compose.merge
    if optimizer == "gepa":
        assert any(fault.lesson in merge.signature.instructions for fault in engine.rules.values())
    else:
        assert merge.demos
        assert merge.signature.instructions == documents.program().compose.merge.signature.instructions


def test_without_feedback_on_hops_gepa_does_not_get_there(simulation: Any, documents: Any) -> None:
    class Silent(Answerability):
        def measure(self, task: Any, made: Any = None) -> Measured:
            return super().measure(task, made).model_copy(update={"words": ""})

    found, engine = optimized(simulation, documents, "gepa", metric=Silent)
    assert found.best.mean < 0.5, f"rules {DRAWN}: {found}"
    assert engine.reflected
