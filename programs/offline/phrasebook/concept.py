"""What a column is about, as far as the phrase book knows: its kind, its noun, and how people ask for it.

Phrases are templates (`templates.py`). A phrase for some rows only starts with their class or noun:
`person,team:from {v}`. Classes of rows: person, team, event, work, place, org, period, thing, entry.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "person",  # the cell names people
    "name",  # the cell names teams, places, works, things
    "date",
    "year",
    "duration",  # time of the clock or time taken, as text
    "count",  # things counted: how many
    "measure",  # a quantity: how high, how much
    "money",
    "percent",
    "rank",  # small is good
    "code",  # a number or sign that only tells rows apart
    "score",
    "category",
    "text",  # free text
    "never",  # no question comes of it
]
NUMERIC: frozenset[str] = frozenset(("count", "measure", "money", "percent"))
RowClass = Literal["person", "team", "event", "work", "place", "org", "period", "thing", "entry"]


@dataclass(frozen=True)
class Concept:
    """One idea that many headers stand for."""

    headers: tuple[str, ...]
    """Normalised headers (`headers.key_of`) that mean it."""
    kind: Kind
    noun: str = ""
    """Singular noun; empty: the header's own words."""
    many: str = ""
    """Plural, where it is not the regular one."""
    row: str = ""
    """What a row is called if this column names it: `player`; empty if it never does."""
    row_class: RowClass = "thing"
    asks: tuple[str, ...] = ()
    """Questions for the cell: `how tall <be> {s}`."""
    mods: tuple[str, ...] = ()
    """What follows the noun of the row when the cell is known: `from {v}`."""
    verbs: tuple[str, ...] = ()
    """The same as a predicate: `[come] from {v}`; empty: made from `mods`."""
    most: tuple[str, ...] = ()
    """Superlatives of the row for the largest cell: `tallest`, or `with the most points` for many."""
    least: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    """Predicates for more than a value: `[be] taller than {v}`."""
    less: tuple[str, ...] = ()
    high: str = "highest"
    """Adjective for the largest value of the noun: the `largest` population."""
    low: str = "lowest"
    sums: bool = False
    """Whether the sum of the column says something."""
