"""No clause of the query is idle: leaving any one out changes the answer, so a solver has to get each one right."""

from collections.abc import Iterator
from functools import lru_cache

from sqlglot import exp

from ...data.records import Database, Dialect, SQLExample, Verdict
from .asking import ask, asks
from .trees import conjuncts, own, parse
from .verdicts import dropped, kept


@lru_cache(maxsize=4096)
def without_each_clause(sql: str, dialect: Dialect) -> tuple[tuple[str, str], ...]:
    """Return `(what was left out, the query without it)` for every clause that can be left out.

    Conditions that are joined by AND or OR, values of an IN list, HAVING, LIMIT, DISTINCT and joins whose columns are
    used nowhere else, in nested queries too.
    """
    tree = parse(sql, dialect)
    if tree is None:
        return ()
    spots = [at for at, node in enumerate(tree.walk()) if isinstance(node, exp.Select)]
    found: list[tuple[str, str]] = []
    for spot in spots:
        for number in range(64):  # as many parts as a query of sane length can have
            copy = tree.copy()
            select = next(node for at, node in enumerate(copy.walk()) if at == spot)
            assert isinstance(select, exp.Select)
            what = _leave_out(select, number, dialect)
            if not what:
                break
            found.append((what, copy.sql(dialect=dialect)))
    return tuple(dict.fromkeys(found))


@asks(lambda example, database: tuple(sql for _, sql in without_each_clause(example.sql, database.dialect)))
def every_clause_matters(example: SQLExample, database: Database) -> Verdict:
    """Drop an example of whose SQL some clause can be left out without a change of the answer."""
    from ...data.results import compare

    variants = without_each_clause(example.sql, database.dialect)
    for (what, sql), execution in zip(variants, ask(database, [sql for _, sql in variants]), strict=True):
        if execution.result is not None and compare(execution.result, example.answer).equal:
            reason = f"{what} can be left out: the answer stays the same."
            return dropped(example, "every_clause_matters", reason, without=sql)
    return kept(example, "every_clause_matters")


def _leave_out(select: exp.Select, number: int, dialect: Dialect) -> str:
    """Take the clause of that number out of a SELECT, in place; returns what it was, or nothing if there is none."""
    for at, (what, take_out) in enumerate(_parts(select, dialect)):
        if at == number:
            take_out()
            return what
    return ""


def _parts(select: exp.Select, dialect: Dialect) -> Iterator[tuple[str, "_Removal"]]:
    for clause in ("where", "having"):
        condition = select.args.get(clause)
        if condition is not None:
            for part in conjuncts(condition.this):
                same = [part] if clause == "having" else _repeats(part)
                yield f"The condition {part.sql(dialect=dialect)}", _Removal(same, clause)
                yield from _choices(part, dialect) if not _picks(select) else ()
    for join in select.args.get("joins") or []:
        if not _is_used(select, join):
            yield f"The join {join.sql(dialect=dialect)}", _Removal([join], "join")
    if select.args.get("limit") is not None and not _is_one_value(select):
        yield "LIMIT", _Removal([select], "limit")
    if select.args.get("distinct") is not None:
        yield "DISTINCT", _Removal([select], "distinct")
    for distinct in own(select, exp.Distinct):
        if isinstance(distinct.parent, exp.AggFunc) and len(distinct.expressions) == 1:
            yield f"DISTINCT in {distinct.parent.sql(dialect=dialect)}", _Removal([distinct], "inner distinct")


def _repeats(part: exp.Expr) -> list[exp.Expr]:
    """Find a condition wherever a query repeats it: "the highest in Asia" says Asia once, its SQL may twice."""
    wheres = [select.args["where"] for select in part.root().find_all(exp.Select) if select.args.get("where")]
    return [other for where in wheres for other in conjuncts(where.this) if other == part]


def _is_one_value(select: exp.Select) -> bool:
    """Whether a nested query stands where one value is wanted: SQLite takes its first row, with LIMIT or without."""
    outer = select.parent
    return (
        isinstance(outer, exp.Subquery)
        and isinstance(outer.parent, exp.Condition)
        and not isinstance(outer.parent, exp.In)
    )


def _picks(select: exp.Select) -> bool:
    """Whether one row is picked ("Which is higher, A or B?"): leaving out the loser rightly changes nothing."""
    return select.args.get("limit") is not None or any(own(select, exp.Max, exp.Min))


def _choices(part: exp.Expr, dialect: Dialect) -> Iterator[tuple[str, "_Removal"]]:
    if isinstance(part, exp.Or):
        for choice in conjuncts(part, exp.Or):
            yield f"The alternative {choice.sql(dialect=dialect)}", _Removal([choice], "or")
    listed = part.this if isinstance(part, exp.Not) else part
    if isinstance(listed, exp.In) and len(listed.expressions) > 1:
        for value in listed.expressions:
            yield f"The value {value.sql(dialect=dialect)}", _Removal([value], "value")


class _Removal:
    """Clauses, and how they are taken out of their (copied) tree together."""

    def __init__(self, nodes: list[exp.Expr], kind: str) -> None:
        self.nodes = nodes
        self.kind = kind

    def __call__(self) -> None:
        for node in self.nodes:
            if self.kind in {"limit", "distinct"}:
                node.set(self.kind, None)
                if self.kind == "limit":
                    node.set("offset", None)
            elif self.kind == "inner distinct":
                node.replace(node.expressions[0])
            elif self.kind in {"join", "value"}:
                node.pop()
            else:
                _out_of_condition(node)


def _out_of_condition(node: exp.Expr) -> None:
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    parent = node.parent
    if isinstance(parent, exp.And | exp.Or):
        parent.replace(parent.expression if parent.this is node else parent.this)
    elif parent is not None:  # the whole WHERE or HAVING
        parent.pop()


def _is_used(select: exp.Select, join: exp.Join) -> bool:
    name = join.alias_or_name.casefold()
    inside = {id(column) for column in join.find_all(exp.Column)}
    outside = [column for column in select.find_all(exp.Column) if id(column) not in inside]
    # A column without its table may be any table's: such a join is taken as used.
    return any(not column.table or column.table.casefold() == name for column in outside) or bool(
        select.find(exp.Star) and not select.find(exp.Count)
    )
