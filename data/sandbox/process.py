"""One worker process as the parent sees it: start it, feed it, read it, kill it."""

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections import OrderedDict
from importlib.util import find_spec
from pathlib import Path

from ...errors import ExecutionError
from ..records import Database
from . import frames
from .limits import Limits

_START_SECONDS = 60.0
_TABLE_BYTES_SHARE = 4  # loaded databases may take a quarter of the memory, as JSON
_LOADED_AT_MOST = 256

_BOOT = """
import json, sys, types
root, path, start = json.loads(sys.argv[1])
sys.path[:] = path
for folder in ("", "/data", "/data/sandbox"):
    name = "source2synth" + folder.replace("/", ".")
    sys.modules[name] = module = types.ModuleType(name)
    module.__path__ = [root + folder]
from source2synth.data.sandbox import frames
try:
    from source2synth.data.sandbox.worker import main
    main(start)
except Exception as error:
    frames.write_all(1, frames.encode(frames.LOAD_FAILED, f"{type(error).__name__}: {error}".encode()))
"""
# The packages are stand-ins, so that the worker imports its own modules and nothing else of the project.


class WorkerProcess:
    """A confined Python process that runs queries of one engine; owned by one thread."""

    def __init__(self, engine: str, limits: Limits) -> None:
        self.loaded: OrderedDict[str, int] = OrderedDict()
        """Ids of the databases the worker holds, least recently used first, with their size in bytes."""
        self._buffer = bytearray()
        self._frames: list[tuple[int, bytes]] = []
        self._outbox = memoryview(b"")
        self._writing = False
        self.proven = False
        """Whether the worker has loaded a database and answered already."""
        self._capacity = limits.memory_mb * 1_000_000 // _TABLE_BYTES_SHARE
        self._process = _spawn(engine, limits)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        first = self.receive(time.monotonic() + _START_SECONDS)
        if first is None or first[0] != frames.READY:
            code = self.kill()
            reason = first[1].decode("utf-8", "replace") if first else f"exit status {code}"
            raise ExecutionError(f"a sandbox worker for {engine} did not start: {reason}")

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._process.pid

    def job(self, database: Database, queries: list[str]) -> bytes:
        """Return the frame that asks these queries of the database, with its tables if the worker lacks them."""
        drop: list[str] = []
        tables = None
        if database.id in self.loaded:
            self.loaded.move_to_end(database.id)
        else:
            tables = json.dumps(
                [[table.name, [[c.name, c.type] for c in table.columns], table.rows] for table in database.tables]
            )
            drop = self._make_room(len(tables))
            self.loaded[database.id] = len(tables)
        head = json.dumps([database.id, drop, queries])
        return frames.encode(0, f"[{head},{tables or 'null'}]".encode())

    def _make_room(self, size: int) -> list[str]:
        total = sum(self.loaded.values()) + size
        drop: list[str] = []
        while self.loaded and (total > self._capacity or len(self.loaded) >= _LOADED_AT_MOST):
            name, freed = self.loaded.popitem(last=False)
            total -= freed
            drop.append(name)
        return drop

    def send(self, data: bytes) -> None:
        """Queue bytes for the worker; they go out while `receive` waits."""
        self._outbox = memoryview(bytes(self._outbox) + data)
        self._write()

    def _write(self) -> None:
        try:
            while self._outbox:
                self._outbox = self._outbox[os.write(self._in, self._outbox) :]
        except BlockingIOError:
            self._want_write(True)
            return
        except BrokenPipeError:
            self._outbox = memoryview(b"")  # the worker is gone; reading will say so
        self._want_write(False)

    def _want_write(self, wanted: bool) -> None:
        if wanted != self._writing:
            self._writing = wanted
            if wanted:
                self._poll.register(self._in, select.POLLOUT)
            else:
                self._poll.unregister(self._in)

    def receive(self, deadline: float) -> tuple[int, bytes] | None:
        """Return the next frame; None if the worker ended; raises TimeoutError at the deadline (monotonic)."""
        while not self._frames:
            late = time.monotonic() >= deadline
            wait = 0 if late else max(1, int((deadline - time.monotonic()) * 1000))
            events = self._poll.poll(wait)
            if not events and late:
                raise TimeoutError
            for fd, _ in events:
                if fd == self._in:
                    self._write()
                elif not self._read():
                    return None
        return self._frames.pop(0)

    def _read(self) -> bool:
        try:
            data = os.read(self._out, 1 << 18)
        except BlockingIOError:
            return True
        self._buffer += data
        self._frames += frames.decode(self._buffer)
        return bool(data) or bool(self._frames)

    def signal(self) -> None:
        """Send SIGKILL; from any thread. The owner notices and reaps."""
        self._process.kill()

    def kill(self) -> int:
        """Kill the worker, reap it and close its pipes; returns its exit status."""
        self._process.kill()
        code = self._process.wait()
        self.close_pipes()
        return code

    def close_pipes(self) -> None:
        """Close this side of the pipes; in a forked child, where the worker is not ours to kill."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _spawn(engine: str, limits: Limits) -> "subprocess.Popen[bytes]":
    """Start a worker: isolated Python, no environment, no terminal, nothing open but its two pipes."""
    root = str(Path(__file__).resolve().parents[2])
    start = {"engine": engine, "parent": os.getpid(), **limits.model_dump(mode="json")}
    arguments = json.dumps([root, _import_path(engine), start])
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BOOT, arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={},
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
    except OSError as error:
        raise ExecutionError(f"a sandbox worker could not be started: {error}") from error


def _import_path(engine: str) -> list[str]:
    """Where the worker imports from: this process's own path, and wherever sqlglot and duckdb really lie."""
    path = [os.path.abspath(entry) for entry in sys.path if entry and os.path.exists(entry)]
    for name in ("sqlglot", "duckdb") if engine == "duckdb" else ("sqlglot",):
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            path.append(str(Path(spec.origin).parent.parent))
    return list(dict.fromkeys(path))
