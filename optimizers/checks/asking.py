"""How checks put questions to a database: standing alone one by one, in a run all of a table at once.

A check that needs queries run names them with `@asks`; `run_checks` then has them all executed before it calls the
check. Called on its own, the same check has them executed at once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from ...data.records import Database, Execution, SQLExample, Verdict

Check = Callable[[SQLExample, Database], Verdict]
"""`(example, database) -> Verdict`, kept or dropped, never unjudged.

- The database may hold more tables than the example is about.
- A check raises nothing for a bad example, and gives the same verdict for the same example and contents.
- The reason is one sentence that a person can act on.
"""
Queries = Callable[[SQLExample, Database], Sequence[str]]
_Checked = TypeVar("_Checked", bound=Check)

_known: ContextVar[Mapping[str, Execution] | None] = ContextVar("source2synth_executed", default=None)


def asks(queries: Queries) -> Callable[[_Checked], _Checked]:
    """Declare which queries a check will ask, so that those of many examples run in one batch."""

    def declare(check: _Checked) -> _Checked:
        check.queries = queries  # type: ignore[attr-defined]  # a mark on a plain function
        return check

    return declare


def queries_of(check: Check) -> Queries | None:
    """Return what the check declared with `@asks`, or None if it looks at the records alone."""
    return getattr(check, "queries", None)


def ask(database: Database, queries: Sequence[str]) -> list[Execution]:
    """Return the executions of these queries, in order: those made beforehand, or else made now."""
    from ...data.sandbox import shared_sandbox

    known = _known.get()
    if known is None:
        return shared_sandbox().execute(database, queries)
    missing = [sql for sql in queries if sql not in known]
    made = dict(zip(missing, shared_sandbox().execute(database, missing), strict=True)) if missing else {}
    return [known.get(sql) or made[sql] for sql in queries]


@contextmanager
def answered(known: Mapping[str, Execution]) -> Iterator[None]:
    """Let `ask` find these executions (by SQL, of one database) inside the block."""
    token = _known.set(known)
    try:
        yield
    finally:
        _known.reset(token)
