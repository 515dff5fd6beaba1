"""Optimization on documents: tasks inside their communities, and words about hops."""

import json
from pathlib import Path
from typing import Any

from source2synth.data.sources.documents import read_documents
from source2synth.optimizers import Answerability, optimize_prompts
from source2synth.programs import HopReasoner, MultiHopQuestions
from source2synth.programs.offline.hops import EntitySeeds, FactHops, OtherNames

DOCUMENTS = Path(__file__).parents[3] / "data" / "samples" / "documents"
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
