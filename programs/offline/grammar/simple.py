"""Builders of levels 1 and 2: lookups, comparisons, counts, sums, different cells."""

import re

from ....data.records import Cell
from ..cells import said
from ..frames import Condition, Frame
from ..phrasebook.concept import NUMERIC
from ..terms import Term
from .pool import MANY, Pool, are_clean, equals, is_group
from .rows import matching


def frame(
    pool: Pool, select: tuple[str, ...] = (), where: tuple[Condition, ...] = (), function: str = "", **more: object
) -> Frame:
    """Return a frame on the pool's table."""
    return Frame(pool.reading.table.name, select, function, where, **more)  # type: ignore[arg-type]  # keywords of Frame


def is_condition(pool: Pool, term: Term) -> bool:
    """Tell whether one can ask for rows by the exact cell of this column."""
    if term.concept.headers[0] in ("latitude", "january"):
        return False
    if pool.reading.row.is_nameless and (term.kind in NUMERIC or term.kind == "rank"):
        return False  # what the city is when the population is 312
    if term.kind in ("percent", "measure", "money") and term.column.type == "real":
        return False
    return term.kind not in ("duration",) or not term.is_number


def handles(pool: Pool, asked: Term) -> list[tuple[Term, Cell]]:
    """Return ways to pick rows by one exact cell, the natural ones first: by name, then by group, then by rare cell."""
    found: list[tuple[float, Term, Cell]] = []
    nameless = pool.reading.row.is_nameless
    for term in pool.terms(lambda term: term.name != asked.name and is_condition(pool, term)):
        cells = [cell for cell in term.literals() if not _is_figure(term, cell)] if nameless else term.literals()
        if cells:
            cell = cells[pool.rng.randrange(len(cells))]
            found.append(
                (pool.rng.random() + _ease(pool, term, cell) + (0.5 if term.name in pool.wanted else 0), term, cell)
            )
    return [(term, cell) for _, term, cell in sorted(found, key=lambda item: -item[0])]


def _is_figure(term: Term, cell: Cell) -> bool:
    """Tell whether a text is but a quantity: rows without a noun are not told apart by how much they have."""
    if not isinstance(cell, str) or term.kind in ("code", "year", "date"):
        return False
    return not re.search(r"[^\W\d]", cell) or bool(re.match(r"[\d.,]+ ?%", cell))


def _ease(pool: Pool, term: Term, cell: Cell) -> float:
    """Return how naturally one asks by this cell."""
    if term.name in (pool.reading.row.key, pool.reading.row.namer):
        return 1.0
    ease = 0.4 if term.concept.mods else 0.0
    if term.kind in ("measure", "money", "percent", "duration", "rank", "count"):
        ease -= 0.8
    return ease - (0.3 if len(said(cell)) > 25 else 0) - (0.3 if pool.reading.is_shared(term, cell) else 0)


def lookup(pool: Pool) -> Frame | None:
    """One cell, or a few, by one condition."""
    for asked in _asked(pool)[:4]:
        for term, cell in handles(pool, asked)[:4]:
            if asked.is_time and term.is_time and pool.reading.row.is_nameless:
                continue  # what the year is on March 30
            made = frame(pool, (asked.name,), (equals(term, cell),))
            if _answers(pool, made, most=1 if asked.name != pool.reading.row.key else 5):
                return made
    return None


def _asked(pool: Pool) -> list[Term]:
    row = pool.reading.row
    return [
        term
        for term in pool.askable()
        if (term.noun != row.noun or term.name == row.key)
        and term.concept.headers[0] != "january"
        and not (row.noun == "incumbent" and term.noun.endswith(" candidate"))  # who ran, not whose candidate
        and not (term.kind == "rank" and pool.rng.random() < 0.5)
    ]


def _answers(pool: Pool, made: Frame, *, most: int = MANY) -> bool:
    cells = [pool.cells(made, name) for name in made.select]
    return pool.is_sound(made) and len(cells[0]) <= most and all(are_clean(each) for each in cells)


def compare(pool: Pool) -> Frame | None:
    """Names of the rows above or below a value."""
    key = pool.reading.key
    if key is None:
        return None
    for term in pool.orders():
        if term.name == key.name:
            continue
        for op, cell in _bounds(pool, term):
            made = frame(pool, (key.name,), (Condition(term.name, op, (cell,)),))
            if _answers(pool, made, most=6) and len(matching(pool.reading, made.where)) > 1:
                return made
    return None


def _bounds(pool: Pool, term: Term) -> list[tuple[str, Cell]]:
    """Return a few tests by size: the values lie between cells and are round where they can be."""
    cells = sorted(c for c in term.places if not isinstance(c, bool))  # type: ignore[type-var]  # one column, one type
    found: list[tuple[str, Cell]] = []
    for _ in range(4):
        at = pool.rng.randrange(1, len(cells)) if len(cells) > 1 else 0
        found.append((pool.rng.choice((">", "<", ">", "<", ">=", "<=")), _round(cells[at - 1], cells[at])))
    return found


