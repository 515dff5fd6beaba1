"""Syntax trees of SQL that anyone may have written: open quotes and a thousand brackets are no errors here."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

DEPTH = 100
"""Nesting of the deepest tree; sqlglot and we walk them recursively. Chains (`a OR b OR c`) do not count."""


def parse_sql(sql: str, dialect: str = "sqlite") -> exp.Expr | None:
    """Parse one query into a tree of its own.

    Returns:
        The tree; None if the query cannot be parsed, be it for its syntax, its depth or a slip of the parser's own.
    """
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
        return tree if _is_flat(tree) else None
    except (SqlglotError, RecursionError):
        return None
    except (ValueError, TypeError, AttributeError, KeyError, IndexError):  # the parser's own slips
        return None


def _is_flat(tree: exp.Expr) -> bool:
    nodes = [(tree, 0)]
    while nodes:
        node, depth = nodes.pop()
        if depth > DEPTH:
            return False
        deeper = depth + (not isinstance(node, exp.Binary | exp.SetOperation))
        nodes += [(child, deeper) for child in node.iter_expressions()]
    return True
