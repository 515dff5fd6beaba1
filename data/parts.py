"""Division of sources into held-out, slice 0 and slice 1, before anything is generated from them.

>>> from source2synth.data.records import Column, Table
>>> column = Column(name="a", header="a", type="integer")
>>> tables = tuple(Table(name=f"t{i}", columns=(column,), rows=((i,),)) for i in range(10))
>>> division = divide(Database.of(tables), seed=7)
>>> [len(division.tables(part)) for part in PARTS]
[2, 4, 4]
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from ..errors import ConfigError
from .records import Database, Dialect, Part, Record, SQLExample, content_id

PARTS: tuple[Part, ...] = ("held_out", "slice_0", "slice_1")
FEWEST_UNITS = 6
"""Independent tables (or groups joined by keys) below which a database is divided by query, not by table."""
ENOUGH_UNITS = 100
"""Units from which the hash alone decides: the parts come out even enough, and adding tables moves none."""


class Division(Record):
    """Who is on which side; the same for the same seed, whatever is generated later."""

    by: Literal["table", "skeleton"]
    """`table`: no table is on two sides. `skeleton`: no query pattern is on two sides, tables are."""
    seed: int
    shares: tuple[float, float, float]
    """Shares of held-out, slice 0 and slice 1; they add up to 1."""
    assigned: dict[str, Part] = {}
    """Part of each table, by its name; empty when divided by skeleton."""
    names: tuple[str, ...]
    """All tables, in the order of the database."""
    dialect: Dialect = "sqlite"
    notes: tuple[str, ...] = ()
    """What a reader of the figures must know about this division, one sentence each."""

    def part_of(self, of: SQLExample | str) -> Part:
        """Return the part of an example, or of a table by its name.

        Raises:
            KeyError: no such table, or a table's part was asked of a division by skeleton.
        """
        if self.by == "table":
            return self.assigned[of if isinstance(of, str) else of.seed.source_ids[0]]
        if isinstance(of, str):
            raise KeyError(f"table {of!r} is in every part: this database is divided by query skeleton")
        return self._by_hash(_pattern(of.sql, self.dialect))

    def tables(self, part: Part) -> tuple[str, ...]:
        """Return the tables that examples of a part may be made from, in the order of the database."""
        if self.by == "skeleton":
            return self.names
        return tuple(name for name in self.names if self.assigned[name] == part)

    def split(self, examples: Sequence[SQLExample]) -> dict[Part, tuple[SQLExample, ...]]:
        """Sort examples into parts, their order kept."""
        found: dict[Part, list[SQLExample]] = {part: [] for part in PARTS}
        for example in examples:
            found[self.part_of(example)].append(example)
        return {part: tuple(rows) for part, rows in found.items()}

    def _by_hash(self, key: str) -> Part:
        return preferred(position(self.seed, key), self.shares)


def divide(
    database: Database,
    *,
    seed: int,
    shares: tuple[float, float, float] = (0.2, 0.4, 0.4),
    previous: Division | None = None,
) -> Division:
    """Divide a database into held-out, slice 0 and slice 1.

    Tables joined by keys, and tables with the same contents, stay together. Each such unit goes where the hash of its
    name says. With fewer than 100 units a part can be full: then the unit goes to the part that lacks most, so that few
    tables give no lopsided parts and every part gets at least one. Names, not contents, are hashed: mending a cell or
    adding rows moves nothing. Adding tables to few may move one at the edge of a full part; with `previous` it moves
    none.

    With fewer than six units examples are divided by query skeleton instead, and a note says so.

    Args:
        database: All sources of a run.
        seed: Of the hash.
        shares: Of held-out, slice 0, slice 1.
        previous: Division of an earlier, smaller state of the same database: its tables stay where they are.

    Raises:
        ConfigError: shares that are not three positive numbers with sum 1, or a database without tables.
    """
    check_shares(shares)
    if not database.tables:
        raise ConfigError("The database has no table: there is nothing to divide.")
    names = tuple(table.name for table in database.tables)
    units = _units(database)
    few = len(units) < FEWEST_UNITS if previous is None else previous.by == "skeleton"
    if few:
        return Division(
            by="skeleton", seed=seed, shares=shares, names=names, dialect=database.dialect, notes=(_why(units, names),)
        )
    assigned = _assign(units, seed, shares, previous.assigned if previous else {})
    return Division(by="table", seed=seed, shares=shares, assigned=assigned, names=names, dialect=database.dialect)


def preferred(position: float, shares: tuple[float, float, float]) -> Part:
    """Return the part in which a position from 0.0 to 1.0 (excluded) lies."""
    if position < shares[0]:
        return "held_out"
    return "slice_0" if position < shares[0] + shares[1] else "slice_1"


def check_shares(shares: tuple[float, float, float]) -> None:
    """Raise ConfigError unless the shares are positive and add up to 1."""
    if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        raise ConfigError(f"Shares of held-out, slice 0 and slice 1 must be positive and add up to 1, not {shares}.")


def _why(units: list[tuple[str, ...]], names: tuple[str, ...]) -> str:
    what = f"{len(names)} table{'s' if len(names) > 1 else ''}"
    joined = f" in {len(units)} groups joined by keys" if len(units) < len(names) else ""
    return (
        f"With {what}{joined} the parts are divided by query skeleton: "
        "held-out questions have patterns never trained on, over tables that were."
    )


def position(seed: int, key: str) -> float:
    """Return the place that the hash of a key has from 0.0 to 1.0 (excluded)."""
    return int(content_id("part", seed, key), 16) / 16**16


def _pattern(sql: str, dialect: Dialect) -> str:
    from .sqlshape import skeleton

    return skeleton(sql, dialect)  # of what cannot be parsed the SQL itself: it needs a place until a check drops it


def _units(database: Database) -> list[tuple[str, ...]]:
    """Group tables that must stay together; groups and their names in sorted order."""
    leader = {table.name: table.name for table in database.tables}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for key in database.foreign_keys:
        leader[find(database.table(key.table).name)] = find(database.table(key.ref_table).name)
    first: dict[str, str] = {}
    for table in database.tables:
        content = content_id([column.header for column in table.columns], [list(row) for row in table.rows])
        leader[find(table.name)] = find(first.setdefault(content, table.name))
    groups: dict[str, list[str]] = {}
    for name in sorted(leader):
        groups.setdefault(find(name), []).append(name)
    return sorted(tuple(group) for group in groups.values())


def _assign(
    units: list[tuple[str, ...]], seed: int, shares: tuple[float, float, float], known: dict[str, Part]
) -> dict[str, Part]:
    assigned: dict[str, Part] = {}
    quota = _quotas(len(units), shares)
    used: Counter[Part] = Counter()
    fresh = []
    for unit in units:
        before: list[Part] = [known[name] for name in unit if name in known]
        if before:
            used[before[0]] += 1
            assigned.update(dict.fromkeys(unit, before[0]))
        else:
            fresh.append(unit)
    for unit in sorted(fresh, key=lambda unit: (position(seed, unit[0]), unit)):
        part: Part = preferred(position(seed, unit[0]), shares)
        if len(units) < ENOUGH_UNITS and used[part] >= quota[part]:
            part = max(PARTS, key=lambda other: (quota[other] - used[other], -PARTS.index(other)))
        used[part] += 1
        assigned.update(dict.fromkeys(unit, part))
    return assigned


def _quotas(count: int, shares: tuple[float, float, float]) -> dict[Part, int]:
    """Whole numbers that add up to `count`, close to the shares, none below one (largest remainders)."""
    quota: dict[Part, int] = {part: max(1, int(count * share)) for part, share in zip(PARTS, shares, strict=True)}
    wanted = dict(zip(PARTS, (count * share for share in shares), strict=True))
    while sum(quota.values()) < count:
        quota[max(PARTS, key=lambda part: (wanted[part] - quota[part], -PARTS.index(part)))] += 1
    while sum(quota.values()) > count:
        quota[max(PARTS, key=lambda part: quota[part])] -= 1
    return quota