def _round(low: Cell, high: Cell) -> Cell:
    """Return the roundest number from `low` up to `high`."""
    if not isinstance(low, int | float) or not isinstance(high, int | float) or isinstance(low, bool):
        return high
    for step in (10**power for power in range(9, -1, -1)):
        value = -(-low // step) * step
        if low <= value < high and value != 0:
            return int(value)
    return high


def lookup_two(pool: Pool) -> Frame | None:
    """A cell by two conditions, each of which matters."""
    for asked in _asked(pool)[:4]:
        options = [item for item in handles(pool, asked) if not item[0].is_unique]
        for first in options[:4]:
            made = _two(pool, asked, first[0])
            if made is not None:
                return made
    return None


def _two(pool: Pool, asked: Term, first: Term) -> Frame | None:
    """Pick a row, and describe it by two of its cells."""
    cells = [cell for cell in first.literals() if len(first.places[cell]) > 1]
    if not cells:
        return None
    cell = pool.rng.choice(cells)
    rows = first.places[cell]
    at = pool.rng.choice(rows)
    for term in pool.terms(
        lambda t: t.name not in (asked.name, first.name) and is_condition(pool, t) and not t.is_unique
    )[:4]:
        other = term.cells[at]
        if other not in term.places or other not in term.literals() or _ease(pool, term, other) < -0.3:
            continue
        made = frame(pool, (asked.name,), (equals(first, cell), equals(term, other)))
        left = len(matching(pool.reading, made.where))
        if (
            left < len(rows)
            and left < len(term.places[other])
            and _answers(pool, made, most=1 if asked.name != pool.reading.row.key else 4)
        ):
            return made
    return None


def lookup_pair(pool: Pool) -> Frame | None:
    """Two cells of one row."""
    asked = [term for term in _asked(pool) if term.name != pool.reading.row.key][:2]
    if len(asked) < 2:
        return None
    for term, cell in handles(pool, asked[0])[:3]:
        made = frame(pool, tuple(t.name for t in asked), (equals(term, cell),))
        if term.name != asked[1].name and _answers(pool, made, most=1):
            return made
    return None


def _filters(pool: Pool, *, least: int = 2) -> list[Condition]:
    """Return conditions that leave several rows, not all."""
    found: list[Condition] = []
    for term in pool.terms(
        lambda t: (
            is_condition(pool, t)
            and t.kind not in ("percent", "duration", "measure", "money")
            and t.noun != pool.reading.row.noun
        )
    ):
        cells = [
            c
            for c in (term.literals() if term.concept.mods or is_group(pool.reading, term) else ())
            if least <= len(term.places[c]) < pool.reading.size
        ]
        if cells:
            found.append(equals(term, pool.rng.choice(cells)))
    sized = [] if pool.reading.row.is_nameless else pool.orders()
    for term in [t for t in sized if t.name != pool.reading.row.key][:2]:
        op, cell = _bounds(pool, term)[0]
        if least <= len(matching(pool.reading, [Condition(term.name, op, (cell,))])) < pool.reading.size:
            found.append(Condition(term.name, op, (cell,)))
    return found


def count(pool: Pool) -> Frame | None:
    """How many rows, all or some."""
    if pool.reading.is_whole and pool.rng.random() < 0.06 and not pool.reading.row.is_nameless:
        return frame(pool, function="count")
    filters = pool.shuffled(_filters(pool))
    if not filters:
        return None
    where = tuple(filters[: 2 if pool.rng.random() < 0.25 else 1])
    made = frame(pool, (), where, "count")
    if len(where) == 2 and (
        where[0].column == where[1].column
        or len(matching(pool.reading, where)) in (0, *(len(matching(pool.reading, [c])) for c in where))
    ):
        made = frame(pool, (), where[:1], "count")
    return made if pool.is_sound(made) and pool.counts(made.where) else None


def count_distinct(pool: Pool) -> Frame | None:
    """How many different cells a column has."""
    if not pool.reading.is_whole:
        return None
    for term in pool.groups():
        return frame(pool, (term.name,), (), "count_distinct")
    return None


def aggregate(pool: Pool) -> Frame | None:
    """Sum, mean, largest, smallest."""
    for term in pool.measures():
        functions = ["avg", "max", "min"] if term.kind != "percent" else ["max", "min"]
        functions += ["sum"] * 2 if term.concept.sums and term.column.type == "integer" else []
        filters = [c for c in _filters(pool, least=3) if c.column != term.name] if pool.rng.random() < 0.6 else []
        where = (pool.rng.choice(filters),) if filters else ()
        made = frame(pool, (term.name,), where, pool.rng.choice(functions))
        if (where or pool.reading.is_whole) and pool.is_sound(made):
            return made
    return None


def distinct(pool: Pool) -> Frame | None:
    """The different cells of a column."""
    if not pool.reading.is_whole:
        return None
    for term in pool.groups():
        if len(term.places) <= MANY:
            return frame(pool, (term.name,), distinct=True)
    return None
