"""The prompt of a solver is optimized too: on questions with answers, by accuracy or a metric of one's own."""

from typing import Any

import pytest

from source2synth.data.records import ResultTable, Seed, SQLExample
from source2synth.errors import ConfigError
from source2synth.optimizers import Accuracy, optimize_prompts


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


@pytest.mark.parametrize("metric", [Accuracy(), lambda task, answer, trace=None: float("WHERE name" in answer.sql)])
def test_a_solver_learns_from_what_it_got_right(simulation: Any, metric: Any) -> None:
    class Slow(simulation.Engine):  # type: ignore[misc]  # loaded by path
        """Answers every third question, and every one once it is shown how."""

        def say(self, system: str, turns: list[str]) -> str:
            said: str = super().say(system, turns)
            knows = len(turns) > 1 or simulation.luck(turns[-1]) < 0.4
            return said if knows else said.replace("WHERE name", "WHERE sort")

    database = simulation.tables(12)
    found = optimize_prompts(
        simulation.solver(),
        database,
        metric,
        optimizer="bootstrap",
        budget_calls=200,
        lm=simulation.model(Slow(0), "solver"),
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
