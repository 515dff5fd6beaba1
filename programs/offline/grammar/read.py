"""SQL read back as a frame: the inverse of `write`, for any query of the shapes that the grammar makes."""

from sqlglot import exp

from ....data.records import Cell, Dialect
from ....data.sqltree import parse_sql
from ....errors import ReplyError
from ..frames import Condition, Frame

_OPS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.LT: "<",
    exp.GTE: ">=",
    exp.LTE: "<=",
    exp.Like: "like",
}
_SUMS: dict[type[exp.Expr], str] = {exp.Sum: "sum", exp.Avg: "avg", exp.Min: "min", exp.Max: "max"}
_PAIRS: dict[type[exp.Expr], str] = {exp.Sub: "minus", exp.Add: "plus", exp.Div: "over"}
_FLIPPED = {"=": "=", "<>": "<>", ">": "<", "<": ">", ">=": "<=", "<=": ">="}


def read(sql: str, dialect: Dialect = "sqlite") -> Frame:
    """Return the frame of one query.

    Raises:
        ReplyError: the query cannot be parsed, or is none that the phrase book can word.
    """
    tree = parse_sql(sql, dialect)
    if tree is None:
        raise ReplyError(f"the phrase book cannot parse this SQL: {sql}")
    if (
        not isinstance(tree, exp.Select)
        or not tree.expressions
        or any(tree.args.get(part) for part in ("joins", "with_", "offset", "windows"))
    ):
        raise _strange(tree)
    return _rows_apart(tree) or _plain(tree)


def _strange(node: exp.Expr) -> ReplyError:
    return ReplyError(f"the phrase book has no words for: {node.sql()}")


def _column(node: exp.Expr | None) -> str:
    node = node.unnest() if node is not None else None
    if not isinstance(node, exp.Column):
        raise ReplyError("the phrase book has words for plain columns only")
    return node.name


def _value(node: exp.Expr) -> Cell:
    if isinstance(node, exp.Neg):
        inner = _value(node.this)
        if isinstance(inner, int | float):
            return -inner
    if not isinstance(node, exp.Literal):
        raise _strange(node)
    if node.is_string:
        return str(node.this)
    text = str(node.this)
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _table(tree: exp.Select) -> str:
    source = tree.args.get("from_")
    if source is None or not isinstance(source.this, exp.Table):
        raise _strange(tree)
    return source.this.name


def _conditions(tree: exp.Select) -> tuple[Condition, ...]:
    where = tree.args.get("where")
    if where is None:
        return ()
    tests = list(where.this.unnest().flatten()) if isinstance(where.this.unnest(), exp.And) else [where.this]
    return tuple(_condition(test.unnest()) for test in tests)


def _condition(test: exp.Expr) -> Condition:
    if isinstance(test, exp.Between):
        return Condition(_column(test.this), "between", (_value(test.args["low"]), _value(test.args["high"])))
    if isinstance(test, exp.In) and test.expressions:
        return Condition(_column(test.this), "in", tuple(_value(item) for item in test.expressions))
    op = _OPS.get(type(test))
    if op is None:
        raise _strange(test)
    left, right = test.this.unnest(), test.expression.unnest()
    if isinstance(left, exp.Literal) and op in _FLIPPED:
        left, right, op = right, left, _FLIPPED[op]
    if isinstance(right, exp.Select):
        return _nested(_column(left), op, right)
    return Condition(_column(left), op, (_value(right),))


def _nested(column: str, op: str, inner: exp.Select) -> Condition:
    asked = inner.expressions[0].unalias()
    kind = {(">", exp.Avg): "above", ("<", exp.Avg): "below", ("=", exp.Max): "max", ("=", exp.Min): "min"}.get(
        (op, type(asked)), "same" if op == "=" and isinstance(asked, exp.Column) else ""
    )
    if not kind or _column(asked if kind == "same" else asked.this) != column:
        raise _strange(inner)
    return Condition(column, kind, (), _conditions(inner))


