"""The sandbox: runs SQL that nobody vouched for in confined worker processes that can be killed at any moment."""

import asyncio
import contextlib
import os
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from queue import SimpleQueue

from ...errors import ExecutionError
from ..records import Database, Execution
from .limits import Limits
from .lot import Job, Lot, Runner

_LOT_QUERIES = 32  # queries sent to a worker at once when many jobs are streamed
_LOT_CELLS = 50_000
_SPLIT_FROM = 64  # a batch of this many queries on one database is divided among the workers

Task = tuple[Lot, "Future[list[list[Execution]]]"]


class _Slot:
    """A thread that owns the worker processes of one place in the pool (one process per engine in use)."""

    def __init__(self, pool: "_Pool") -> None:
        self.inbox: SimpleQueue[Task | None] = SimpleQueue()
        self.runner = Runner(pool.limits)
        self.thread = threading.Thread(target=self._serve, args=(pool,), name="sql-sandbox", daemon=True)
        self.thread.start()

    def _serve(self, pool: "_Pool") -> None:
        while (task := self.inbox.get()) is not None:
            following: Task | None = task
            while following is not None:
                self._run(*following)
                following = pool.next_for(self)
        self.runner.close()

    def _run(self, lot: Lot, future: "Future[list[list[Execution]]]") -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(self.runner.run(lot))
        except (ExecutionError, OSError, ValueError, MemoryError) as error:
            self.runner.close()
            future.set_exception(error)


class _Pool:
    """What the threads share: who is idle, and what waits. Knows nothing of `Sandbox`, so that it can be collected."""

    def __init__(self, workers: int, limits: Limits) -> None:
        self.limits = limits
        self.closed = False
        self._lock = threading.RLock()  # a sandbox may be collected, and closed, while its own thread is in here
        self._waiting: deque[Task] = deque()
        self._slots = [_Slot(self) for _ in range(workers)]
        self._idle = list(self._slots)

    def submit(self, lot: Lot) -> "Future[list[list[Execution]]]":
        future: Future[list[list[Execution]]] = Future()
        with self._lock:
            if self.closed:
                raise ExecutionError("the sandbox is closed")
            if self._idle:
                slot = max(self._idle, key=lambda slot: slot.runner.readiness(lot))
                self._idle.remove(slot)
                slot.inbox.put((lot, future))
            else:
                self._waiting.append((lot, future))
        return future

    def next_for(self, slot: _Slot) -> Task | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._idle.append(slot)
            return None

    def forget(self) -> None:
        """Close the pipes only: in a forked child, threads and workers belong to the parent."""
        for slot in self._slots:
            slot.runner.forget()

    def close(self) -> None:
        """End every worker at once, fail what runs, cancel what waits."""
        with self._lock:
            self.closed = True
            waiting, self._waiting = self._waiting, deque()
        for _, future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(ExecutionError("the sandbox was closed"))
        for slot in self._slots:
            slot.runner.stop()
            slot.inbox.put(None)
        for slot in self._slots:
            if slot.thread is not threading.current_thread():
                slot.thread.join(timeout=5)


_ALL: "weakref.WeakSet[Sandbox]" = weakref.WeakSet()


