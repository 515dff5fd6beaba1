"""Questions from SQL without a model: the query is read back as a frame and put in words by the phrase book."""

import random
from collections.abc import Sequence

import dspy

from ...data.records import Database, ResultTable, Seed, Style
from ...errors import ReplyError
from ..protocols import Query, Wording
from .grammar.read import read
from .phrasebook.registers import REGISTERS
from .phrasebook.wording import worded
from .reading import reading


class PhrasebookQuestions(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Writes the question that a query answers, in one of the allowed registers."""

    def __init__(self, registers: Sequence[str] | None = None) -> None:
        super().__init__()
        self.registers = tuple(REGISTERS if registers is None else registers)

    def forward(
        self, database: Database, seed: Seed, query: Query, answer: ResultTable, *, style: Style, rng: int
    ) -> Wording:
        """Return a question in this style.

        Raises:
            ReplyError: the phrase book cannot word this query, or not in this style.
        """
        frame = read(query.sql, database.dialect)
        try:
            understood = reading(database, frame.table)
            unknown = [name for name in frame.columns if name not in understood.terms]
        except KeyError as error:
            raise ReplyError(f"the query is about a table that is not there: {frame.table}") from error
        if unknown:
            raise ReplyError(f"the query is about a column that is not there: {unknown[0]}")
        choice = random.Random(f"question {rng} {style}")
        text, knowledge = worded(understood, frame, answer, style=style, rng=choice, registers=self.registers)
        return Wording(text=text, style=style, knowledge=knowledge)

    async def aforward(
        self, database: Database, seed: Seed, query: Query, answer: ResultTable, *, style: Style, rng: int
    ) -> Wording:
        """Return a question in this style; raises ReplyError if it cannot be worded."""
        return self.forward(database, seed, query, answer, style=style, rng=rng)
