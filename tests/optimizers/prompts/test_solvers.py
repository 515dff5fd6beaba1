"""The prompt of a solver is optimized too: on questions with answers, by accuracy or a metric of one's own."""

from pathlib import Path
from typing import Any

import pytest

from source2synth.data.records import ResultTable, Seed, SQLExample
from source2synth.errors import ConfigError, TrainingError
from source2synth.optimizers import Accuracy, curate, optimize_prompts, tune_prompt


def questions(database: Any) -> list[SQLExample]:
    """Ask for the size of things, as people do, with the answers and no SQL."""
    made = []
    for table in database.tables:
        for name, _, size in table.rows[:4]:
            made.append(
                SQLExample.of(
                    question=f"What is the size of {name}?",
                    sql="",
                    answer=ResultTable(columns=("size",), rows=((size,),)),
                    level=1,
                    database_id=database.only((table.name,)).id,
                    seed=Seed(kind="human", text="", source_ids=(table.name,)),
                )
            )
    return made


@pytest.fixture
def slow(simulation: Any) -> Any:
    """Return a model that answers every third question, and every one once it is shown how."""

    class Slow(simulation.Engine):  # type: ignore[misc]  # loaded by path
        def say(self, system: str, turns: list[str]) -> str:
            said: str = super().say(system, turns)
            knows = len(turns) > 1 or simulation.luck(turns[-1]) < 0.4
            return said if knows else said.replace("WHERE name", "WHERE sort")

    return simulation.model(Slow(0), "solver")


@pytest.mark.parametrize("metric", [Accuracy(), lambda task, answer, trace=None: float("WHERE name" in answer.sql)])
def test_a_solver_learns_from_what_it_got_right(simulation: Any, slow: Any, metric: Any) -> None:
    database = simulation.tables(12)
    found = optimize_prompts(
        simulation.solver(),
        database,
        metric,
        optimizer="bootstrap",
        budget_calls=200,
        lm=slow,
        examples=questions(database),
        sizes=(12, 6, 8),
    )
    assert found.baseline.mean < 0.8
    assert found.best.mean == 1.0
    assert found.program.ask.demos


def test_a_solver_without_questions_is_told(simulation: Any) -> None:
    lm = simulation.model(simulation.Engine(0), "solver")
    with pytest.raises(ConfigError, match="SQLReasoner is optimized on examples"):
        optimize_prompts(simulation.solver(), simulation.tables(), Accuracy(), budget_calls=9, lm=lm)


def test_a_prompt_curates_where_weights_are_not_ours(simulation: Any, slow: Any, tmp_path: Path) -> None:
    """LLMSynth is shown what slice 0 taught it, answers what it did not before, and drops what is wrong."""
    database = simulation.tables(12)
    examples = [one if at % 5 else spoilt(one) for at, one in enumerate(questions(database))]
    given = {"sources": database, "student": slow, "tuned": "prompt", "checks": (), "workdir": str(tmp_path)}
    result = curate(simulation.solver(), examples, **given)
    judged = result.parts["slice_1"]
    assert set(result.kept) == {one for one in judged if one.answer.rows[0][0] != 0}
    assert 0 < len(result.kept) < len(judged)
    assert result.synth_solver.solver.ask.demos
    assert result.synth is result.model is result.student
    shown = [demo.question for demo in result.solver.solver.ask.demos]
    assert shown
    assert set(shown) <= {one.question for one in result.kept}
    assert {demo.question for demo in result.control_solver.solver.ask.demos} <= {
        one.question for one in result.control
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["llmcurated", "llmsynth", "the-control"]
    view = database.only(("things0",))
    assert result.solver(view, "What is the size of Ta0x5?").result.rows == ((database.tables[0].rows[5][2],),)


def spoilt(example: SQLExample) -> SQLExample:
    return example.model_copy(update={"answer": ResultTable(columns=("size",), rows=((0,),))})


def test_of_too_few_examples_a_prompt_stays_as_it_was(simulation: Any, slow: Any) -> None:
    database, solver = simulation.tables(1), simulation.solver()
    tuned = tune_prompt(solver, slow, questions(database)[:2], database, what="LLMSynth")
    assert (tuned.solver, tuned.found) == (solver, None)
    with pytest.raises(TrainingError, match="no example left to tune LLMSynth on"):
        tune_prompt(solver, slow, [], database, what="LLMSynth")


def test_weights_of_training_rows_mean_nothing_to_a_prompt(simulation: Any, slow: Any) -> None:
    database = simulation.tables(3)
    with pytest.raises(ConfigError, match="a prompt has no use for that"):
        curate(
            simulation.solver(), questions(database), sources=database, student=slow, tuned="prompt", learnability=True
        )
