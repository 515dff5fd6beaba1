"""What the builders of frames draw from: the columns of one table by what they are good for, wanted ones first."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ....data.records import Cell, Database
from ..cells import is_missing
from ..frames import Condition, Frame
from ..phrasebook.concept import NUMERIC
from ..phrasebook.english import is_plural
from ..reading import Reading
from ..terms import Term
from .rows import matching

Item = TypeVar("Item")
MANY = 12
"""Most rows that a question may ask for."""


@dataclass(frozen=True)
class Pool:
    """One table, one seeded choice, the columns that are wanted."""

    reading: Reading
    rng: random.Random
    wanted: tuple[str, ...] = ()

    @property
    def database(self) -> Database:
        """The database that the table is in."""
        return self.reading.database

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """Return the items in seeded order."""
        return self.rng.sample(list(items), len(items))

    def ordered(self, terms: Sequence[Term]) -> list[Term]:
        """Return columns in seeded order, wanted ones first."""
        return sorted(self.shuffled(terms), key=lambda term: term.name not in self.wanted)

    def terms(self, good: Callable[[Term], bool] = lambda term: True) -> list[Term]:
        """Return the usable columns that are good, wanted ones first."""
        return self.ordered([term for term in self.reading.usable() if good(term)])

    def askable(self) -> list[Term]:
        """Return the columns whose cells can be asked for."""
        return self.terms(lambda term: term.filled >= 0.5 * self.reading.size)

    def groups(self) -> list[Term]:
        """Return the columns that sort rows into a few groups."""
        return self.terms(lambda term: is_group(self.reading, term) and term.noun != self.reading.row.noun)

    def measures(self) -> list[Term]:
        """Return the columns of numbers that can be compared, without gaps."""
        return self.terms(
            lambda term: (
                term.is_number and term.kind in NUMERIC and is_dense(self.reading, term) and not is_extreme(term)
            )
        )

    def orders(self) -> list[Term]:
        """Return the columns by which rows can be put in order: measures, years, dates."""
        return self.terms(
            lambda term: (
                term.is_ordered
                and is_dense(self.reading, term)
                and not is_extreme(term)
                and not (term.concept.row == "year" and self.reading.row.kind not in ("event", "period", "work"))
            )
        )

    def counts(self, where: Sequence[Condition] = ()) -> bool:
        """Tell whether rows that pass these tests can be counted: without a noun, one says how often a text appears."""
        if not self.reading.row.is_nameless:
            return True
        first = self.reading.terms[where[0].column] if where else None
        return first is not None and where[0].op in ("=", "in") and not first.is_number and first.kind != "date"

    def is_sound(self, frame: Frame) -> bool:
        """Tell whether no strange row has a part in the result, and there is a result."""
        rows = matching(self.reading, frame.where)
        return bool(rows) and self.reading.strange.isdisjoint(rows)

    def cells(self, frame: Frame, column: str) -> list[Cell]:
        """Return the cells of a column that the frame's conditions leave."""
        cells = self.reading.terms[column].cells
        return [cells[at] for at in matching(self.reading, frame.where)]


def is_group(reading: Reading, term: Term) -> bool:
    """Tell whether cells of a column come again and again, and are words."""
    if term.kind not in ("category", "name", "person") or term.is_number or is_plural(term.noun):
        return False
    return (
        2 <= len(term.places) <= 0.6 * term.filled
        and term.filled == reading.size - len(reading.strange)
        and len(term.literals()) == len(term.places)
    )


def is_extreme(term: Term) -> bool:
    """Tell whether the noun is a superlative already: the highest highest score reads badly."""
    return term.noun.split(" ")[0].lower().strip(".") in (
        "max",
        "min",
        "highest",
        "lowest",
        "best",
        "worst",
        "largest",
        "smallest",
        "first",
        "last",
        "maximum",
        "minimum",
        "peak",
        "high",
        "low",
        "most",
        "least",
    )


def is_dense(reading: Reading, term: Term) -> bool:
    """Tell whether every row has a cell here."""
    return term.filled == reading.size and len(term.places) > 2


def equals(term: Term, cell: Cell) -> Condition:
    """Return the condition that a column has this cell."""
    return Condition(term.name, "=", (cell,))


def are_clean(cells: Sequence[Cell]) -> bool:
    """Tell whether cells can be an answer: none missing, none twice, none endless."""
    return (
        bool(cells)
        and not any(is_missing(cell) or (isinstance(cell, str) and len(cell) > 80) for cell in cells)
        and len(set(cells)) == len(cells) <= MANY
    )
