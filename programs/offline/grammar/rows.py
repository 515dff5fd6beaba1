"""Which rows a condition leaves: a small evaluator, so that no query is written that shows nothing."""

import operator
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from ..frames import Condition
from ..reading import Reading
from ..terms import Term

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "<>": operator.ne,
}


def matching(reading: Reading, conditions: Iterable[Condition]) -> list[int]:
    """Return the indices of the rows that pass all conditions, in table order."""
    found: set[int] | None = None
    for condition in conditions:
        rows = _rows(reading, condition)
        found = set(rows) if found is None else found.intersection(rows)
    return list(range(reading.size)) if found is None else sorted(found)


def _rows(reading: Reading, condition: Condition) -> Iterable[int]:
    term = reading.terms[condition.column]
    if condition.op == "=":
        return term.index.get(condition.value, ())
    passes = _test(reading, term, condition)
    # cell by distinct cell: columns of many rows hold few of them
    return chain.from_iterable(rows for cell, rows in term.index.items() if passes(cell))


def _test(reading: Reading, term: Term, condition: Condition) -> Callable[[Any], bool]:
    """Return what tells whether a cell passes; whatever needs all rows is worked out once, before the first cell."""
    if condition.op == "between":
        low, high = condition.values
        return lambda cell: bool(low <= cell <= high)
    if condition.op == "in":
        return lambda cell: cell in condition.values
    if condition.op == "like":
        return lambda cell: _like(str(cell).lower(), str(condition.value).lower())
    if condition.op in _OPERATORS:
        return lambda cell: _OPERATORS[condition.op](cell, condition.value)
    return _nested(reading, term, condition)


def _like(text: str, pattern: str) -> bool:
    bare = pattern.strip("%")
    if pattern.startswith("%"):
        return bare in text if pattern.endswith("%") else text.endswith(bare)
    return text.startswith(bare)


def _nested(reading: Reading, term: Term, condition: Condition) -> Callable[[Any], bool]:
    cells: list[Any] = [term.cells[at] for at in matching(reading, condition.inner) if term.cells[at] is not None]
    if not cells:
        return lambda cell: False
    if condition.op in ("same", "max", "min"):
        wanted = cells[0] if condition.op == "same" else max(cells) if condition.op == "max" else min(cells)
        return lambda cell: bool(cell == wanted)
    mean = sum(cells) / len(cells)
    return lambda cell: bool(cell > mean if condition.op == "above" else cell < mean)
