"""Which levels of difficulty a table has facts for, and how examples share them out so that all are as frequent."""

from collections import Counter
from collections.abc import Mapping, Sequence

from ...data.records import Database
from ...errors import ReplyError
from .seeds import FactSeeds

_GOES = 3
"""Goes at a fact of one level before a table is taken to have none."""


def possible_levels(database: Database, table: str, levels: Sequence[int]) -> tuple[int, ...]:
    """Return those of the levels that a table has facts for."""
    return tuple(level for level in levels if any(_has(database, table, level, rng) for rng in range(_GOES)))


def _has(database: Database, table: str, level: int, rng: int) -> bool:
    try:
        FactSeeds()(database, table, rng=rng, level=level)
    except ReplyError:
        return False
    return True


def shared_out(
    counts: Mapping[str, int], possible: Mapping[str, Sequence[int]], levels: Sequence[int]
) -> dict[str, tuple[int, ...]]:
    """Give every table one level an example, so that all levels are as frequent as the tables allow.

    Tables with the fewest levels choose first; each takes what is rarest so far. One that has none gets all by turns.

    >>> shared_out({"a": 4, "b": 2}, {"a": (1, 2), "b": (1,)}, (1, 2))
    {'b': (1, 1), 'a': (2, 2, 2, 1)}
    """
    made, found = Counter[int](), dict[str, tuple[int, ...]]()
    for table in sorted(counts, key=lambda name: (len(possible[name]) or len(levels), name)):
        turns = list[int]()
        for _ in range(counts[table]):
            level = min(possible[table] or levels, key=lambda level: (made[level], -level))
            turns.append(level)
            made[level] += 1
        found[table] = tuple(turns)
    return found
