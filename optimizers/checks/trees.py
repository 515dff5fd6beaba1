"""What the checks read off a query's syntax tree: its parts, its literals and the columns they are compared with."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from ...data.records import Column, Database, Dialect, Table
from ...data.sqltree import parse_sql

COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.Like, exp.ILike, exp.Glob)


@lru_cache(maxsize=4096)
def parse(sql: str, dialect: Dialect) -> exp.Expr | None:
    """Parse one query; None if it cannot be parsed. The tree is shared: copy it before changing it."""
    return parse_sql(sql, dialect)


def selects(tree: exp.Expr) -> list[exp.Select]:
    """Return every SELECT of a query, the outermost first."""
    return list(tree.find_all(exp.Select))


def conjuncts(condition: exp.Expr, kind: type[exp.Connector] = exp.And) -> list[exp.Expr]:
    """Split a condition at its ANDs (or ORs), parentheses taken off."""
    condition = condition.unnest()
    if isinstance(condition, kind):
        return [*conjuncts(condition.this, kind), *conjuncts(condition.expression, kind)]
    return [condition]


def own(select: exp.Select, *kinds: type[exp.Expr]) -> Iterator[exp.Expr]:
    """Yield nodes of these kinds that belong to a SELECT itself and not to one nested in it."""
    for node in select.find_all(*kinds):
        if node is not select and node.find_ancestor(exp.Select) is select:
            yield node


def whole(node: exp.Expr | None) -> int | None:
    """Return the number that LIMIT or OFFSET gives; None if there is none or it is no plain number."""
    number = node.expression if node is not None else None
    return int(number.name) if isinstance(number, exp.Literal) and number.name.isdigit() else None


@dataclass(frozen=True)
class Term:
    """A literal of a query, and what it is compared with."""

    value: str
    """Spelling without quotes; a negative number with its sign."""
    is_text: bool
    operator: type[exp.Expr]
    """Comparison it stands in: `exp.EQ`, `exp.In`, `exp.Between`, `exp.Limit` …; `exp.Func` for anything else."""
    column: exp.Column | None
    """Column on the other side, None for an expression without exactly one column."""
    negated: bool
    """Under NOT or `<>`: the literal says what is left out."""
    call: str = ""
    """Function around the column, empty if bare: `COUNT`, `LOWER`; for a part of a date its format: `%Y`."""


def terms(tree: exp.Expr) -> list[Term]:
    """Return every literal of a query; those in arithmetic or function arguments have operator `exp.Func`."""
    return [_term(node) for node in tree.find_all(exp.Literal)]


def _term(node: exp.Literal) -> Term:
    inner: exp.Expr = node
    value = node.name
    if isinstance(node.parent, exp.Neg):
        inner, value = node.parent, f"-{value}"
    while isinstance(inner.parent, exp.Paren):
        inner = inner.parent
    parent = inner.parent
    if not isinstance(parent, (*COMPARISONS, exp.In, exp.Between, exp.Limit, exp.Offset)):
        return Term(value, node.is_string, exp.Func, None, False)
    other = parent.this if parent.this is not inner else parent.args.get("expression")
    columns = list(other.find_all(exp.Column)) if other is not None else []
    negated = isinstance(parent, exp.NEQ) or parent.find_ancestor(exp.Not) is not None
    column = columns[0] if len(columns) == 1 else None
    return Term(value, node.is_string, type(parent), column, negated, _call(other))


def _call(other: exp.Expr | None) -> str:
    if isinstance(other, exp.TimeToStr):
        return str(other.args["format"].name)
    if isinstance(other, exp.Anonymous):
        return str(other.name).upper()
    return other.sql_name() if isinstance(other, exp.Func) and not isinstance(other, exp.Connector) else ""


def tables_of(tree: exp.Expr, database: Database) -> list[Table]:
    """Return the tables that a query names, each once; unknown ones are left out."""
    names = {table.name.casefold() for table in tree.find_all(exp.Table)}
    return [table for table in database.tables if table.name.casefold() in names]


def resolve(column: exp.Column, tree: exp.Expr, database: Database) -> tuple[Table, Column] | None:
    """Find the table and column that a column of a query means; None if it is made in the query itself."""
    aliases = {table.alias_or_name.casefold(): table.name.casefold() for table in tree.find_all(exp.Table)}
    wanted = aliases.get(column.table.casefold()) if column.table else None
    for table in tables_of(tree, database):
        if wanted in (None, table.name.casefold()):
            for found in table.columns:
                if found.name.casefold() == column.name.casefold():
                    return table, found
    return None
