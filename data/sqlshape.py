"""What kind of query a piece of SQL is: its shape, its level of difficulty, and its skeleton without literals.

>>> shape_of("SELECT name FROM mountains ORDER BY height_m DESC LIMIT 1")
'superlative'
"""

from sqlglot import exp

from .sqltree import parse_sql

LEVELS: dict[str, int] = {
    "lookup": 1,
    "compare": 1,
    "list": 1,
    "lookup_two": 2,
    "lookup_pair": 2,
    "count": 2,
    "count_distinct": 2,
    "aggregate": 2,
    "distinct": 2,
    "superlative": 3,
    "top_n": 3,
    "sorted": 3,
    "versus": 3,
    "between": 3,
    "in": 3,
    "like": 3,
    "not_equal": 3,
    "either": 3,
    "group": 3,
    "group_top": 3,
    "having": 3,
    "join": 4,
    "arithmetic": 4,
    "share": 4,
    "nested_avg": 4,
    "nested_max": 4,
    "same_as": 4,
    "nested": 4,
    "set": 4,
    "other": 4,
}
"""Every shape and its level: 1 lookup, 2 aggregate or two conditions, 3 grouping, ordering, ranges, 4 nested."""

_OPERATORS = (
    ("between", exp.Between),
    ("in", exp.In),
    ("like", exp.Like),
    ("not_equal", exp.NEQ),
    ("either", exp.Or),
)
_SUMS = (exp.Sum, exp.Avg, exp.Min, exp.Max)


def shape_of(sql: str, dialect: str = "sqlite") -> str:
    """Name the shape of one query, a key of `LEVELS`; `other` if it cannot be parsed or is no SELECT."""
    tree = parse_sql(sql, dialect)
    return "other" if tree is None else _shape(tree)


def level_of(sql: str, dialect: str = "sqlite") -> int:
    """Return the level of difficulty of one query, 1 to 4, from its shape."""
    return LEVELS[shape_of(sql, dialect)]


def skeleton(sql: str, dialect: str = "sqlite") -> str:
    """Return the query with every literal as `?` and no aliases, so that two queries of one pattern are equal.

    What cannot be parsed comes back as it is.
    """
    tree = parse_sql(sql, dialect)
    if tree is None:
        return sql
    for alias in list(tree.find_all(exp.Alias)):
        alias.replace(alias.this)
    names = {table.alias: table.name for table in tree.find_all(exp.Table) if table.alias}

    def bare(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Literal):
            return exp.Placeholder()
        if isinstance(node, exp.Column) and node.table:
            node.set("table", exp.to_identifier(names.get(node.table, node.table)))
        if isinstance(node, exp.Table):
            node.set("alias", None)
        if isinstance(node, exp.In) and node.expressions:
            node.set("expressions", [exp.Placeholder()])
        return node

    return tree.transform(bare).sql(dialect=dialect, normalize=True, comments=False)


def _shape(tree: exp.Expr) -> str:
    if isinstance(tree, exp.SetOperation):
        return "set"
    if not isinstance(tree, exp.Select) or tree.args.get("with_"):
        return "other"
    if tree.args.get("joins"):
        return "join"
    for find in (_nested, _computed, _grouped, _ordered, _filtered):
        shape = find(tree)
        if shape:
            return shape
    return "other"


def _nested(tree: exp.Select) -> str:
    inner = [node for node in tree.find_all(exp.Select) if node is not tree]
    if not inner:
        return ""
    where = tree.args.get("where")
    if where is None or not where.find(exp.Select):
        return "share" if tree.find(exp.Count) and len(inner) == 1 else "arithmetic"
    asked = inner[0].expressions[0]
    if isinstance(asked, exp.Avg):
        return "nested_avg"
    if isinstance(asked, exp.Max | exp.Min):
        return "nested_max"
    return "same_as" if isinstance(asked, exp.Column) and not where.find(exp.In) else "nested"


def _computed(tree: exp.Select) -> str:
    kinds = (exp.Add, exp.Sub, exp.Mul, exp.Div)
    return "arithmetic" if any(item.find(*kinds) for item in tree.expressions) else ""


def _grouped(tree: exp.Select) -> str:
    if not tree.args.get("group"):
        return ""
    if tree.args.get("having"):
        return "having"
    return "group_top" if tree.args.get("limit") else "group"


def _ordered(tree: exp.Select) -> str:
    limit, where = tree.args.get("limit"), tree.args.get("where")
    if not limit:
        return "sorted" if tree.args.get("order") else ""
    if limit.expression.name != "1":
        return "top_n"
    return "versus" if where is not None and where.find(exp.In) else "superlative"


def _filtered(tree: exp.Select) -> str:
    where = tree.args.get("where")
    for name, kind in _OPERATORS:
        if where is not None and where.find(kind):
            return name
    asked = tree.expressions[0].unalias() if tree.expressions else None  # a bare `SELECT` is read, too
    if isinstance(asked, exp.Count):
        return "count_distinct" if isinstance(asked.this, exp.Distinct) else "count"
    if isinstance(asked, _SUMS):
        return "aggregate"
    if tree.args.get("distinct"):
        return "distinct"
    return _plain(tree, where)


def _plain(tree: exp.Select, where: exp.Expr | None) -> str:
    if where is None:
        return "list"
    if len(tree.expressions) > 1:
        return "lookup_pair"
    if where.find(exp.And):
        return "lookup_two"
    return "compare" if where.find(exp.GT, exp.LT, exp.GTE, exp.LTE) else "lookup"
