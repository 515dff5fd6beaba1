"""Literal grounding: a text that a solver compares with a column is spelled as the column spells it."""

import re
import unicodedata
from collections import defaultdict

from sqlglot import exp

from ..data.records import Database
from ..data.sqltree import parse_sql


def ground_literals(sql: str, database: Database) -> str:
    """Replace text literals that no cell equals by the one value that equals them but for case, blanks and punctuation.

    Only `column = 'text'`, `<>` and `IN` are looked at; where no value or several fit, and where the query
    cannot be parsed, nothing is changed: the engine then says what is wrong.
    """
    tree = parse_sql(sql, database.dialect)
    if tree is None:
        return sql
    changed = False
    for literal in list(tree.find_all(exp.Literal)):
        column = _compared(literal)
        value = _spelled(literal.this, column, database) if column is not None and literal.is_string else None
        if value is not None:
            literal.replace(exp.Literal.string(value))
            changed = True
    return tree.sql(dialect=database.dialect) if changed else sql


def _compared(literal: exp.Literal) -> str | None:
    parent = literal.parent
    if isinstance(parent, exp.EQ | exp.NEQ | exp.In):
        sides = [parent.this, parent.args.get("expression")]
        return next((side.name for side in sides if isinstance(side, exp.Column)), None)
    return None


def _spelled(text: str, column: str, database: Database) -> str | None:
    values = {
        value
        for table in database.tables
        for one in table.columns
        if one.name.casefold() == column.casefold()
        for value in table.values(one.name)
        if isinstance(value, str)
    }
    if text in values:
        return None
    alike = defaultdict(list)
    for value in values:
        alike[_bare(value)].append(value)
    found = alike.get(_bare(text), [])
    return found[0] if len(found) == 1 else None


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()
