"""The shapes that the grammar makes, each with its builder."""

from collections.abc import Callable

from ...data.sqlshape import LEVELS
from .frames import Frame
from .grammar import grouped, nested, ordered, simple
from .grammar.pool import Pool

BUILDERS: dict[str, Callable[[Pool], Frame | None]] = {
    "lookup": simple.lookup,
    "compare": simple.compare,
    "lookup_two": simple.lookup_two,
    "lookup_pair": simple.lookup_pair,
    "count": simple.count,
    "count_distinct": simple.count_distinct,
    "aggregate": simple.aggregate,
    "distinct": simple.distinct,
    "superlative": ordered.superlative,
    "between": ordered.between,
    "top_n": ordered.top_n,
    "sorted": ordered.sorted_all,
    "versus": ordered.versus,
    "in": ordered.in_,
    "not_equal": ordered.not_equal,
    "like": ordered.like,
    "group": grouped.group,
    "group_top": grouped.group_top,
    "having": grouped.having,
    "share": grouped.share,
    "arithmetic": nested.arithmetic,
    "nested_avg": nested.nested_avg,
    "nested_max": nested.nested_max,
    "same_as": nested.same_as,
}
SHAPES: tuple[str, ...] = tuple(BUILDERS)
WEIGHTS = {
    "lookup": 5.0,
    "lookup_two": 2.0,
    "lookup_pair": 0.8,
    "count": 2.0,
    "aggregate": 2.0,
    "count_distinct": 0.6,
    "distinct": 0.6,
    "superlative": 2.5,
    "between": 1.2,
    "sorted": 0.4,
    "not_equal": 0.6,
    "nested_max": 1.5,
    "like": 0.4,
    "arithmetic": 1.5,
    "share": 0.35,
}
"""How often a shape is tried first, beside the others of its level; 1 if not given."""


def shapes_of_level(level: int, shapes: tuple[str, ...] = SHAPES) -> tuple[str, ...]:
    """Return the shapes of one level of difficulty."""
    return tuple(shape for shape in shapes if LEVELS[shape] == level)