class Sandbox:
    """Runs queries on databases in confined workers; use it as a context manager, from any thread.

    SQLite runs the queries, or DuckDB where the database's dialect says so. A worker has no environment, no files,
    no network and no way to start anything; it holds a copy of the tables and nothing else. Each distinct query is
    checked on its syntax tree first. Nothing that a query does raises: what happened is in its `Execution`.
    """

    def __init__(self, *, workers: int = 2, limits: Limits | None = None) -> None:
        if workers < 1:
            raise ValueError("a sandbox needs at least one worker")
        self.limits = limits or Limits()
        self._workers = workers
        self._lock = threading.Lock()
        self._pool: _Pool | None = None
        self._finalizer: weakref.finalize[..., Sandbox] | None = None
        self._closed = False
        _ALL.add(self)

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, database: Database, queries: Sequence[str]) -> list[Execution]:
        """Run the queries on the database and return their executions in the same order.

        Raises ExecutionError only if no worker can be started or the sandbox is closed.
        """
        parts = self._parts(database, queries)
        try:
            return [execution for _, future in parts for part in _outcome(future) for execution in part]
        except KeyboardInterrupt:
            _abandon(parts)
            raise

    def _parts(self, database: Database, queries: Sequence[str]) -> list[Task]:
        """Submit the queries: all to one worker, or divided among them where there are many."""
        queries = list(queries)
        size = len(queries) or 1
        if size >= _SPLIT_FROM:
            size = -(-size // self._workers)
        lots = [Lot([Job(database, queries[start : start + size])]) for start in range(0, len(queries), size)]
        return [(lot, self._submit(lot)) for lot in lots]

    def stream(self, jobs: Iterable[tuple[Database, Sequence[str]]]) -> Iterator[list[Execution]]:
        """Run many batches, one list of executions a batch, in order; all workers stay busy, memory stays flat."""
        pending: deque[Task] = deque()
        try:
            for lot in _lots(jobs):
                pending.append((lot, self._submit(lot)))
                while len(pending) > 2 * self._workers or (pending and pending[0][1].done()):
                    yield from _outcome(pending.popleft()[1])
            while pending:
                yield from _outcome(pending.popleft()[1])
        finally:
            _abandon(pending)

    async def aexecute(self, database: Database, queries: Sequence[str]) -> list[Execution]:
        """Like `execute`, without blocking the event loop."""
        parts = self._parts(database, queries)
        try:
            with _as_execution_error():
                lists = await asyncio.gather(*[asyncio.wrap_future(future) for _, future in parts])
        except asyncio.CancelledError:
            _abandon(parts)
            raise
        return [execution for part in lists for executions in part for execution in executions]

    def close(self) -> None:
        """End all workers; queries still running count as crashed, and later calls raise ExecutionError."""
        with self._lock:
            self._closed = True
            finalizer, self._finalizer, self._pool = self._finalizer, None, None
        if finalizer is not None:
            finalizer()

    def _after_fork(self) -> None:
        """Start over in a forked child: a lock that another thread of the parent held would never open."""
        if self._finalizer is not None:
            self._finalizer.detach()
        if self._pool is not None:
            self._pool.forget()
        self._lock, self._pool, self._finalizer = threading.Lock(), None, None

    def _submit(self, lot: Lot) -> "Future[list[list[Execution]]]":
        with self._lock:
            if self._closed:
                raise ExecutionError("the sandbox is closed")
            if self._pool is None:
                self._pool = _Pool(self._workers, self.limits)
                self._finalizer = weakref.finalize(self, self._pool.close)
            pool = self._pool
        return pool.submit(lot)


def _outcome(future: "Future[list[list[Execution]]]") -> list[list[Execution]]:
    with _as_execution_error():
        return future.result()


def _abandon(tasks: Iterable[Task]) -> None:
    for lot, future in tasks:
        lot.abandoned = True
        future.cancel()


@contextlib.contextmanager
def _as_execution_error() -> Iterator[None]:
    """What kept a lot from running at all becomes an ExecutionError."""
    try:
        yield
    except (OSError, ValueError, MemoryError) as error:
        raise ExecutionError(f"the sandbox failed: {error}") from error


def _lots(jobs: Iterable[tuple[Database, Sequence[str]]]) -> Iterator[Lot]:
    """Group jobs of one engine into lots that are worth a trip to a worker, in order."""
    lot: list[Job] = []
    queries = cells = 0
    for database, sqls in jobs:
        if lot and (queries >= _LOT_QUERIES or cells >= _LOT_CELLS or lot[0].database.dialect != database.dialect):
            yield Lot(lot)
            lot, queries, cells = [], 0, 0
        lot.append(Job(database, list(sqls)))
        queries += len(sqls)
        cells += sum(len(table.rows) * len(table.columns) for table in database.tables)
    if lot:
        yield Lot(lot)


_shared: Sandbox | None = None
_shared_lock = threading.Lock()


def shared_sandbox() -> Sandbox:
    """Return this process's sandbox: made at first use, closed at exit, two workers, default limits."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Sandbox()
        return _shared


def _after_fork() -> None:
    global _shared_lock
    _shared_lock = threading.Lock()
    for sandbox in list(_ALL):
        sandbox._after_fork()


with contextlib.suppress(AttributeError):  # platforms without fork
    os.register_at_fork(after_in_child=_after_fork)
