"""What searches are shown: no call that had to be mended, none twice, and replies that could not be read."""

import json
from pathlib import Path
from typing import Any

import dspy

from source2synth.optimizers import Answerability, optimize_prompts
from source2synth.optimizers.prompts.showing import Showing
from source2synth.programs import TableQuestions
from source2synth.programs.composition import ComposeHops


def searched(simulation: Any, made: Any, optimizer: str, rules: int, **options: Any) -> tuple[Any, Any]:
    """Optimize the generator of simulation_stages.py whose SQL mostly has to be mended."""
    engine = made.engine(simulation, "repair", seed=rules)
    found = optimize_prompts(
        made.program(simulation, "repair"),
        simulation.tables(60),
        Answerability(simulation.solver(), lm=simulation.model(engine, "solver"), k=1),
        optimizer=optimizer,
        budget_metric_calls=300,
        lm=simulation.model(engine, "generator"),
        reflection=simulation.model(engine, "reflection"),
        styles=("formal",),
        sizes=(40, 16, 40),
        threads=4,
        **options,
    )
    return found, engine


def test_sql_that_had_to_be_mended_is_no_demonstration_though_its_example_was_kept(
    simulation: Any, stages: Any
) -> None:
    found, _ = searched(simulation, stages, "bootstrap", 0, stages=("sql", "repair"))
    program = found.chosen_program
    assert program.repair.mend.demos  # examples were kept whose first SQL failed
    written = [demo.query["sql"] for demo in program.sql.write.demos]
    assert not any(broken in sql for sql in written for broken in ("x.name", "TALLY", "nam FROM"))
    failed = {demo.failed_sql for demo in program.repair.mend.demos}
    assert not failed & {demo.query["sql"] for demo in program.repair.mend.demos}


def step(predictor: Any, reply: dict[str, Any], **inputs: Any) -> tuple[Any, dict[str, Any], Any]:
    return predictor, inputs, dspy.Prediction(**reply)


def test_of_a_kept_trace_what_was_mended_was_unread_or_is_shown_already_is_left_out() -> None:
    compose = ComposeHops()
    showing = Showing(compose)
    draft = step(compose.merge, {"question": "“Where is   #1?”"}, questions=["a", "b"])
    mended = step(compose.mend, {"question": "Where?"}, questions=["a", "b"], draft="Where is #1?", fault="It is one.")
    unread = step(compose.merge, {"reply": "{"}, questions=["c"])
    trace = [draft, unread, mended]
    assert showing.shows(trace)
    assert trace == [mended]
    again = [mended]
    assert not showing.shows(again)
    assert again == []


def test_a_kept_result_that_asked_nothing_of_the_stage_shows_nothing() -> None:
    program, compose = TableQuestions(), ComposeHops()
    other = step(compose.merge, {"question": "Where?"}, questions=["a"])
    assert not Showing(program).shows([other])


def test_a_reply_that_cannot_be_read_reaches_who_reflects(simulation: Any, stages: Any, tmp_path: Path) -> None:
    """Rules 9: of two kinds of facts the repair never gives the query."""
    found, engine = searched(simulation, stages, "gepa", 9, stages=("repair",), workdir=tmp_path)
    assert {fault.told for fault in engine.rules.values()} == {"mended 2 times", "could not be read as mended SQL"}
    assert any("could not be read as mended SQL: it lacks query" in prompt for prompt in engine.reflected)
    assert any("As the error says." in prompt and "lacks query" in prompt for prompt in engine.reflected)
    assert found.best.mean > 0.9
    rows = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert any("it ended at the repair" in row["words"] for row in rows)
