"""How fast one model is asked: as many requests at a time as its server bears, and again what may go well then.

- Additive increase, multiplicative decrease: a server that says it is overloaded halves the number of requests in
  flight, at most once for the requests that were on their way together; every answer lets it grow back a little.
- A fault that passes is tried again after a while that doubles, with jitter, or after what `Retry-After` says.
- A dead key, an empty account, an unknown model end it: whoever waits gets the same error, and nothing more is sent.
"""

import asyncio
import random
import threading
import time
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

from dspy.utils.exceptions import LMError

from .faults import FINAL, PASSING, Fault, OnFault, kind_of
from .hints import asked_to_wait
from .http.streaming import BrokenStreamError

T = TypeVar("T")
RETRIES = 8
"""Tries after the first one; with the waits below a server may be gone for about a minute."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before the first further try, doubled each time, and the most of it."""
LONGEST_HINT = 120.0
"""Seconds: a `Retry-After` above it is taken for this much."""
STRANGER_RETRIES = 2
"""Tries after the first one, of a server that was never reached: the address is likely wrong."""
SLOW_RETRIES = 3
"""Further tries after an answer that never came to its end: each takes the whole `timeout`, and is paid for there."""
_OVERLOADED = (429, 503, 529)
_NAP = 0.25


_shared: "weakref.WeakValueDictionary[Hashable, Pace]" = weakref.WeakValueDictionary()
_sharing = threading.Lock()


def pace_of(asked: Hashable, most: int) -> "Pace":
    """Return the pace of all who ask the same: roles of a run that name one model of one server slow down together.

    Args:
        asked: What tells servers apart: model, address, whose key.
        most: Requests in flight; where several are given, the smallest holds for all.
    """
    with _sharing:
        pace = _shared.get(asked)
        if pace is None or pace.ended is not None:  # what ended the last one (a dead key) may be mended
            pace = _shared[asked] = Pace(most)
        pace.bound(most)
        return pace


