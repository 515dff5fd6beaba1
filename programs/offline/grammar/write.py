"""A frame written as SQL, by way of a sqlglot tree."""

from collections.abc import Callable
from functools import lru_cache

from sqlglot import exp

from ....data.naming import quote
from ....data.records import Cell, Dialect
from ..frames import Condition, Frame

_COMPARE: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    ">": exp.GT,
    "<": exp.LT,
    ">=": exp.GTE,
    "<=": exp.LTE,
}
_SUMS: dict[str, type[exp.AggFunc]] = {"sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max}


def write(frame: Frame, dialect: Dialect = "sqlite") -> str:
    """Return the SQL of a frame on one line, identifiers quoted only where the dialect needs it."""
    return _Writer(dialect).query(frame).sql(dialect=dialect)


@lru_cache(maxsize=4096)
def _is_bare(name: str, dialect: Dialect) -> bool:
    return quote(name, dialect) == name


def literal(value: Cell) -> exp.Expr:
    """Return a cell as a literal: whole floats as integers, text in single quotes."""
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Literal.number(int(value))
    if isinstance(value, int):
        return exp.Literal.number(value)
    if isinstance(value, float):
        return exp.Literal.number(int(value) if value == int(value) else repr(value))
    return exp.Literal.string(value)


class _Writer:
    """Builds trees in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect: Dialect = dialect

    def name(self, name: str) -> exp.Identifier:
        return exp.Identifier(this=name, quoted=not _is_bare(name, self.dialect))

    def column(self, name: str) -> exp.Column:
        return exp.Column(this=self.name(name))

    def table(self, name: str) -> exp.Table:
        return exp.Table(this=self.name(name))

    def select(self, asked: list[exp.Expr], table: str, where: tuple[Condition, ...]) -> exp.Select:
        tree = exp.Select(expressions=asked)
        tree.set("from_", exp.From(this=self.table(table)))
        if where:
            tests = [self.test(condition, table) for condition in where]
            joined = tests[0]
            for test in tests[1:]:
                joined = exp.And(this=joined, expression=test)
            tree.set("where", exp.Where(this=joined))
        return tree

    def test(self, condition: Condition, table: str) -> exp.Expr:
        column = self.column(condition.column)
        if condition.inner or condition.op in _NESTED:
            return self.nested(condition, table)
        values = [literal(value) for value in condition.values]
        if condition.op == "between":
            return exp.Between(this=column, low=values[0], high=values[1])
        if condition.op == "in":
            return exp.In(this=column, expressions=values)
        if condition.op == "like":
            return exp.Like(this=column, expression=values[0])
        return _COMPARE[condition.op](this=column, expression=values[0])

    def nested(self, condition: Condition, table: str) -> exp.Expr:
        compare, function = _NESTED[condition.op]
        column = self.column(condition.column)
        asked = function(this=column.copy()) if function else column.copy()
        inner = self.select([asked], table, condition.inner)
        return compare(this=column, expression=exp.Subquery(this=inner))

    def query(self, frame: Frame) -> exp.Select:
        asked = _ASKED.get(frame.function, _cells)(self, frame)
        tree = self.select(asked, frame.table, frame.where)
        if frame.function == "minus_rows":
            tree = exp.Select(expressions=asked)
        if frame.distinct:
            tree.set("distinct", exp.Distinct())
        self.tail(tree, frame)
        return tree

    def tail(self, tree: exp.Select, frame: Frame) -> None:
        if frame.group:
            tree.set("group", exp.Group(expressions=[self.column(frame.group)]))
        if frame.having:
            test = _COMPARE[frame.having[0]](this=_rows(), expression=literal(frame.having[1]))
            tree.set("having", exp.Having(this=test))
        if frame.order:
            by = _rows() if frame.order == "*" else self.column(frame.order)
            tree.set(
                "order",
                exp.Order(
                    expressions=[
                        exp.Ordered(
                            this=by,
                            desc=frame.descending or None,
                            nulls_first=self.dialect == "sqlite" and not frame.descending,
                        )
                    ]
                ),
            )
        if frame.limit:
            tree.set("limit", exp.Limit(expression=exp.Literal.number(frame.limit)))


_NESTED: dict[str, tuple[type[exp.Binary], type[exp.AggFunc] | None]] = {
    "above": (exp.GT, exp.Avg),
    "below": (exp.LT, exp.Avg),
    "max": (exp.EQ, exp.Max),
    "min": (exp.EQ, exp.Min),
    "same": (exp.EQ, None),
}


def _rows() -> exp.Count:
    return exp.Count(this=exp.Star(), big_int=True)


def _cells(writer: _Writer, frame: Frame) -> list[exp.Expr]:
    cells: list[exp.Expr] = [writer.column(name) for name in frame.select]
    if frame.group and not frame.limit and not frame.having:
        cells.append(_rows())
    return cells


def _count(writer: _Writer, frame: Frame) -> list[exp.Expr]:
    return [_rows()]


def _count_distinct(writer: _Writer, frame: Frame) -> list[exp.Expr]:
    return [exp.Count(this=exp.Distinct(expressions=[writer.column(frame.select[0])]), big_int=True)]


def _sum(writer: _Writer, frame: Frame) -> list[exp.Expr]:
    call = _SUMS[frame.function](this=writer.column(frame.select[0]))
    return [writer.column(frame.group), call] if frame.group else [call]


def _pair(writer: _Writer, frame: Frame) -> list[exp.Expr]:
    left: exp.Expr = writer.column(frame.select[0])
    right = writer.column(frame.select[1])
    if frame.function == "over":
        return [_divided(exp.Mul(this=exp.Literal.number("1.0"), expression=left), right)]
    return [(exp.Sub if frame.function == "minus" else exp.Add)(this=left, expression=right)]


def _divided(left: exp.Expr, right: exp.Expr) -> exp.Div:
    # Marked typed and safe, or sqlglot would write a CAST where the factor already makes it a real division.
    return exp.Div(this=left, expression=right, typed=True, safe=True)


def _spread(writer: _Writer, frame: Frame) -> list[exp.Expr]:
    column = frame.select[0]
    return [exp.Sub(this=exp.Max(this=writer.column(column)), expression=exp.Min(this=writer.column(column)))]


def _minus_rows(writer: _Writer, frame: Frame) -> list[exp.Expr]:
    sides = [
        exp.Subquery(this=writer.select([writer.column(frame.select[0])], frame.table, (row,)))
        for row in frame.operands
    ]
    return [exp.Sub(this=sides[0], expression=sides[1])]


def _share(writer: _Writer, frame: Frame) -> list[exp.Expr]:
    part = exp.Mul(this=exp.Literal.number("100.0"), expression=_rows())
    whole = exp.Subquery(this=writer.select([_rows()], frame.table, ()))
    return [_divided(part, whole)]


_ASKED: dict[str, Callable[[_Writer, Frame], list[exp.Expr]]] = {
    "count": _count,
    "count_distinct": _count_distinct,
    "sum": _sum,
    "avg": _sum,
    "min": _sum,
    "max": _sum,
    "minus": _pair,
    "plus": _pair,
    "over": _pair,
    "spread": _spread,
    "minus_rows": _minus_rows,
    "share": _share,
}
