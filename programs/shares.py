"""How examples are shared out over tables, levels and styles, and how one table fills its share."""

from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, NamedTuple

from ..data.records import Attempt, Database, SQLExample, Style, Verdict, content_id
from ..data.sqlshape import shape_of
from .hands import Hands
from .protocols import Used

SPARE = 4
"""Goes at an example, for every example wanted, before a table is taken to give no more; goes in a row that fail at a
level before the table is taken to have none of it."""
ROUND = 24
"""Examples a table is asked for before the next table has its turn."""

TryOnce = Callable[[Database, int, int, Style, Used], Coroutine[Any, Any, Attempt]]
"""One go at an example: of a database of one table, from a random seed, at a level, in a style, after what was used."""


class Slot(NamedTuple):
    """One example wanted."""

    level: int
    style: Style


def slots(count: int, levels: Sequence[int], styles: Sequence[Style], *, first: int = 0) -> list[Slot]:
    """Plan examples so that every level and every style, and every pair of them in time, come equally often.

    >>> slots(3, (1, 2), ("formal", "vague"))
    [Slot(level=1, style='formal'), Slot(level=2, style='vague'), Slot(level=1, style='vague')]
    """
    return [
        Slot(levels[at % len(levels)], styles[(at + at // len(levels)) % len(styles)])
        for at in range(first, first + count)
    ]


def counts(missing: int, ids: Sequence[str], seed: int) -> list[int]:
    """Share a number out equally, `ROUND` a table at most; who gets the odd ones is chance."""
    each, odd = divmod(missing, len(ids))
    lucky = set(sorted(range(len(ids)), key=lambda at: content_id(seed, ids[at], at))[:odd])
    return [min(ROUND, each + (at in lucky)) for at in range(len(ids))]


def alone(database: Database) -> Iterator[Database]:
    """Yield each table that has rows as a database of its own: what `Database.only` gives, for all tables at once."""
    if len(database.tables) == 1:
        yield from (one for one in (database,) if one.tables[0].rows)
        return
    for table in database.tables:
        name = table.name.casefold()
        keys = tuple(key for key in database.foreign_keys if key.table.casefold() == key.ref_table.casefold() == name)
        if table.rows:
            yield Database.of((table,), foreign_keys=keys, dialect=database.dialect, location=database.location)


class Share:
    """How far one table got; lives as long as one call that makes examples."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database, self.seed = database, seed
        self.used, self.seen = Used(), set[str]()
        self.goes = 0
        self.dry = False
        """Whether the table gave less than it was asked for."""

    async def fill(self, hands: Hands, once: TryOnce, wanted: list[Slot], wave: int) -> list[Attempt]:
        """Go at the wanted examples, `wave` at a time, and again at those that failed; all goes are returned.

        A level that the table has none of is replaced by the others in turn; coverage carries over from one wave to
        the next.
        """
        waiting, tried = deque(wanted), _Tried(wanted)
        found: list[Attempt] = []
        for left in range(SPARE * len(wanted), 0, -wave):
            if not waiting:
                break
            asked = [waiting.popleft() for _ in range(min(wave, left, len(waiting)))]
            made = await hands.together([once(self.database, self._rng(), *slot, self.used) for slot in asked])
            for slot, attempt in zip(asked, map(self._taken, made), strict=True):
                found.append(attempt)
                tried.settle(slot, attempt.example, waiting)
        self.dry = bool(waiting) or tried.given_up
        return found

    def _rng(self) -> int:
        self.goes += 1
        return int(content_id(self.seed, self.database.id, self.goes), 16) % 2**31

    def _taken(self, attempt: Attempt) -> Attempt:
        """Remember what is used now; an example that was made before is none."""
        example = attempt.example
        if example is None:
            # a fact that led nowhere is not proposed again
            self.used = self.used.plus(texts=(attempt.seed.text,)) if attempt.seed else self.used
            return attempt
        if example.id in self.seen:
            return Attempt(seed=attempt.seed, sql=attempt.sql, repairs=attempt.repairs, verdict=_repeated(example))
        self.seen.add(example.id)
        shape = shape_of(example.sql, self.database.dialect)
        self.used = self.used.plus(columns=example.seed.columns, shapes=(shape,), texts=(example.seed.text,))
        return attempt


class _Tried:
    """What is known of the levels of a table while its share is filled."""

    def __init__(self, wanted: list[Slot]) -> None:
        self.levels = sorted({slot.level for slot in wanted})
        self.failed: Counter[int] = Counter()
        self.given_up = False

    def settle(self, slot: Slot, example: SQLExample | None, waiting: deque[Slot]) -> None:
        """Put back what is still wanted after one go at a slot."""
        if example is None:
            self._again(slot, waiting)
            return
        self.failed[slot.level] = 0
        if example.level != slot.level:  # it stands for a later slot of its own level, whose turn is this one's now
            for at, other in enumerate(waiting):
                if other.level == example.level:
                    waiting[at] = other._replace(level=slot.level)
                    return

    def _again(self, slot: Slot, waiting: deque[Slot]) -> None:
        self.failed[slot.level] += 1
        waiting.append(slot)
        if self.failed[slot.level] < SPARE:
            return
        others = [level for level in self.levels if self.failed[level] < SPARE]
        if not others:
            self.given_up = True
            waiting.clear()
            return
        for at, other in enumerate(waiting):
            if other.level == slot.level:
                waiting[at] = other._replace(level=others[at % len(others)])


def _repeated(example: SQLExample) -> Verdict:
    return Verdict(
        example_id=example.id, outcome="dropped", check="is_new", reason="The same question and SQL were made before."
    )
