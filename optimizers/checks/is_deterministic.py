"""The query has one answer: no chance, no clock, no ties that a LIMIT cuts through, no value picked from many."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...data.records import Cell, Database, Dialect, Execution, SQLExample, Verdict
from .asking import ask, asks
from .trees import own, parse, selects, whole
from .verdicts import dropped, kept

_CHANCE = (exp.Rand, exp.Randn, exp.TableSample, exp.Uuid)
_CLOCK = (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentDatetime)
_CHANCE_NAMES = frozenset({"random", "randomblob", "gen_random_uuid", "setseed"})
_CLOCK_NAMES = frozenset({"now", "today", "get_current_timestamp", "transaction_timestamp"})
_DATE_CALLS = frozenset({"date", "time", "datetime", "julianday", "unixepoch", "strftime"})


@dataclass(frozen=True)
class Probe:
    """A query that shows whether one part of another has several possible results."""

    sql: str
    kind: str
    """`tie`: order keys stand in the last `keys` columns. `bare`: a number above 1 means several values in a group."""
    what: str
    """The part of the query that is looked at, as SQL."""
    first: int = 0
    """Rows that OFFSET skips."""
    count: int = 0
    """Rows that LIMIT lets through."""
    keys: int = 0
    listed: bool = False
    """Whether the order of the rows let through is part of the answer."""


def probes(example: SQLExample, database: Database) -> tuple[Probe, ...]:
    """Build the queries that show ties at a LIMIT and ungrouped columns; empty where a query has neither."""
    tree = parse(example.sql, database.dialect)
    if tree is None:
        return ()
    found: list[Probe] = []
    for select in selects(tree):
        found.extend(_bare_probes(select, database.dialect))
        tie = _tie_probe(select, database.dialect, listed=select is tree)
        found.extend([tie] if tie else [])
    return tuple(found)


@asks(lambda example, database: tuple(probe.sql for probe in probes(example, database)))
def is_deterministic(example: SQLExample, database: Database) -> Verdict:
    """Drop an example whose SQL could rightly give another answer on the same contents."""
    tree = parse(example.sql, database.dialect)
    if tree is None:
        return dropped(example, "is_deterministic", "The SQL cannot be parsed.", sql=example.sql)
    found = _volatile(tree) or _unordered(tree)
    if found:
        return dropped(example, "is_deterministic", found)
    looked = probes(example, database)
    for probe, execution in zip(looked, ask(database, [probe.sql for probe in looked]), strict=True):
        found = judge_probe(probe, execution)
        if found:
            return dropped(example, "is_deterministic", found, probe=probe.sql)
    return kept(example, "is_deterministic")


def judge_probe(probe: Probe, execution: Execution) -> str:
    """Say in a sentence what is undetermined, or nothing; a probe that does not run (correlated) says nothing."""
    if execution.result is None:
        return ""
    rows = execution.result.rows
    if probe.kind == "bare":
        several = any(isinstance(cell, int) and cell > 1 for row in rows for cell in row)
        return f"Column {probe.what} is neither grouped nor aggregated, and has several values." if several else ""
    return _tie(probe, rows)


def _tie(probe: Probe, rows: Sequence[tuple[Cell, ...]]) -> str:
    keys = [row[-probe.keys :] for row in rows]
    shown = [row[: -probe.keys] for row in rows]
    last = probe.first + probe.count

    def tied(at: int) -> bool:
        return 0 < at < len(rows) and keys[at - 1] == keys[at] and shown[at - 1] != shown[at]

    if tied(last) or tied(probe.first):
        return f"Rows tie at the LIMIT under ORDER BY {probe.what}: which are let through is chance."
    if probe.listed and any(tied(at) for at in range(probe.first + 1, last)):
        return f"Rows of the list tie under ORDER BY {probe.what}: their order is chance."
    return ""


def _volatile(tree: exp.Expr) -> str:
    for node in tree.walk():
        name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
        if isinstance(node, _CHANCE) or name in _CHANCE_NAMES:
            return f"The answer depends on chance: {node.sql()}."
        if isinstance(node, _CLOCK) or name in _CLOCK_NAMES or (name in _DATE_CALLS and not node.expressions):
            return f"The answer depends on the clock: {node.sql()}."
        if isinstance(node, exp.Literal) and node.is_string and isinstance(node.parent, exp.Func):
            # `datetime('now')`, `strftime('%Y', 'now')`; a comparison with 'now' as a value is no function.
            compared = isinstance(node.parent, exp.Predicate | exp.Connector)
            if node.name.lower() in {"now", "localtime"} and not compared:
                return f"The answer depends on the clock: {node.parent.sql()}."
    return ""


def _unordered(tree: exp.Expr) -> str:
    for node in tree.find_all(exp.GroupConcat, exp.ArrayAgg):
        if not isinstance(node.this, exp.Order) and not node.find(exp.Order):
            return f"{node.sql()} joins values in no set order."
    for query in tree.find_all(exp.Query):
        if query.args.get("limit") is not None and query.args.get("order") is None:
            return "LIMIT without ORDER BY: which rows are let through is chance."
        order = query.args.get("order")
        if (
            order is not None
            and isinstance(query, exp.Select)
            and query.args.get("limit")
            and query.args.get("distinct")
        ):
            outputs = {item.unalias().sql() for item in query.expressions}
            loose = [key for key in _keys(query, order) if key.sql() not in outputs]
            if loose:
                return f"DISTINCT rows are cut in the order of {loose[0].sql()}, which they do not hold."
    return ""


def _keys(select: exp.Select, order: exp.Expr) -> list[exp.Expr]:
    """Return the expressions that rows are ordered by, positions and aliases looked up."""
    outputs = select.expressions
    names = {item.alias.casefold(): item.unalias() for item in outputs if item.alias}
    keys = []
    for ordered in order.expressions:
        key = ordered.this
        if isinstance(key, exp.Literal) and key.is_int and 0 < int(key.name) <= len(outputs):
            key = outputs[int(key.name) - 1].unalias()
        elif isinstance(key, exp.Column) and not key.table:
            key = names.get(key.name.casefold(), key)
        keys.append(key)
    return keys


def _tie_probe(select: exp.Select, dialect: Dialect, *, listed: bool) -> Probe | None:
    order, count = select.args.get("order"), whole(select.args.get("limit"))
    if order is None or count is None:
        return None
    first = whole(select.args.get("offset")) or 0
    keys = _keys(select, order)
    probe = select.copy()
    for at, key in enumerate(keys):
        probe = probe.select(exp.alias_(key.copy(), f"tie_key_{at}"), copy=False)
    probe.set("offset", None)
    probe = probe.limit(first + count + 1, copy=False)
    what = ", ".join(key.sql(dialect=dialect) for key in keys)
    return Probe(probe.sql(dialect=dialect), "tie", what, first, count, len(keys), listed and count > 1)


def _bare_probes(select: exp.Select, dialect: Dialect) -> list[Probe]:
    group = select.args.get("group")
    if group is None and not any(own_aggregates(select)):
        return []
    positions = [int(key.name) for key in group.expressions if isinstance(key, exp.Literal)] if group else []
    keys = {key.sql(dialect=dialect) for key in group.expressions} if group else set()
    keys |= {item.alias for item in select.expressions if item.alias and item.alias in keys}
    found = []
    for at, item in enumerate(select.expressions, start=1):
        grouped = at in positions or item.unalias().sql(dialect=dialect) in keys or item.alias in keys
        for column in [] if grouped else _bare_columns(select, item):
            if column.sql(dialect=dialect) not in keys:
                found.append(_bare_probe(select, column, dialect))
    return found


def own_aggregates(select: exp.Select) -> list[exp.Expr]:
    """Return the aggregates in a SELECT's own list, those of windows and nested queries left out."""
    items = [node for node in own(select, exp.AggFunc) if not node.find_ancestor(exp.Window)]
    return [node for node in items if node.find_ancestor(exp.Where, exp.Having, exp.Order, exp.Select) is select]


def _bare_columns(select: exp.Select, item: exp.Expr) -> list[exp.Column]:
    columns = [item] if isinstance(item, exp.Column) else list(item.find_all(exp.Column))
    return [
        column
        for column in columns
        if not column.find_ancestor(exp.AggFunc) and column.find_ancestor(exp.Select) is select
    ]


def _bare_probe(select: exp.Select, column: exp.Column, dialect: Dialect) -> Probe:
    inner = select.copy()
    inner.set("expressions", [exp.alias_(exp.Count(this=exp.Distinct(expressions=[column.copy()])), "n")])
    for clause in ("order", "limit", "offset", "distinct"):
        inner.set(clause, None)
    name = column.sql(dialect=dialect)
    return Probe(f"SELECT MAX(n) FROM ({inner.sql(dialect=dialect)}) AS counted", "bare", name)
