"""Execution accuracy: results decide, not SQL; failing is wrong; being unable to ask is an error."""

from typing import Any

import pytest

from source2synth.data.records import (
    Column,
    Database,
    Provenance,
    ResultTable,
    Seed,
    SQLAnswer,
    SQLExample,
    Table,
)
from source2synth.errors import ReplyError
from source2synth.evaluation.accuracy import accuracy, grades

HEIGHTS = Database.of(
    (
        Table(
            name="peaks",
            columns=(Column(name="name", header="Name", type="text"), Column(name="m", header="m", type="integer")),
            rows=(("K2", 8611), ("Everest", 8849)),
        ),
        Table(name="other", columns=(Column(name="a", header="a", type="integer"),), rows=((1,),)),
    )
)


def example(question: str, sql: str, *rows: tuple[Any, ...], human: bool = False) -> SQLExample:
    return SQLExample.of(
        question=question,
        sql=sql,
        answer=ResultTable(columns=("x",) * len(rows[0]), rows=rows),
        level=1,
        database_id=HEIGHTS.only(("peaks",)).id,
        seed=Seed(kind="filter", text="", source_ids=("peaks",)),
        provenance=Provenance(human=human),
    )


class Solver:
    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.seen: list[Database] = []

    async def acall(self, database: Database, question: str) -> SQLAnswer:
        self.seen.append(database)
        rows = self.answers[question]
        if rows is None:
            raise ReplyError("no SQL in the reply")
        if isinstance(rows, BaseException):
            raise rows
        if isinstance(rows, str):
            return SQLAnswer(sql="SELECT oops", error=rows)
        return SQLAnswer(sql="SELECT …", result=ResultTable(columns=("x",) * len(rows[0]), rows=tuple(rows)))


def test_the_result_decides_and_order_only_where_it_was_asked_for() -> None:
    bag = example("bag", "SELECT m FROM peaks", (8611,), (8849,))
    ordered = example("ordered", "SELECT m FROM peaks ORDER BY m", (8611,), (8849,))
    solver = Solver(bag=[(8849.0,), (8611,)], ordered=[(8849,), (8611,)])
    assert accuracy(None, solver, [bag, ordered], HEIGHTS) == [True, False]


def test_failing_is_wrong_and_says_why() -> None:
    examples = [example(name, "SELECT 1", (1,)) for name in ("form", "sql")]
    found = grades(None, Solver(form=None, sql="no such column: oops"), examples, HEIGHTS)
    assert [grade.correct for grade in found] == [False, False]
    assert [grade.reason for grade in found] == ["no SQL in the reply", "no such column: oops"]


def test_a_model_that_cannot_be_reached_is_an_error() -> None:
    with pytest.raises(ConnectionError):
        accuracy(None, Solver(q=ConnectionError("down")), [example("q", "SELECT 1", (1,))], HEIGHTS)


def test_answers_of_people_are_compared_as_people_spell() -> None:
    said = [example("q", "", ("k2",), human=True), example("q", "SELECT name FROM peaks", ("k2",))]
    assert accuracy(None, Solver(q=[("K2",)]), said, HEIGHTS) == [True, False]


def test_the_solver_sees_only_the_tables_of_the_question_and_progress_is_told() -> None:
    solver = Solver(q=[(1,)])
    told: list[int] = []
    grades(None, solver, [example("q", "SELECT 1", (1,))] * 80, HEIGHTS, advanced=told.append)
    assert {tuple(table.name for table in database.tables) for database in solver.seen} == {("peaks",)}
    assert told == [64, 80]
