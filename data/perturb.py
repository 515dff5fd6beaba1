"""Other contents for the same schema, on which two queries that agree by luck come apart.

A query that drops a condition often gives the right answer on the contents it was made for; on changed contents, into
which the conditions' boundary values are planted, it rarely does.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from .records import Cell, Column, Database, Dialect, Table
from .sqltree import parse_sql

KEPT_ROWS = 0.85
"""Share of rows that stay in a table to which no other refers."""
REDRAWN = 0.25
"""Share of cells that get a new value after all values of their column were shuffled."""
MISSING = 0.03
"""Share of further missing cells in columns that have some."""

Row = list[Cell]


def perturbations(database: Database, sqls: Sequence[str], n: int, seed: int) -> list[Database]:
    """Make `n` other contents of a database, for telling these queries from others.

    Columns of foreign keys stay as they are. In every other column values are shuffled among the rows, and some drawn
    anew from what the column shows: unique columns stay unique, columns of few values keep to these, numbers and dates
    stay between least and greatest, cells go missing only where some are missing. Then rows that meet all conditions
    of a query, and rows that miss just one, are planted, with the literals themselves as boundary values.

    Args:
        database: The original contents; not changed.
        sqls: Queries whose literals are planted; those that cannot be parsed are passed over.
        n: How many contents.
        seed: The same seed gives the same contents.
    """
    wishes = [wish for sql in sqls for wish in _wishes(sql, database.dialect)]
    return [_perturbed(database, wishes, random.Random(f"{database.id} {seed} {at}")) for at in range(n)]


@dataclass(frozen=True)
class _Condition:
    """A column compared with literals: `operator` is a sqlglot class."""

    column: str
    operator: type[exp.Expr]
    values: tuple[str, ...]


@dataclass(frozen=True)
class _Wish:
    """Conditions that one SELECT joins by AND, on one table."""

    table: str
    conditions: tuple[_Condition, ...]


def _perturbed(database: Database, wishes: Sequence[_Wish], rng: random.Random) -> Database:
    keys = [(key.table, key.columns) for key in database.foreign_keys]
    keys += [(key.ref_table, key.ref_columns) for key in database.foreign_keys]
    tables = []
    for table in database.tables:
        fixed = {
            column.casefold()
            for name, columns in keys
            if name.casefold() == table.name.casefold()
            for column in columns
        }
        referred = any(key.ref_table.casefold() == table.name.casefold() for key in database.foreign_keys)
        change = _TableChange(table, fixed, rng)
        change.shuffle(keep_all=referred)
        for wish in wishes:
            if wish.table.casefold() == table.name.casefold():
                change.plant(wish)
        tables.append(table.model_copy(update={"rows": tuple(tuple(row) for row in change.rows)}))
    return Database.of(tuple(tables), foreign_keys=database.foreign_keys, dialect=database.dialect)


class _TableChange:
    """One table on its way to other contents."""

    def __init__(self, table: Table, fixed: set[str], rng: random.Random) -> None:
        self.rng = rng
        self.fixed = fixed
        self.rows: list[Row] = [list(row) for row in table.rows]
        self.columns = table.columns
        self.at = {column.name.casefold(): at for at, column in enumerate(table.columns)}
        self.domains = [_Domain(column, table.values(column.name)) for column in table.columns]

    def shuffle(self, *, keep_all: bool) -> None:
        if not keep_all and len(self.rows) > 3:
            kept = [row for row in self.rows if self.rng.random() < KEPT_ROWS]
            self.rows = kept if len(kept) >= 3 else self.rows
        for at, column in enumerate(self.columns):
            if column.name.casefold() not in self.fixed:
                self._shuffle_column(at)

    def _shuffle_column(self, at: int) -> None:
        domain = self.domains[at]
        cells = [row[at] for row in self.rows]
        self.rng.shuffle(cells)
        taken = set(cells)
        for row, cell in zip(self.rows, cells, strict=True):
            if cell is not None and self.rng.random() < REDRAWN:
                cell = domain.draw(self.rng, taken) if not domain.unique else domain.fresh(self.rng, taken, cell)
            if domain.has_missing and self.rng.random() < MISSING:
                cell = None
            taken.add(cell)
            row[at] = cell

    def plant(self, wish: _Wish) -> None:
        """Make rows that meet all conditions (twice) and rows that miss one each."""
        count = len(wish.conditions)
        for missed in [*range(count), None, None]:
            if self.rows:
                self._plant_row(wish, missed)

    def _plant_row(self, wish: _Wish, missed: int | None) -> None:
        row = self._row_for(wish)
        for number, condition in enumerate(wish.conditions):
            at = self.at.get(condition.column.casefold())
            if at is None or condition.column.casefold() in self.fixed:
                continue
            domain = self.domains[at]
            value = domain.miss(condition, self.rng) if number == missed else domain.meet(condition, self.rng)
            if isinstance(value, _Nothing) or (domain.unique and any(other[at] == value for other in self.rows)):
                continue
            row[at] = value

    def _row_for(self, wish: _Wish) -> Row:
        """Take the row that has a unique value already, where a condition asks for one."""
        for condition in wish.conditions:
            at = self.at.get(condition.column.casefold())
            if at is not None and self.domains[at].unique and condition.operator is exp.EQ:
                found = [row for row in self.rows if str(row[at]) == condition.values[0]]
                if found:
                    return found[0]
        return self.rng.choice(self.rows)


class _Nothing:
    """No value can be given."""


_NOTHING = _Nothing()


class _Domain:
    """What the data show of one column."""

    def __init__(self, column: Column, cells: Sequence[Cell]) -> None:
        present = [cell for cell in cells if cell is not None]
        self.type = column.type
        self.values = sorted(set(present), key=_rank)
        self.unique = len(present) > 2 and len(self.values) == len(present)
        self.has_missing = len(present) < len(cells)
        self.few = len(self.values) <= 12 or len(self.values) * 4 <= len(present)
        self.decimals = max((_decimals(cell) for cell in present), default=0)

    def draw(self, rng: random.Random, taken: set[Cell]) -> Cell:
        """Return a value as the column has them; for numbers and dates of many values any between the extremes."""
        if self.few or self.type in {"text", "boolean"} or not self.values:
            return rng.choice(self.values) if self.values else None
        low, high = self.values[0], self.values[-1]
        if isinstance(low, int) and isinstance(high, int):
            return rng.randint(low, high)
        if isinstance(low, int | float) and isinstance(high, int | float):
            return round(rng.uniform(low, high), self.decimals)
        first, last = _day(low), _day(high)
        if first is None or last is None:
            return rng.choice(self.values)
        return (first + timedelta(days=rng.randint(0, (last - first).days))).isoformat() + str(low)[10:]

    def fresh(self, rng: random.Random, taken: set[Cell], cell: Cell) -> Cell:
        """Return a value that no row has, or the cell itself where there is none (texts, full ranges)."""
        for _ in range(4):
            value = self.draw(rng, taken)
            if value not in taken:
                return value
        return cell

    def meet(self, condition: _Condition, rng: random.Random) -> "Cell | _Nothing":
        """Return a value that meets a condition, its boundary where that meets it."""
        operator, values = condition.operator, condition.values
        if operator in (exp.EQ, exp.GTE, exp.LTE, exp.In, exp.Between):
            return self._cell(rng.choice(values))
        if operator in (exp.GT, exp.LT):
            return self._beside(values[0], 1 if operator is exp.GT else -1)
        if operator is exp.NEQ:
            return self._other(values, rng)
        return self._like(values[0], rng, wanted=True)

    def miss(self, condition: _Condition, rng: random.Random) -> "Cell | _Nothing":
        """Return a value that just misses a condition."""
        operator, values = condition.operator, condition.values
        if operator in (exp.GT, exp.LT, exp.NEQ):
            return self._cell(values[0])
        if operator in (exp.GTE, exp.LTE):
            return self._beside(values[0], -1 if operator is exp.GTE else 1)
        if operator is exp.Between:
            return self._beside(*rng.choice([(values[0], -1), (values[1], 1)]))
        if operator in (exp.EQ, exp.In):
            return self._other(values, rng)
        return self._like(values[0], rng, wanted=False)

    def _cell(self, text: str) -> "Cell | _Nothing":
        if self.type in {"integer", "real", "boolean"}:
            try:
                number = float(text)
            except ValueError:
                return _NOTHING
            return int(number) if self.type != "real" and number.is_integer() else number
        return text

    def _beside(self, text: str, direction: int) -> "Cell | _Nothing":
        cell = self._cell(text)
        if isinstance(cell, int | float):
            return round(cell + direction * 10**-self.decimals, self.decimals) if self.decimals else cell + direction
        day = _day(cell) if isinstance(cell, str) else None
        return _NOTHING if day is None else (day + timedelta(days=direction)).isoformat() + str(cell)[10:]

    def _other(self, texts: Sequence[str], rng: random.Random) -> "Cell | _Nothing":
        others = [value for value in self.values if str(value) not in texts]
        return rng.choice(others) if others else _NOTHING

    def _like(self, pattern: str, rng: random.Random, *, wanted: bool) -> "Cell | _Nothing":
        middle = pattern.strip("%_").casefold()
        fitting = [value for value in self.values if (middle in str(value).casefold()) == wanted]
        return rng.choice(fitting) if fitting else _NOTHING


def _wishes(sql: str, dialect: Dialect) -> Iterator[_Wish]:
    tree = parse_sql(sql, dialect)
    if tree is None:
        return
    for select in tree.find_all(exp.Select):
        where = select.args.get("where")
        names = {table.alias_or_name.casefold(): table.name for table in select.find_all(exp.Table)}
        if where is None:
            continue
        parts = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
        found: dict[str, list[_Condition]] = {}
        for part in parts:
            column, condition = _condition(part.unnest())
            if column is not None and condition is not None:
                table = names.get(column.table.casefold()) if column.table else next(iter(names.values()), None)
                found.setdefault(table or "", []).append(condition)
        yield from (_Wish(table, tuple(conditions)) for table, conditions in found.items())


def _condition(part: exp.Expr) -> tuple[exp.Column | None, _Condition | None]:
    column = part.this
    simple = isinstance(part, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE | exp.Like | exp.Between | exp.In)
    if not simple or not isinstance(column, exp.Column):
        return None, None
    if isinstance(part, exp.In):
        sides = part.expressions
    elif isinstance(part, exp.Between):
        sides = [part.args["low"], part.args["high"]]
    else:
        sides = [part.expression]
    values = tuple(_spelling(side) for side in sides)
    if not values or "" in values:
        return None, None
    return column, _Condition(column.name, type(part), values)


def _spelling(node: exp.Expr) -> str:
    if isinstance(node, exp.Literal):
        return str(node.name)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return f"-{node.this.name}"
    return ""


def _rank(cell: Cell) -> tuple[float, str]:
    return (float(cell), "") if isinstance(cell, int | float) else (0.0, str(cell))


def _decimals(cell: Cell) -> int:
    return len(str(cell).partition(".")[2]) if isinstance(cell, float) and "e" not in str(cell) else 0


def _day(cell: Cell) -> date | None:
    try:
        return date.fromisoformat(str(cell)[:10])
    except ValueError:
        return None
