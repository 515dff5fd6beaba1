"""What a program takes and gives: one `forward` for modules that ask a model and for their offline twins."""

from typing import Protocol

from ..data.records import Database, Record, ResultTable, Seed, Style


class Query(Record):
    """SQL that answers what a seed is about."""

    sql: str
    level: int = 1
    """Difficulty, 1 to 4."""
    reasoning: str = ""


class Wording(Record):
    """A question as one person would put it."""

    text: str
    style: Style
    knowledge: str = ""
    """A sentence the question needs to be clear (style `vague`); empty if it needs none."""


class Used(Record):
    """What earlier examples of a table used already: coverage prefers what is not in here."""

    columns: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def plus(
        self, *, columns: tuple[str, ...] = (), shapes: tuple[str, ...] = (), texts: tuple[str, ...] = ()
    ) -> "Used":
        """Return what is used after one more example."""
        return Used(columns=self.columns + columns, shapes=self.shapes + shapes, texts=self.texts + texts)


class SeedProgram(Protocol):
    """Finds a fact of one table; raises ReplyError where there is none of that level."""

    def forward(self, database: Database, table: str, *, rng: int, level: int = 1, used: Used = ...) -> Seed:
        """Return a fact."""
        ...


class SQLProgram(Protocol):
    """Writes SQL about a seed; raises ReplyError where there is none of that level."""

    def forward(self, database: Database, seed: Seed, *, level: int, rng: int) -> Query:
        """Return a query about the fact."""
        ...


class RepairProgram(Protocol):
    """Mends SQL that failed, given the engine's error."""

    def forward(self, database: Database, seed: Seed, sql: str, error: str) -> Query:
        """Return the query mended."""
        ...


class QuestionProgram(Protocol):
    """Writes the question that the SQL answers; raises ReplyError where it cannot be worded."""

    def forward(
        self, database: Database, seed: Seed, query: Query, answer: ResultTable, *, style: Style, rng: int
    ) -> Wording:
        """Return the question."""
        ...
