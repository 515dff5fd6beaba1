"""Queries that are wrong in one place, as a generator gets them wrong: what checks and filters are measured with."""

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from sqlglot import exp

from ..data.naming import quote
from ..data.records import Column, Database, SQLExample
from .checks.every_clause_matters import without_each_clause
from .checks.trees import parse, resolve

MutantKind = Literal["question", "condition", "column", "value", "aggregate"]
KINDS: tuple[MutantKind, ...] = ("question", "condition", "column", "value", "aggregate")
"""What is broken: the question is another example's; or in the SQL a condition is left out, or a column, a value or an
aggregate (for a superlative: its direction) is another."""

_AGGREGATES = (exp.Min, exp.Max, exp.Avg, exp.Sum)


def mutants(sql: str, database: Database, kind: MutantKind, rng: random.Random) -> list[str]:
    """Return queries that differ from `sql` in one place of this kind, in random order; they may give the same answer.

    None for kind `question`, which leaves the query alone.
    """
    tree = parse(sql, database.dialect)
    if tree is None or kind == "question":
        return []
    if kind == "condition":
        variants = without_each_clause(sql, database.dialect)
        found = [query for what, query in variants if what.startswith("The condition")]
    else:
        changes: dict[str, _Change] = {"column": _columns, "value": _values, "aggregate": _aggregates}
        found = list(changes[kind](tree, database, rng))
    unique = [query for query in dict.fromkeys(found) if query != sql]
    rng.shuffle(unique)
    return unique


def with_answer_of(example: SQLExample, other: SQLExample) -> SQLExample:
    """Return an example with another one's SQL and answer under its own question (kind `question`)."""
    return SQLExample.of(
        question=example.question,
        knowledge=example.knowledge,
        style=example.style,
        sql=other.sql,
        answer=other.answer,
        level=other.level,
        database_id=example.database_id,
        seed=example.seed,
        provenance=example.provenance,
    )


_Change = Callable[[exp.Expr, Database, random.Random], Iterator[str]]


def _replaced(tree: exp.Expr, spots: Iterable[int], new: exp.Expr, database: Database) -> str:
    copy = tree.copy()
    wanted = set(spots)
    for node in [node for spot, node in enumerate(copy.walk()) if spot in wanted]:
        node.replace(new.copy())
    return copy.sql(dialect=database.dialect)


def _columns(tree: exp.Expr, database: Database, rng: random.Random) -> Iterator[str]:
    """Put another column in the place of one, wherever it is selected, grouped, ordered by or compared as a number."""
    spots: dict[str, list[int]] = {}
    nodes = list(tree.walk())
    for at, node in enumerate(nodes):
        if isinstance(node, exp.Column) and not node.find_ancestor(exp.Join) and not _is_pinned(node):
            spots.setdefault(node.sql(), []).append(at)
    for places in spots.values():
        node = nodes[places[0]]
        found = resolve(node, tree, database) if isinstance(node, exp.Column) else None
        if found is None:
            continue
        table, column = found
        free = all(nodes[at].find_ancestor(exp.AggFunc, exp.Order, exp.Binary) is None for at in places)
        for other in table.columns:
            if other.name != column.name and (free or _kin(other, column)):
                yield _replaced(tree, places, _spelled(other.name, node.args.get("table"), database), database)


def _is_pinned(node: exp.Column) -> bool:
    """Whether a column is compared with a text: with another column that would fit nothing, which is too easy."""
    if node.find_ancestor(exp.Where) is None:
        return False
    return not isinstance(node.parent, exp.GT | exp.GTE | exp.LT | exp.LTE | exp.Between)


def _spelled(name: str, table: exp.Expr | None, database: Database) -> exp.Column:
    quoted = quote(name, database.dialect) != name
    return exp.Column(this=exp.to_identifier(name, quoted=quoted), table=table.copy() if table else None)


def _kin(one: Column, other: Column) -> bool:
    numbers = {"integer", "real"}
    return one.type == other.type or {one.type, other.type} <= numbers


def _values(tree: exp.Expr, database: Database, rng: random.Random) -> Iterator[str]:
    for at, node in enumerate(tree.walk()):
        if not isinstance(node, exp.Literal):
            continue
        if isinstance(node.parent, exp.Limit) and node.name != "1":
            for count in (int(node.name) + 1, int(node.name) - 1):
                yield _replaced(tree, [at], exp.Literal.number(count), database)
        found = _compared(node, tree, database)
        cells = sorted({str(cell) for cell in found if cell is not None and not isinstance(cell, bool)})
        for cell in rng.sample(cells, min(4, len(cells))):
            if cell != node.name and not (node.is_number and cell.startswith("-")):
                new = exp.Literal.string(cell) if node.is_string else exp.Literal.number(cell)
                yield _replaced(tree, [at], new, database)


def _compared(node: exp.Literal, tree: exp.Expr, database: Database) -> list[object]:
    """Return the cells of the column that a literal is compared with."""
    parent = node.parent
    if not isinstance(parent, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE | exp.In | exp.Between):
        return []
    if not isinstance(parent.this, exp.Column):
        return []
    found = resolve(parent.this, tree, database)
    return list(found[0].values(found[1].name)) if found else []


def _aggregates(tree: exp.Expr, database: Database, rng: random.Random) -> Iterator[str]:
    for at, node in enumerate(tree.walk()):
        if isinstance(node, _AGGREGATES):
            for kind in _AGGREGATES:
                if not isinstance(node, kind):
                    yield _replaced(tree, [at], kind(this=node.this.copy()), database)
        if isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct):
            yield _replaced(tree, [at], exp.Count(this=node.this.expressions[0].copy()), database)
        if isinstance(node, exp.Ordered) and node.find_ancestor(exp.Select, exp.Window):
            down = not node.args.get("desc")
            flipped = exp.Ordered(this=node.this.copy(), desc=down, nulls_first=not down)
            yield _replaced(tree, [at], flipped, database)
