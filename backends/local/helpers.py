"""A process that answers for local models, as the one that started it sees it."""

import contextlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import InvalidStateError
from dataclasses import replace
from multiprocessing.connection import Pipe
from typing import IO

from .asks import Ask, Waiting
from .helping import GONE, IDLE_SECONDS, READY
from .worker import MAX_BATCH

IN_FLIGHT = 2 * MAX_BATCH
"""Asks that a helper has at the same time; what else is meant for it waits here, where others can still take it."""


class Helper:
    """A process with a worker of its own. Safe to use from any thread; `put` does not wait for it."""

    def __init__(
        self,
        model: str,
        heard: Callable[["Helper"], None],
        refused: Callable[[Waiting], None],
        idle: float = IDLE_SECONDS,
    ) -> None:
        """Start it.

        Args:
            model: Which it loads before it is ready.
            heard: Called, in a thread of the helper's, when it is ready and when it is gone.
            refused: Called so with an ask that ended in an error there: who started it may know better, since it need
                not be in the same folder any more, and has its models loaded.
            idle: It goes when it had nothing to do for so many seconds.

        Raises:
            OSError: the process cannot be started.
        """
        self._model, self._heard, self._refused = model, heard, refused
        self._news = threading.Condition()
        self._queue: deque[Waiting] = deque()
        self._sent: dict[int, Waiting] = {}
        self._number = 0
        self._closed = self.ready = self.gone = self.failed = False
        """It has loaded the model and is there; it is there no more; and not because there was nothing to do."""
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed when the process is gone
        self._process = self._started(idle)
        self._threads = [
            threading.Thread(target=work, name=f"source2synth-helper-{self._process.pid}", daemon=True)
            for work in (self._listen, self._send)
        ]
        for thread in self._threads:
            thread.start()

    def _started(self, idle: float) -> "subprocess.Popen[bytes]":
        # Not multiprocessing, which would run the user's script again. -P: no module is taken from the working folder.
        line = [sys.executable, "-P", "-m", f"{__package__}.helping", self._model, str(idle)]
        (self._answers, theirs_out), (theirs_in, self._asks) = Pipe(duplex=False), Pipe(duplex=False)
        with theirs_in, theirs_out:
            try:
                return subprocess.Popen(
                    line,
                    stdin=theirs_in.fileno(),
                    stdout=theirs_out.fileno(),
                    stderr=self._said,
                    start_new_session=True,  # Ctrl-C is for the process that started it
                )
            except OSError:
                self.let_go()
                raise

    @property
    def load(self) -> int:
        """How many asks it has not answered."""
        return len(self._queue) + len(self._sent)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def put(self, entry: Waiting) -> bool:
        """Let an ask wait for it; False if it is gone and somebody else must answer."""
        with self._news:
            if not self.gone:
                self._queue.append(entry)
                self._news.notify_all()
            return not self.gone

    def give(self, count: int) -> list[Waiting]:
        """Hand back some of what it was not sent yet, the latest."""
        with self._news:
            return [self._queue.pop() for _ in range(min(count, len(self._queue)))]

    def owed(self) -> list[Waiting]:
        """Hand back all it will not answer, once it is gone."""
        with self._news:
            owed = [*self._sent.values(), *self._queue]
            self._sent.clear()
            self._queue.clear()
        return owed

    def close(self) -> None:
        """End the process, wait for it, and have what it owes handed over."""
        self._closed = True
        self._process.kill()
        for thread in self._threads:
            thread.join()

    def let_go(self) -> None:
        """Close this side of the pipes; in a forked process, whose helper it is not, this is all."""
        for pipe in (self._asks, self._answers, self._said):
            with contextlib.suppress(OSError):
                pipe.close()

    def _send(self) -> None:
        with contextlib.suppress(OSError):  # it is gone, and who listens knows
            while (message := self._next()) is not None:
                self._asks.send(message)

    def _next(self) -> tuple[int, object] | None:
        """Wait for the next ask to send; None when the process is gone."""
        with self._news:
            self._news.wait_for(lambda: self.gone or (self._queue and len(self._sent) < IN_FLIGHT))
            if self.gone:
                return None
            self._number += 1
            entry = self._sent[self._number] = self._queue.popleft()
            ask = entry.ask
            return self._number, replace(ask, wanted=None) if isinstance(ask, Ask) else ask

    def _listen(self) -> None:
        told = False
        try:
            while not told:
                number, value = self._answers.recv()
                told = number == GONE
                if number == READY:
                    self.ready = True
                    self._heard(self)
                self._settle(number, value)
        except (EOFError, OSError):
            pass
        finally:
            self._over(told)

    def _settle(self, number: int, value: object) -> None:
        with self._news:
            entry = self._sent.pop(number, None)
            self._news.notify_all()
        if entry is None:
            return
        if isinstance(value, Exception):
            self._refused(entry)
            return
        with contextlib.suppress(InvalidStateError):  # cancelled by who asked
            entry.future.set_result(value)

    def _over(self, told: bool) -> None:
        if not told:
            self._process.kill()
        code = self._process.wait()
        with self._news:
            self.ready, self.gone, self.failed = False, True, not told
            self._news.notify_all()
        self._threads[1].join()
        if self.failed and not self._closed:
            logging.getLogger(__name__).warning(
                "A process that helped %s ended with status %s: %s", self._model, code, _last(self._said)
            )
        self.let_go()
        self._heard(self)


def _last(said: IO[bytes]) -> str:
    """Return the last line that a process wrote."""
    size = os.fstat(said.fileno()).st_size
    said.seek(max(0, size - 4096))
    lines = said.read().decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
