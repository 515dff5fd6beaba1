"""The worker: takes databases and queries from its pipe, checks and runs each query, and streams the replies.

Runs as `python -I -S` with nothing but its two pipes. It gives up its rights before the first byte of a job is read.
"""

import gc
import json
import os
import signal
import sys
from collections import OrderedDict
from typing import Any, Protocol

from . import frames
from .check import Checked, Checker, Refusal
from .confine import confine, die_with_parent
from .frames import Failure

_CHECKS_KEPT = 20_000
_GRACE = 0.75  # seconds past the limit until the kernel ends a worker whose parent did not


class Opened(Protocol):
    """A loaded database."""

    tables: dict[str, frozenset[str]]
    """Names of tables, casefolded, with those of their columns."""

    def run(self, asked: str, checked: str) -> bytes:
        """Run a checked query and return its result as JSON; raises Failure."""
        ...

    def close(self) -> None:
        """Free the database."""
        ...


class Engine(Protocol):
    """Makes databases to run queries on."""

    dialect: str

    def warm(self) -> None:
        """Do once all that loads code or opens files, before that becomes impossible."""
        ...

    def open(self, tables: list[Any]) -> Opened:
        """Load tables given as [name, [[column, type]…], rows]; raises Failure."""
        ...


class Worker:
    """Answers jobs until its pipe closes."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._engine = engine
        self._seconds = seconds
        self._checker = Checker(engine.dialect)
        self._checked: OrderedDict[str, Checked | Refusal] = OrderedDict()
        self._databases: dict[str, Opened] = {}

    def warm(self) -> None:
        """Import and open everything that is done lazily."""
        self._engine.warm()
        tables = [["t", [["a", "integer"], ["b", "text"], ["c", "real"]], [[1, "x", 0.5], [2, None, None]]]]
        database = self._engine.open(tables)
        for sql in self._checker.WARM:
            self._answer(database, sql)
        self._answer(database, "SELECT (")
        database.close()

    def serve(self) -> None:
        """Answer one job after the other."""
        while (request := frames.read_frame(0)) is not None:
            (identity, drop, queries), tables = json.loads(request)
            for name in drop:
                self._databases.pop(name).close()
            if tables is not None:
                try:
                    self._databases[identity] = self._engine.open(tables)
                except Failure as failure:
                    frames.write_all(1, frames.encode(frames.LOAD_FAILED, _text(failure)))
                    continue
            frames.write_all(1, frames.encode(frames.LOADED))
            self._serve_queries(self._databases[identity], queries)

    def _serve_queries(self, database: Opened, queries: list[str]) -> None:
        for sql in queries:
            # The parent kills at the limit + 0.5 s; if it is dead or stopped, this does.
            signal.setitimer(signal.ITIMER_REAL, self._seconds + _GRACE)
            reply, fatal = self._answer(database, sql)
            signal.setitimer(signal.ITIMER_REAL, 0)
            frames.write_all(1, reply)
            if fatal:
                frames.write_all(1, frames.encode(frames.RETIRED))
                sys.exit(0)

    def _answer(self, database: Opened, sql: str) -> tuple[bytes, bool]:
        try:
            checked = self._check(sql)
            checked.permit(database.tables)
            return frames.encode(frames.OK, database.run(sql, checked.sql)), False
        except Refusal as refusal:
            return frames.encode(refusal.kind, _text(refusal)), False
        except Failure as failure:
            return frames.encode(failure.kind, _text(failure)), failure.fatal
        except MemoryError:
            return frames.encode(frames.TOO_LARGE, b"The query needs more memory than it may take."), True

    def _check(self, sql: str) -> Checked:
        """Check each distinct query once."""
        verdict = self._checked.get(sql)
        if verdict is None:
            try:
                verdict = self._checker.check(sql)
            except Refusal as refusal:
                verdict = refusal.with_traceback(None)
            self._checked[sql] = verdict
            if len(self._checked) > _CHECKS_KEPT:
                self._checked.popitem(last=False)
        if isinstance(verdict, Refusal):
            raise verdict
        return verdict


def _text(error: Exception) -> bytes:
    return str(error).encode("utf-8", "replace")[:2_000]


def _engine(start: dict[str, Any]) -> Engine:
    if start["engine"] == "duckdb":
        from .duckdb_engine import DuckDBEngine

        return DuckDBEngine(start)
    from .sqlite_engine import SQLiteEngine

    return SQLiteEngine(start)


def main(start: dict[str, Any]) -> None:
    """Start up, give up rights, serve until the pipe closes."""
    die_with_parent(start["parent"])
    worker = Worker(_engine(start), start["seconds"])
    worker.warm()
    gc.collect()
    gc.freeze()  # syntax trees are cyclic garbage: collect them often enough, and nothing else with them
    gc.set_threshold(30_000, 20, 100)
    confine(start["memory_mb"], start["parent"])
    frames.write_all(1, frames.encode(frames.READY))
    try:
        worker.serve()
    finally:
        os._exit(0)
