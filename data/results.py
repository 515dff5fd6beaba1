"""Compares the results of two queries and says why they differ."""

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from .records import Cell, Record, ResultTable

_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[ T]00:00(?::00(?:\.0+)?)?")
_COLUMNS_PERMUTED_AT_MOST = 6
_SHOWN = 2

Row = tuple[Cell, ...]


class Comparison(Record):
    """Whether two results are the same, and why not."""

    equal: bool
    reason: str
    """One sentence a person can act on; `same rows` if equal."""


def compare(got: ResultTable, gold: ResultTable, *, ordered: bool = False, tolerance: float = 1e-6) -> Comparison:
    """Compare two results as bags of rows, or in order; names of columns do not matter, their order does.

    NULL equals NULL. Numbers equal numbers: integers exactly, others within `tolerance`, relative to the larger
    (true is 1, 1 is 1.0). Text equals text letter by letter, and a date equals the same date at midnight
    (`1969-07-20`, `1969-07-20 00:00:00`), no other spelling of it. Text never equals a number.
    """
    if len(got.columns) != len(gold.columns):
        return _different(f"{_count(len(gold.columns), 'column')} expected, {len(got.columns)} given")
    left, right = _canonical(got.rows), _canonical(gold.rows)
    if ordered:
        return _compare_in_order(left, right, tolerance)
    if same_bag(left, right, tolerance):
        return Comparison(equal=True, reason="same rows")
    if _same_with_columns_permuted(left, right, tolerance):
        return _different("same rows, columns in another order")
    return _different(_bag_difference(left, right, tolerance))


def is_ordered(sql: str, dialect: str = "sqlite") -> bool:
    """Say whether the query as a whole has an ORDER BY; False for text that cannot be parsed."""
    return _is_ordered(sql, dialect)


@lru_cache(maxsize=4_096)
def _is_ordered(sql: str, dialect: str) -> bool:
    from sqlglot import exp

    from .sqltree import parse_sql

    tree = parse_sql(sql, dialect)
    if tree is None:
        return False
    while isinstance(tree, exp.Subquery | exp.Paren) and not tree.args.get("order"):
        tree = tree.this
    return tree.args.get("order") is not None


def _different(reason: str) -> Comparison:
    return Comparison(equal=False, reason=reason)


def _canonical(rows: Sequence[Row]) -> list[Row]:
    """Write booleans as numbers, whole dates without their midnight, negative zero as zero."""
    return [tuple([_cell(cell) for cell in row]) for row in rows]


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        found = _MIDNIGHT.fullmatch(cell) if 16 <= len(cell) <= 29 else None
        return found[1] if found else cell
    if isinstance(cell, bool):
        return int(cell)
    if isinstance(cell, float) and math.isnan(cell):
        return "NaN"  # as the sandbox writes it; the number is not even equal to itself
    return cell


def _same_cell(left: Cell, right: Cell, tolerance: float) -> bool:
    if left == right:
        return True
    if not (isinstance(left, int | float) and isinstance(right, int | float)):
        return False
    inexact = isinstance(left, float) or isinstance(right, float)
    return inexact and _close(left, right, tolerance)


def _close(left: float, right: float, tolerance: float) -> bool:
    try:
        # The absolute part lets what should be zero be a rounding error away from it.
        return math.isclose(left, right, rel_tol=tolerance, abs_tol=tolerance / 1_000)
    except OverflowError:  # an integer beyond any float
        return False


def _same_row(left: Row, right: Row, tolerance: float) -> bool:
    return all(_same_cell(one, other, tolerance) for one, other in zip(left, right, strict=True))


def _compare_in_order(left: list[Row], right: list[Row], tolerance: float) -> Comparison:
    if len(left) == len(right):
        wrong = [at for at, pair in enumerate(zip(left, right, strict=True)) if not _same_row(*pair, tolerance)]
        if not wrong:
            return Comparison(equal=True, reason="same rows in the same order")
        if same_bag(left, right, tolerance):
            at = wrong[0]
            return _different(
                f"same rows in another order: row {at + 1} is {_shown(left[at])}, {_shown(right[at])} expected"
            )
    if _same_with_columns_permuted(left, right, tolerance):
        return _different("same rows, columns in another order")
    return _different(_bag_difference(left, right, tolerance))


def same_bag(left: Sequence[Row], right: Sequence[Row], tolerance: float) -> bool:
    """Say whether the rows can be paired off so that each pair is the same within tolerance."""
    if len(left) != len(right):
        return False
    ours, theirs = Counter(left), Counter(right)
    if ours == theirs:
        return True
    mine, other = _by_exact_part(left), _by_exact_part(right)
    return mine.keys() == other.keys() and all(_match(mine[key], other[key], tolerance) for key in mine)


def _by_exact_part(rows: Sequence[Row]) -> dict[Row, list[tuple[float, ...]]]:
    """Group rows by all that must be equal exactly; what is left of each row are its numbers."""
    groups: dict[Row, list[tuple[float, ...]]] = defaultdict(list)
    for row in rows:
        key = tuple([True if isinstance(cell, int | float) else cell for cell in row])
        groups[key].append(tuple([cell for cell in row if isinstance(cell, int | float)]))
    return groups