class Pace:
    """Bounds the requests in flight to one model, and decides on further tries. For any thread and any event loop."""

    def __init__(self, most: int, retries: int = RETRIES) -> None:
        """Begin with `most` requests in flight."""
        self.most = most
        self.limit = float(most)
        """Requests in flight at present, at most; its whole part counts."""
        self.retries = retries
        self.ended: Exception | None = None
        """What ended it: nothing is sent any more."""
        self._inside = 0
        self._reached = False
        self._cut = self._until = 0.0
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._jitter = random.Random()

    def bound(self, most: int) -> None:
        """Allow so many requests in flight, if it was more."""
        with self._lock:
            self.most = min(self.most, most)
            self.limit = min(self.limit, float(self.most))

    def end(self, error: Exception) -> None:
        """Send nothing more: whoever waits, or asks, gets this error; what is on its way is not disturbed."""
        self.ended = self.ended or error

    def go_on(self, error: Exception) -> None:
        """Take an end back, if it was this one."""
        if self.ended is error:
            self.ended = None

    def run(self, ask: Callable[[], T], on_fault: OnFault) -> T:
        """Ask, again where that may help; raises the last of dspy's LM errors."""
        tried: list[str] = []
        while True:
            self._doze(self._until - time.monotonic())
            self._enter()
            if self._early():
                continue
            began = time.monotonic()
            try:
                self._check()
                return self._went_well(ask())
            except LMError as error:
                wait = self._wait_after(error, tried, began, on_fault)
            finally:
                self._leave()
            self._doze(wait)

    async def arun(self, ask: Callable[[], Awaitable[T]], on_fault: OnFault) -> T:
        """Ask without blocking, as `run` does."""
        tried: list[str] = []
        while True:
            await self._adoze(self._until - time.monotonic())
            await self._aenter()
            if self._early():
                continue
            began = time.monotonic()
            try:
                self._check()
                return self._went_well(await ask())
            except LMError as error:
                wait = self._wait_after(error, tried, began, on_fault)
            finally:
                self._leave()
            await self._adoze(wait)

    def _early(self) -> bool:
        """Give the place back if the server asked for a pause while this one stood in line."""
        early = self.ended is None and self._until > time.monotonic()
        if early:
            self._leave()
        return early

    def _check(self) -> None:
        if self.ended is not None:
            raise self.ended

    def _went_well(self, answer: T) -> T:
        self._reached = True
        if self.limit < self.most:
            with self._lock:
                self.limit = min(float(self.most), self.limit + 1 / self.limit)
        return answer

    def _wait_after(self, error: LMError, tried: list[str], began: float, on_fault: OnFault) -> float:
        """Return how long to wait before the next try; raises the error where another one is no use.

        `tried` holds the kinds of its faults so far.
        """
        if self.ended is not None and error is self.ended:
            raise self.ended
        kind, hint, attempt = kind_of(error), asked_to_wait(error), len(tried)
        if kind != "filtered":  # it is in the place of a reply, and told of by whoever reads that
            on_fault(Fault(kind=kind, status=error.status))
        if kind in FINAL:
            self.end(error)
        self._reached = self._reached or kind != "unreachable"
        if kind == "rate_limited" or error.status in _OVERLOADED:
            self._slow_down(began, hint)
        retries = self.retries if self._reached else min(self.retries, STRANGER_RETRIES)
        spent = attempt >= retries or tried.count("timed_out") >= SLOW_RETRIES
        if kind not in PASSING or spent or isinstance(error.__cause__, BrokenStreamError):
            raise error
        tried.append(kind)
        longest = min(FIRST_WAIT * 2**attempt, LONGEST_WAIT)
        return max(min(hint or 0.0, LONGEST_HINT), self._jitter.uniform(longest / 2, longest))

    def _slow_down(self, began: float, retry_after: float | None) -> None:
        with self._lock:
            now = time.monotonic()
            if began >= self._cut:
                self._cut = now
                self.limit = max(1.0, self.limit / 2)
            if retry_after:
                self._until = max(self._until, now + min(retry_after, LONGEST_HINT))

    def _enter(self) -> None:
        turn: Future[None] = Future()
        if not self._admitted(lambda: turn.set_result(None)):
            turn.result()

    async def _aenter(self) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] | None = None

        def settle() -> None:
            assert turn is not None
            if turn.cancelled():
                self._leave()
            else:
                turn.set_result(None)

        def wake() -> None:
            try:
                loop.call_soon_threadsafe(settle)
            except RuntimeError:  # its loop has ended meanwhile
                self._leave()

        if self._free():
            return
        turn = loop.create_future()
        if self._admitted(wake):
            return
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _free(self) -> bool:
        """Take a free place, if there is one."""
        with self._lock:
            free = self._inside < int(self.limit)
            self._inside += free
            return free

    def _admitted(self, wake: Callable[[], None]) -> bool:
        """Take a free place, or wait in line for one; `wake` is called when it is taken for the one who waits."""
        with self._lock:
            if self._inside < int(self.limit):
                self._inside += 1
                return True
            self._waiting.append(wake)
            return False

    def _leave(self) -> None:
        woken = []
        with self._lock:
            self._inside -= 1
            while self._waiting and self._inside < int(self.limit):
                self._inside += 1
                woken.append(self._waiting.popleft())
        for wake in woken:
            wake()

    def _doze(self, seconds: float) -> None:
        """Wait so long, unless everything has ended meanwhile."""
        until = time.monotonic() + seconds
        while self.ended is None and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _NAP))

    async def _adoze(self, seconds: float) -> None:
        if seconds <= 0:
            return
        until = time.monotonic() + seconds
        while self.ended is None and (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, _NAP))

    def __copy__(self) -> "Pace":
        return self

    def __deepcopy__(self, memo: Any) -> "Pace":
        return self
