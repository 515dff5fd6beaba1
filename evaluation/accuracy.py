"""Execution accuracy: a model answers questions greedily, and its SQL's result is compared with the right answer."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from ..data.records import Database, Record, ResultTable, SQLAnswer, SQLExample
from ..data.results import compare, is_ordered
from ..errors import ReplyError
from .values import loosened

BATCH = 64
"""Questions asked at once, in the order given; local models answer them as one batch."""


class Solver(Protocol):
    """Answers questions on a database; `programs.SQLReasoner` is one."""

    async def acall(self, database: Database, question: str) -> SQLAnswer:
        """Answer one question; raises ReplyError if the model replied out of form."""
        ...


class Grade(Record):
    """One question answered and compared."""

    example_id: str
    sql: str
    """What the model wrote; empty if nothing usable came."""
    correct: bool
    reason: str
    """Why it is right or wrong, in one sentence."""
    output_tokens: int = 0


def accuracy(lm: Any, solver: Solver, examples: Sequence[SQLExample], database: Database) -> list[bool]:
    """Tell for each question whether the model's greedy answer is right; raises what asking the model raises."""
    return [grade.correct for grade in grades(lm, solver, examples, database)]


def grades(
    lm: Any,
    solver: Solver,
    examples: Sequence[SQLExample],
    database: Database,
    *,
    advanced: Callable[[int], None] = lambda done: None,
) -> list[Grade]:
    """Ask a model every question greedily and compare the results.

    A reply out of form, or SQL that fails, is a wrong answer: that is what a user would get. A model that cannot be
    reached is an error, not a wrong answer.

    Args:
        lm: The model; None uses the one that is configured.
        solver: The program that asks it.
        examples: The questions and their right answers.
        database: Holds the tables of all questions.
        advanced: Told after each batch how many questions are done.
    """
    return asyncio.run(_grades(lm, solver, examples, database, advanced))


async def _grades(
    lm: Any, solver: Solver, examples: Sequence[SQLExample], database: Database, advanced: Callable[[int], None]
) -> list[Grade]:
    found: list[Grade] = []
    restricted: dict[tuple[str, ...], Database] = {}
    with _greedy(lm):
        for start in range(0, len(examples), BATCH):
            batch = examples[start : start + BATCH]
            for example in batch:
                names = example.seed.source_ids
                restricted.setdefault(names, database.only(names))
            asks = [_grade(solver, example, restricted[example.seed.source_ids]) for example in batch]
            found += await asyncio.gather(*asks)
            advanced(len(found))
    return found


def _greedy(lm: Any) -> AbstractContextManager[None]:
    from ..backends import speaking

    return nullcontext() if lm is None else speaking(lm.copy(temperature=0.0))


async def _grade(solver: Solver, example: SQLExample, database: Database) -> Grade:
    try:
        answer = await solver.acall(database, example.asked)
    except ReplyError as error:
        return Grade(example_id=example.id, sql="", correct=False, reason=str(error))
    correct, reason = judge(answer, example, database)
    return Grade(
        example_id=example.id, sql=answer.sql, correct=correct, reason=reason, output_tokens=answer.output_tokens
    )


def judge(answer: SQLAnswer, example: SQLExample, database: Database) -> tuple[bool, str]:
    """Compare a solver's answer with the right one; order counts where the right SQL orders its rows.

    Answers that people wrote are compared as people spell values, see `evaluation.values`.
    """
    if answer.result is None:
        return False, answer.error or "No SQL could be read from the reply."
    ordered = bool(example.sql) and is_ordered(example.sql, database.dialect)
    spell = loosened if example.provenance.human else _as_it_is
    comparison = compare(spell(answer.result), spell(example.answer), ordered=ordered)
    return comparison.equal, comparison.reason


def _as_it_is(table: ResultTable) -> ResultTable:
    return table
