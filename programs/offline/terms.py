"""One column as its reader understands it: its cells, its concept and kind, and the nouns that people say for it."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property

from ...data.records import Cell, Column
from .cells import is_missing, is_sayable
from .lexicon import concept_of, kind_of, words
from .phrasebook.concept import NUMERIC, Concept, Kind
from .phrasebook.english import is_plural, plural, singular
from .sayable import is_noun, is_quantity, noun_for

_SHARE = re.compile(r"percent|share|rate|ratio|turnout|swing|change|growth|margin|yield|%|proportion|increase")
_SPAN = re.compile(r"\d+ ?([-–,&] ?\d+ ?)+")
"""Cells such as `1 - 7 , 9`, of a column headed by a plural."""
Places = dict[Cell, tuple[int, ...]]


@dataclass(frozen=True)
class Term:
    """One column: its cells, and how it is spoken of."""

    column: Column
    concept: Concept
    kind: Kind
    noun: str
    many: str
    unit: str
    cells: tuple[Cell, ...] = field(repr=False)
    places: dict[Cell, tuple[int, ...]] = field(repr=False)
    """Rows of every distinct cell that is not missing."""
    is_clear: bool
    """Whether its noun is its alone in the table."""
    rows: int
    """Rows of the table, strange ones left out."""

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.column.name

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.column.type in ("integer", "real")

    @property
    def is_ordered(self) -> bool:
        """Whether more and less mean something: quantities, years and dates with a year."""
        if self.column.type in ("date", "datetime"):
            return True
        return self.is_number and (self.kind in NUMERIC or self.kind in ("year", "date"))

    @property
    def is_time(self) -> bool:
        """Whether a cell says when: alone it can be a circumstance."""
        return self.kind in ("year", "date") or self.concept.headers[0] in ("season", "week", "month")

    @cached_property
    def filled(self) -> int:
        """Rows that have a cell."""
        return sum(map(len, self.places.values()))

    @property
    def is_unique(self) -> bool:
        """Whether no cell comes twice, and at most one in ten is missing."""
        return len(self.places) == self.filled and self.filled >= 0.9 * self.rows

    def literals(self) -> tuple[Cell, ...]:
        """Return the distinct cells that can stand in a question."""
        return self._literals

    @cached_property
    def _literals(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.places if not isinstance(cell, str) or is_sayable(cell))

    @cached_property
    def index(self) -> dict[Cell, tuple[int, ...]]:
        """All rows of every distinct cell, as the database sees them: strange ones and cells that say nothing too."""
        found: dict[Cell, list[int]] = {}
        for at, cell in enumerate(self.cells):
            if cell is not None:
                found.setdefault(cell, []).append(at)
        return {cell: tuple(rows) for cell, rows in found.items()}


def term_of(column: Column, cells: list[Cell], strange: frozenset[int], counts: Counter[str]) -> Term:
    """Return a column understood.

    Args:
        column: The column.
        cells: Its cells, in table order.
        strange: Rows that are no rows.
        counts: How often each noun heads a column of the table, lower case.
    """
    places = _places(cells, strange)
    texts = [cell for cell, rows in places.items() if isinstance(cell, str) for _ in rows]
    concept, kind = _idea(column, texts, places, counts)
    found = words(column)
    noun = _noun(column, concept, kind, texts)
    if noun in ("gold medal", "silver medal", "bronze medal") and column.type not in ("integer", "real"):
        concept, kind, noun = None, "person", noun + "ist"
    many = (concept.many if concept else "") or plural(noun)
    one = noun if kind in ("money", "text") else singular(noun)
    return Term(
        column,
        concept or Concept((found.key,), kind),
        kind,
        many if is_plural(found.noun) and _lists(concept, kind, noun, texts) else one,
        many,
        found.unit,
        tuple(cells),
        places,
        counts[found.noun.lower()] == 1 and _is_clear(concept, kind, noun, found.unit, texts),
        len(cells) - len(strange),
    )


def _places(cells: list[Cell], strange: frozenset[int]) -> Places:
    places: dict[Cell, list[int]] = {}
    for at, cell in enumerate(cells):
        if at not in strange and not is_missing(cell):
            places.setdefault(cell, []).append(at)
    return {cell: tuple(rows) for cell, rows in places.items()}


def _idea(column: Column, texts: list[str], places: Places, counts: Counter[str]) -> tuple[Concept | None, Kind]:
    """Return the concept of a column, none where its cells belie it, and its kind."""
    header = column.header.strip() or column.name
    if header.lower() == "total" and {"gold", "silver"} <= set(counts):
        header = "total medals"
    concept = concept_of(header, column.unit)
    if concept is None:
        return None, kind_of(column, None, texts, places)
    if concept.kind == "count" and "%" in header:
        return None, "percent" if not texts else "score"
    solid = concept.headers[0] == "city" and "solid" in {text.lower() for text in texts}  # a state of matter
    reached = concept.headers[0] == "position" and sum(text[:1].isdigit() for text in texts) > len(texts) / 2
    found = None if solid or reached else concept
    return found, kind_of(column, found, texts, places)


def _noun(column: Column, concept: Concept | None, kind: Kind, texts: list[str]) -> str:
    found = words(column)
    noun = ((concept.noun if concept else "") or noun_for(found.key, found.noun)).replace("{h}", found.noun)
    if concept is None:
        noun = _made(noun, column, kind, texts)
    if kind == "count":
        noun = noun.removeprefix("number of ")
    if kind == "date" and column.type == "integer":
        noun = re.sub(r"\bdate\b", "year", noun)
    return noun


def _made(noun: str, column: Column, kind: Kind, texts: list[str]) -> str:
    """Say a header that no concept stands for: with `percentage` where its cells are, with `or` for a stroke."""
    header = column.header.strip() or column.name
    shares = column.unit == "%" or sum(bool(re.fullmatch(r"[\d.,]+ ?%", text)) for text in texts) > len(texts) / 2
    if (shares and not _SHARE.search(noun)) or (re.fullmatch(r"[\w ]+ ?%", header) and "percent" not in noun):
        return f"{singular(noun)} percentage"
    if re.fullmatch(r"[a-z]{3,}/[a-z]{3,}", noun) and kind in ("name", "person", "category"):
        return noun.replace("/", " or ")
    return noun


def _lists(concept: Concept | None, kind: Kind, noun: str, texts: list[str]) -> bool:
    """Tell whether cells list several things, or state several numbers: villains, points as `4 - 1`."""
    if concept is None or sum(bool(_SPAN.fullmatch(text)) for text in texts) > len(texts) / 2:
        return bool(texts) and kind != "count" and not noun.endswith("percentage")
    return kind == "score" and concept.kind in ("count", "measure")


def _is_clear(concept: Concept | None, kind: Kind, noun: str, unit: str, texts: list[str]) -> bool:
    """Tell whether people would know what a noun asks for."""
    if not is_noun(re.sub(r" ?\([^)]*\)$", "", noun)) or re.search(r"\((to|from|by|at|on|in|of|for)\)$", noun):
        return False
    if re.search(r"\bat (the|that) time$", noun):
        return False
    if concept is not None:
        return True
    done = bool(texts) and bool(re.search(r" (began|\w+ed)$", noun))
    return not done and (kind not in ("measure", "percent") or is_quantity(noun, unit))


def without_brackets(terms: dict[str, Term]) -> dict[str, Term]:
    """Leave out what stands in brackets behind a noun, where the noun is its column's alone without it too."""
    bare = {name: re.sub(r" ?\([^)]*\)$", "", term.noun) for name, term in terms.items()}
    times = Counter(noun.lower() for noun in bare.values())
    whole = {term.noun.lower() for term in terms.values()}
    return {
        name: replace(term, noun=bare[name], many=plural(bare[name]))
        if bare[name] != term.noun and bare[name] and times[bare[name].lower()] == 1
        else replace(term, is_clear=term.is_clear and (bare[name] == term.noun or bare[name].lower() not in whole))
        for name, term in terms.items()
    }


def numbered(terms: dict[str, Term], noun: str, *, is_work: bool) -> dict[str, Term]:
    """Say what a column headed `No.` numbers: episodes, songs; where that is not known it is not asked about."""
    said = is_work and noun not in ("title", "release")
    return {
        name: replace(term, noun=f"{noun} number", many=f"{noun} numbers", is_clear=said and term.is_clear)
        if term.noun == "number"
        else term
        for name, term in terms.items()
    }


def of_final(term: Term) -> Term:
    """Call the `score in the final` a score, where rows are finals."""
    noun = re.sub(r" in (the )?final$", "", term.noun)
    return term if noun == term.noun else replace(term, noun=noun, many=plural(noun))
