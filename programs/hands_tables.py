"""How the steps of questions on tables are called: modules as in `hands.py`, and queries in the sandbox."""

from typing import Protocol

from ..data import Database, Execution, Sandbox
from .hands import Awaiting as AwaitingCalls
from .hands import Blocking as BlockingCalls
from .hands import Ended
from .hands import Hands as Calls


class Hands(Calls, Protocol):
    """How modules and the sandbox are called."""

    async def run(self, sandbox: Sandbox, database: Database, sql: str) -> Execution:
        """Execute one query."""
        ...


class Blocking(BlockingCalls):
    """Calls that return before the coroutine goes on."""

    async def run(self, sandbox: Sandbox, database: Database, sql: str) -> Execution:
        """Execute one query."""
        return sandbox.execute(database, [sql])[0]


class Awaiting(AwaitingCalls):
    """Calls that leave the event loop to others meanwhile."""

    async def run(self, sandbox: Sandbox, database: Database, sql: str) -> Execution:
        """Execute one query."""
        return (await sandbox.aexecute(database, [sql]))[0]


def worth_asking(run: Execution) -> None:
    """End the attempt where the query failed or gave nothing: no question is paid for."""
    if run.result is None:
        raise Ended("executes", run.error or "the query gave no result", "dropped")
    if all(cell is None for row in run.result.rows for cell in row):
        raise Ended("is_not_empty", "the query gives no row, or NULL only", "dropped")
