"""Work that waits for models: many coroutines at a time, in a loop of their own, ended without losing a reply."""

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


GARBAGE = 20_000
"""Objects made before Python looks for garbage; at its own 700 it looks at every other call of a model."""


class Landed(Exception):
    """The flight is over; whoever was still to ask a model does not."""


class Flight:
    """Runs coroutines, so many at a time, in a thread of its own.

    Leaving it early (an error, an interruption) starts nothing more; requests on their way are waited for, since
    they are paid, and their replies are in the log.
    """

    def __init__(self, at_once: int, lm: Any = None) -> None:
        """Prepare a flight of units that ask `lm`."""
        self._at_once = at_once
        self._lm = lm
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(at_once))  # for models that only block
        self._thread = threading.Thread(target=self._loop.run_forever, name="source2synth-flight", daemon=True)
        self._gate: asyncio.Semaphore | None = None
        self._over = False
        self._collecting = seldom_collecting()
        self._all: list[Future[Any]] = []

    def __enter__(self) -> Self:
        self._collecting.__enter__()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        pace = getattr(self._lm, "pace", None)
        landed = Landed("The run that asked this model was ended.")
        if pace is not None and error is not None:
            pace.end(landed)
        for one in self._all:
            one.exception()  # waits; what it is was told where the result was wanted
        asyncio.run_coroutine_threadsafe(_close(), self._loop).result()
        asyncio.run_coroutine_threadsafe(self._loop.shutdown_default_executor(), self._loop).result()
        if pace is not None:
            pace.go_on(landed)  # the model may be the caller's own, who goes on with it
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._collecting.__exit__(None, None, None)

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> "Future[T]":
        """Start a unit of work as soon as there is room, in a copy of the present context."""
        future = asyncio.run_coroutine_threadsafe(self._unit(work), self._loop)
        self._all.append(future)
        return future

    async def _unit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if self._gate is None:
            self._gate = asyncio.Semaphore(self._at_once)
        async with self._gate:
            if self._over:
                raise Landed
            return await work()


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Have Python look for garbage seldom inside the block, and not among all that was imported before."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


async def _close() -> None:
    from ..backends.http.sessions import close_sessions_here

    await close_sessions_here()
    left = asyncio.all_tasks() - {asyncio.current_task()}  # litellm leaves one that only logs
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
