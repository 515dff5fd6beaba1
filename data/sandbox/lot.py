"""Runs a lot (jobs sent to a worker together) and goes on with the rest when a query hangs or kills its worker."""

import threading
import time
from dataclasses import dataclass
from typing import Literal, cast

from pydantic import ValidationError

from ..records import Database, Execution, ResultTable
from . import frames
from .limits import Limits
from .process import WorkerProcess

_Kind = Literal["ok", "refused", "syntax", "failed", "timeout", "too_large", "crashed"]
_GRACE = 0.5  # seconds past the limit, in which an engine may stop the query itself and keep its worker
_LOAD_SECONDS = 30.0
_LOAD_BYTES_A_SECOND = 1_000_000


@dataclass(frozen=True)
class Job:
    """One database with the queries asked of it."""

    database: Database
    queries: list[str]


@dataclass
class Lot:
    """Jobs of one engine that travel together."""

    jobs: list[Job]
    abandoned: bool = False
    """Set, by any thread, when nobody waits for the answers any more."""


class Runner:
    """Owns at most one worker process per engine; used by one thread, except `stop`, `forget` and `readiness`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._processes: dict[str, WorkerProcess] = {}
        self._stopped = threading.Event()

    def readiness(self, lot: Lot) -> int:
        """Say how ready this place is: 2 has the database loaded, 1 has a worker, 0 must start one."""
        database = lot.jobs[0].database
        process = self._processes.get(database.dialect)
        return 0 if process is None else 1 + (database.id in process.loaded)

    def run(self, lot: Lot) -> list[list[Execution]]:
        """Run every query of the lot, whatever becomes of the workers; raises ExecutionError if none starts."""
        done: list[list[Execution]] = [[] for _ in lot.jobs]
        first = 0
        while first < len(lot.jobs) and not lot.abandoned:
            first = self._advance(lot, done, first)
        return done

    def close(self) -> None:
        """Kill and reap the workers."""
        while self._processes:
            self._processes.popitem()[1].kill()

    def stop(self) -> None:
        """Kill the workers, so that the lot in hand ends at once; from any thread."""
        self._stopped.set()
        for process in list(self._processes.values()):
            process.signal()

    def forget(self) -> None:
        """Close the pipes without touching the processes, which belong to the parent of a forked child."""
        while self._processes:
            self._processes.popitem()[1].close_pipes()

    def _process(self, engine: str) -> WorkerProcess:
        process = self._processes.get(engine)
        if process is None:
            process = self._processes[engine] = WorkerProcess(engine, self._limits)
        return process

    def _retire(self, engine: str) -> int:
        process = self._processes.pop(engine, None)
        return process.kill() if process is not None else 0

    def _advance(self, lot: Lot, done: list[list[Execution]], first: int) -> int:
        """Send what is left from job `first` on and take replies until all are in or the worker is lost."""
        engine = lot.jobs[first].database.dialect
        process = self._process(engine)
        left = zip(lot.jobs[first:], done[first:], strict=True)
        requests = [process.job(job.database, job.queries[len(got) :]) for job, got in left]
        process.send(b"".join(requests))
        for index, request in enumerate(requests, start=first):
            job = lot.jobs[index]
            if lot.abandoned or not self._collect(process, job, done[index], len(request)):
                self._retire(engine)
                return index + (len(done[index]) == len(job.queries))
        return len(lot.jobs)

    def _collect(self, process: WorkerProcess, job: Job, done: list[Execution], size: int) -> bool:
        """Take the replies of one job; False if the worker has to be replaced."""
        loading = True
        seconds = _LOAD_SECONDS + size / _LOAD_BYTES_A_SECOND
        while loading or len(done) < len(job.queries):
            if self._stopped.is_set():
                return self._give_up(job, done, "crashed", "The sandbox was closed.")
            try:
                frame = process.receive(time.monotonic() + seconds)
            except TimeoutError:
                return self._late(job, done, loading)
            if frame is None:
                return self._lost(process, job, done, loading)
            kind, payload = frame
            if kind == frames.LOADED:
                process.proven = True
                loading, seconds = False, self._limits.seconds + _GRACE
            elif kind == frames.LOAD_FAILED:
                return self._give_up(job, done, "failed", payload.decode("utf-8", "replace"))
            elif kind == frames.RETIRED:
                return False
            elif loading or not _take(job, done, kind, payload):
                return self._lost(process, job, done, loading)
        return True

    def _late(self, job: Job, done: list[Execution], loading: bool) -> bool:
        if loading:
            return self._give_up(job, done, "failed", "The tables could not be loaded in time.")
        message = f"The query ran longer than {self._limits.seconds:g} s and was stopped."
        done.append(_without_result(job.queries[len(done)], "timeout", message))
        return False

    def _lost(self, process: WorkerProcess, job: Job, done: list[Execution], loading: bool) -> bool:
        if self._stopped.is_set():
            return self._give_up(job, done, "crashed", "The sandbox was closed.")
        if loading and process.proven:
            return False  # it died before it came to this job, which goes to a fresh worker
        if loading:
            return self._give_up(job, done, "crashed", "The worker ended while it loaded the tables.")
        message = "The query ended its worker process (out of memory, or a fault in the engine)."
        done.append(_without_result(job.queries[len(done)], "crashed", message))
        return False

    @staticmethod
    def _give_up(job: Job, done: list[Execution], kind: _Kind, message: str) -> bool:
        done.extend(_without_result(sql, kind, message) for sql in job.queries[len(done) :])
        return False


def _without_result(sql: str, kind: _Kind, message: str) -> Execution:
    # Not validated: a query that no text can be, half of a surrogate pair, has its execution too.
    return Execution.model_construct(sql=sql, result=None, error=message, kind=kind)


def _take(job: Job, done: list[Execution], kind: int, payload: bytes) -> bool:
    """Turn one reply into an execution; False if it is not a reply of the form that was agreed."""
    sql = job.queries[len(done)]
    name = frames.KINDS.get(kind)
    if name is None:
        return False
    if kind != frames.OK:
        done.append(_without_result(sql, cast(_Kind, name), payload.decode("utf-8", "replace")))
        return True
    try:
        result = ResultTable.model_validate_json(payload)
    except ValidationError:
        return False
    done.append(Execution.model_construct(sql=sql, result=result, error=None, kind="ok"))
    return True
