"""The one meaning between SQL and wording: a frame can be written as SQL, and SQL of the grammar read back."""

from dataclasses import dataclass, replace

from ...data.records import Cell


@dataclass(frozen=True)
class Condition:
    """One test of a row.

    `op` is `=`, `<>`, `>`, `<`, `>=`, `<=`, `between`, `in`, `like`, or, with a nested query over `inner`:
    `above` and `below` (the average), `max` and `min` (of the column), `same` (value of the row that `inner` names).
    """

    column: str
    op: str
    values: tuple[Cell, ...] = ()
    inner: tuple["Condition", ...] = ()

    @property
    def value(self) -> Cell:
        """The only value."""
        return self.values[0]


@dataclass(frozen=True)
class Frame:
    """What one query asks of one table, engine-free.

    `function` is empty (the cells themselves), `count` (rows), `count_distinct`, `sum`, `avg`, `min`, `max`,
    `minus`, `plus`, `over` (two selected columns of a row), `spread` (largest less smallest),
    `minus_rows` (`operands` name two rows) or `share` (percentage of rows).
    """

    table: str
    select: tuple[str, ...] = ()
    function: str = ""
    where: tuple[Condition, ...] = ()
    distinct: bool = False
    group: str = ""
    having: tuple[str, Cell] | None = None
    order: str = ""
    descending: bool = False
    limit: int = 0
    operands: tuple[Condition, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column it touches, asked ones first, no repeats."""
        found = [*self.select, self.group, *(c.column for c in self.where + self.operands)]
        found += [i.column for c in self.where for i in c.inner]
        if self.order and self.order != "*":
            found.append(self.order)
        return tuple(dict.fromkeys(name for name in found if name))

    @property
    def literals(self) -> tuple[Cell, ...]:
        """Every literal, in the order of the query; a LIMIT and a HAVING count too."""
        conditions = [i for c in self.where + self.operands for i in (c, *c.inner)]
        found = [value for c in conditions for value in c.values]
        if self.having:
            found.append(self.having[1])
        return tuple(found + ([self.limit] if self.limit > 1 else []))

    def without(self, *conditions: Condition) -> "Frame":
        """Return the frame with these conditions left out."""
        return replace(self, where=tuple(c for c in self.where if c not in conditions))
