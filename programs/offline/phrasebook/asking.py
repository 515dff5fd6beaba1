"""Which words serve a frame: its make decides who asks."""

from collections.abc import Callable
from dataclasses import replace

from ....errors import ReplyError
from ..frames import Condition, Frame
from .ask_cells import ask_cells, ask_distinct
from .ask_groups import ask_group, ask_group_top, ask_having, ask_share
from .ask_numbers import ask_aggregate, ask_count, ask_count_distinct
from .ask_order import ask_sorted, ask_superlative, ask_top_n
from .ask_pairs import ask_columns, ask_minus_rows, ask_same, ask_spread, ask_versus
from .phrase import Phrase
from .voice import Voice

Asker = Callable[[Voice, Frame, int], list[Phrase]]

_BY_FUNCTION: dict[str, Asker] = {
    "count": ask_count,
    "count_distinct": ask_count_distinct,
    "sum": ask_aggregate,
    "avg": ask_aggregate,
    "min": ask_aggregate,
    "max": ask_aggregate,
    "share": ask_share,
    "spread": ask_spread,
    "minus_rows": ask_minus_rows,
    "minus": ask_columns,
    "plus": ask_columns,
    "over": ask_columns,
}


def asker(frame: Frame) -> Asker:
    """Return what words a frame of this make; raises ReplyError if nothing does."""
    if frame.group:
        return _grouped(frame)
    if frame.function and not frame.order and not frame.distinct:
        return _BY_FUNCTION[frame.function]
    if not frame.function and frame.order and frame.order != "*" and len(frame.select) == 1:
        return _ordered(frame)
    if not frame.function and not frame.order and not frame.limit:
        return _cells(frame)
    return _fail


def _fail(voice: Voice, frame: Frame, rows: int) -> list[Phrase]:
    raise ReplyError("the phrase book has no words for a query of this make")


def _grouped(frame: Frame) -> Asker:
    if frame.where or frame.distinct or (not frame.function and frame.select != (frame.group,)):
        return _fail
    if frame.having:
        return ask_having if not frame.order and not frame.limit and not frame.function else _fail
    if frame.order or frame.limit:
        return ask_group_top if frame.order == "*" and frame.limit == 1 and not frame.function else _fail
    return ask_group


def _ordered(frame: Frame) -> Asker:
    if frame.distinct:
        return _fail
    if frame.limit == 1:
        return ask_versus if _names_two(frame) else ask_superlative
    if frame.where:
        return _fail
    return ask_top_n if frame.limit else ask_sorted


def _names_two(frame: Frame) -> bool:
    test = frame.where[0] if len(frame.where) == 1 else None
    return test is not None and test.op == "in" and len(test.values) == 2 and test.column == frame.select[0]


def _cells(frame: Frame) -> Asker:
    if frame.distinct:
        return ask_distinct if len(frame.select) == 1 else _fail
    for condition in frame.where:
        others = frame.without(condition).where
        if condition.op in ("max", "min") and (set(condition.inner) == set(others)):
            return _best if len(frame.select) == 1 else _fail
        if condition.op == "same":
            return ask_same if _is_other(frame, condition, others) else _fail
    return ask_cells


def _is_other(frame: Frame, same: Condition, others: tuple[Condition, ...]) -> bool:
    """Tell whether the rows like a named one are asked for, that one left out."""
    if len(same.inner) != 1 or same.inner[0].op != "=":
        return False
    named = same.inner[0]
    return others == (Condition(named.column, "<>", named.values),) and frame.select == (named.column,)


def _best(voice: Voice, frame: Frame, rows: int) -> list[Phrase]:
    """Word the best of a group as a superlative."""
    best = next(c for c in frame.where if c.op in ("max", "min"))
    where = frame.without(best).where
    return ask_superlative(
        voice, replace(frame, where=where, order=best.column, descending=best.op == "max", limit=1), rows
    )
