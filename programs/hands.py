"""How modules and the sandbox are called, at once or awaited: what is done with them is written once, as coroutines."""

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Semaphore
from typing import Any, Protocol, TypeVar

from ..data.records import Database, Execution
from ..data.sandbox import Sandbox

T = TypeVar("T")


class Hands(Protocol):
    """Calls modules and sandbox for a coroutine.

    - `limit` calls of modules run at the same time, no more.
    - Results come in the order of the calls, whichever ended first.
    """

    limit: int

    async def ask(self, module: Any, **inputs: Any) -> Any:
        """Call a module."""
        ...

    async def run(self, sandbox: Sandbox, database: Database, sql: str) -> Execution:
        """Execute one query."""
        ...

    async def together(self, works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
        """Finish all coroutines, side by side; the first one that fails fails them all."""
        ...


class Blocking:
    """Calls that return before the coroutine goes on, so that it never waits; side by side means threads."""

    def __init__(self, limit: int = 1) -> None:
        self.limit = limit
        self._gate = Semaphore(limit)

    async def ask(self, module: Any, **inputs: Any) -> Any:
        """Call a module."""
        with self._gate:
            return module(**inputs)

    async def run(self, sandbox: Sandbox, database: Database, sql: str) -> Execution:
        """Execute one query."""
        return sandbox.execute(database, [sql])[0]

    async def together(self, works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
        """Finish all coroutines, one after another or in threads."""
        try:
            if self.limit == 1 or len(works) == 1:
                return [finish(work) for work in works]
            with ThreadPoolExecutor(min(self.limit, len(works))) as pool:
                # a thread sees dspy.context only through a copy of the context
                return [done.result() for done in [pool.submit(copy_context().run, finish, work) for work in works]]
        finally:
            for work in works:
                work.close()


class Awaiting:
    """Calls that leave the event loop to others meanwhile."""

    def __init__(self, limit: int = 16) -> None:
        self.limit = limit
        self._gate = asyncio.Semaphore(limit)

    async def ask(self, module: Any, **inputs: Any) -> Any:
        """Call a module."""
        async with self._gate:
            return await module.acall(**inputs)

    async def run(self, sandbox: Sandbox, database: Database, sql: str) -> Execution:
        """Execute one query."""
        return (await sandbox.aexecute(database, [sql]))[0]

    async def together(self, works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
        """Finish all coroutines as tasks; those that still run when one fails are cancelled."""
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits to its end, in this very thread and context."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # StopIteration is untyped
    work.close()
    raise RuntimeError("a blocking call waited")
