"""How the steps of questions on tables are called: modules as in `hands.py`, and queries in the sandbox."""

from typing import Protocol

from ..data import Database, Execution, Sandbox
from .hands import Awaiting as AwaitingCalls
from .hands import Blocking as BlockingCalls
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