def _rows_apart(tree: exp.Select) -> Frame | None:
    """Read `SELECT (SELECT c …) - (SELECT c …)`."""
    if tree.args.get("from_") is not None:
        return None
    asked = tree.expressions[0].unalias()
    sides = [asked.this.unnest(), asked.expression.unnest()] if isinstance(asked, exp.Sub) else []
    if len(sides) != 2 or not all(isinstance(side, exp.Select) for side in sides):
        raise _strange(tree)
    columns = [_column(side.expressions[0]) for side in sides]
    rows = [_conditions(side) for side in sides]
    if columns[0] != columns[1] or any(len(row) != 1 for row in rows):
        raise _strange(tree)
    return Frame(_table(sides[0]), (columns[0],), "minus_rows", operands=(rows[0][0], rows[1][0]))


def _plain(tree: exp.Select) -> Frame:
    group = tree.args.get("group")
    by = _column(group.expressions[0]) if group else ""
    if group and len(group.expressions) > 1:
        raise _strange(tree)
    select, function = _asked(tree, by)
    order, descending = _order(tree)
    return Frame(
        _table(tree),
        select,
        function,
        _conditions(tree),
        distinct=bool(tree.args.get("distinct")),
        group=by,
        having=_having(tree),
        order=order,
        descending=descending,
        limit=_limit(tree),
    )


def _asked(tree: exp.Select, group: str) -> tuple[tuple[str, ...], str]:
    asked = [item.unalias() for item in tree.expressions]
    if group and len(asked) == 2 and isinstance(asked[1], exp.Count):
        if tree.args.get("limit") or tree.args.get("having"):
            raise _strange(tree)
        asked = asked[:1]
    elif group and len(asked) == 2 and type(asked[1]) in _SUMS and _column(asked[0]) == group:
        return (_column(asked[1].this),), _SUMS[type(asked[1])]
    if len(asked) == 1 and not isinstance(asked[0], exp.Column):
        return _computed(asked[0])
    return tuple(_column(item) for item in asked), ""


def _computed(asked: exp.Expr) -> tuple[tuple[str, ...], str]:
    if isinstance(asked, exp.Count):
        if isinstance(asked.this, exp.Star):
            return (), "count"
        if isinstance(asked.this, exp.Distinct):
            return (_column(asked.this.expressions[0]),), "count_distinct"
    if type(asked) in _SUMS:
        return (_column(asked.this),), _SUMS[type(asked)]
    if isinstance(asked, exp.Div) and asked.this.find(exp.Count):
        return (), "share"
    if isinstance(asked, exp.Sub) and isinstance(asked.this, exp.Max) and isinstance(asked.expression, exp.Min):
        return (_column(asked.this.this),), "spread"
    return _pair(asked)


def _pair(asked: exp.Expr) -> tuple[tuple[str, ...], str]:
    name = _PAIRS.get(type(asked))
    if name is None:
        raise _strange(asked)
    left = asked.this.unnest()
    if name == "over" and isinstance(left, exp.Cast):
        left = left.this.unnest()
    if name == "over" and isinstance(left, exp.Mul):
        left = left.expression
    return (_column(left), _column(asked.expression)), name


def _having(tree: exp.Select) -> tuple[str, Cell] | None:
    having = tree.args.get("having")
    if having is None:
        return None
    test = having.this
    op = _OPS.get(type(test))
    if op is None or not isinstance(test.this, exp.Count) or not isinstance(test.this.this, exp.Star):
        raise _strange(having)
    return op, _value(test.expression)


def _order(tree: exp.Select) -> tuple[str, bool]:
    order = tree.args.get("order")
    if order is None:
        return "", False
    if len(order.expressions) > 1:
        raise _strange(order)
    by = order.expressions[0]
    name = "*" if isinstance(by.this, exp.Count) else _column(by.this)
    return name, bool(by.args.get("desc"))


def _limit(tree: exp.Select) -> int:
    limit = tree.args.get("limit")
    if limit is None:
        return 0
    value = _value(limit.expression)
    if not isinstance(value, int):
        raise _strange(limit)
    return value