def _match(left: list[tuple[float, ...]], right: list[tuple[float, ...]], tolerance: float) -> bool:
    """Pair off rows of numbers: in sorted order if that works, which it nearly always does, else by search."""
    if len(left) != len(right):
        return False
    left, right = sorted(left), sorted(right)
    if all(_same_row(one, other, tolerance) for one, other in zip(left, right, strict=True)):
        return True
    candidates = _candidates(left, right, tolerance)
    return candidates is not None and _perfect_matching(candidates, len(right))


def _candidates(
    left: list[tuple[float, ...]], right: list[tuple[float, ...]], tolerance: float
) -> list[list[int]] | None:
    """For each row on the left, the places on the right that fit; None if a row of either side fits nowhere."""
    firsts = [row[0] for row in right] if left[0] else []
    found, covered = [], set[int]()
    for row in left:
        start, end = _window(firsts, row[0], tolerance) if firsts else (0, len(right))
        fits = [at for at in range(start, end) if _same_row(row, right[at], tolerance)]
        if not fits:
            return None
        covered.update(fits)
        found.append(fits)
    return found if len(covered) == len(right) else None


def _window(values: list[float], value: float, tolerance: float) -> tuple[int, int]:
    """Where in these sorted values those lie that may be the same as this one, generously."""
    try:
        reach = 2 * tolerance * abs(value) + tolerance if tolerance < 0.5 else math.inf
        return bisect_left(values, value - reach), bisect_right(values, value + reach)
    except OverflowError:  # an integer beyond any float
        return 0, len(values)


def _perfect_matching(candidates: list[list[int]], size: int) -> bool:
    """Say whether everyone on the left gets a candidate of their own (augmenting paths, breadth first)."""
    owner: list[int | None] = [None] * size
    return all(_augment(start, candidates, owner) for start in range(len(candidates)))


def _augment(start: int, candidates: list[list[int]], owner: list[int | None]) -> bool:
    reached_from: dict[int, int] = {}
    own = {place: at for at, place in enumerate(owner) if place is not None}
    queue = [start]
    for person in queue:
        for place in candidates[person]:
            if place in reached_from:
                continue
            reached_from[place] = person
            holder = owner[place]
            if holder is None:
                _hand_over(place, start, reached_from, owner, own)
                return True
            queue.append(holder)
    return False


def _hand_over(
    place: int, start: int, reached_from: dict[int, int], owner: list[int | None], own: dict[int, int]
) -> None:
    """Give each person on the path the place they were reached by, freeing the one they had."""
    while True:
        person = reached_from[place]
        owner[place] = person
        if person == start:
            return
        place = own[person]


def _same_with_columns_permuted(left: list[Row], right: list[Row], tolerance: float) -> bool:
    if len(left) != len(right) or not left or not 2 <= len(left[0]) <= _COLUMNS_PERMUTED_AT_MOST:
        return False
    width = range(len(left[0]))
    ours = [[(row[at],) for row in left] for at in width]
    theirs = [[(row[at],) for row in right] for at in width]
    places = [[at for at in width if same_bag(ours[at], column, tolerance)] for column in theirs]
    for order in product(*places):
        if len(set(order)) == len(order):
            permuted = [tuple([row[at] for at in order]) for row in left]
            if same_bag(permuted, right, tolerance):
                return True
    return False


def _bag_difference(left: list[Row], right: list[Row], tolerance: float) -> str:
    """Say how many rows were expected and given, and name some that are missing or too many."""
    missing, surplus = _unpaired(right, left, tolerance), _unpaired(left, right, tolerance)
    parts = []
    if len(left) != len(right):
        parts.append(f"{_count(len(right), 'row')} expected, {len(left)} given")
    if len(left) == len(right) == 1 == len(right[0]):
        return f"{_shown_cell(right[0][0])} expected, {_shown_cell(left[0][0])} given{_hint(left[0][0], right[0][0])}"
    if missing:
        parts.append(f"missing {_listed(missing)}")
    if surplus:
        parts.append(f"not expected {_listed(surplus)}")
    return "; ".join(parts) or "the rows cannot be paired off within the tolerance"


def _unpaired(rows: list[Row], others: list[Row], tolerance: float) -> list[Row]:
    """Return the rows that find no partner when each takes the first that is left."""
    free = Counter(others)
    unpaired = []
    for row in rows:
        if free[row] > 0:
            free[row] -= 1
        else:
            unpaired.append(row)
    left = list(free.elements())[:200]
    still = []
    for row in unpaired[:200]:
        partner = next((other for other in left if _same_row(row, other, tolerance)), None)
        if partner is None:
            still.append(row)
        else:
            left.remove(partner)
    return still + unpaired[200:]


def _hint(got: Cell, gold: Cell) -> str:
    if isinstance(got, str) and isinstance(gold, str) and got.casefold() == gold.casefold():
        return " (only the case differs)"
    if isinstance(got, str) != isinstance(gold, str) and got is not None and str(got) == str(gold):
        return " (a number and its text are not the same)"
    return ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(rows: list[Row]) -> str:
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return ", ".join(_shown(row) for row in rows[:_SHOWN]) + more


def _shown(row: Row) -> str:
    cells = [_shown_cell(cell) for cell in row[:8]] + (["…"] if len(row) > 8 else [])
    return f"({', '.join(cells)}{',' if len(cells) == 1 else ''})"


def _shown_cell(cell: Cell) -> str:
    if isinstance(cell, str) and len(cell) > 60:
        cell = cell[:59] + "…"
    return "NULL" if cell is None else repr(cell)
