"""Local models beyond one core: this process's worker and helpers, each a process with a worker of its own.

Helpers start when there has been work for as long as starting takes, and go when there is none. Replies do not depend
on who gives them; see `decoding`.
"""

import logging
import os
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from typing import Any

from .asks import CLOSED, Ask, ClosedError, Waiting, fail
from .cores import processes
from .helpers import Helper
from .scoring import Scoring
from .worker import MAX_BATCH, Worker

WORTH_SECONDS = 5.0
"""Work that goes on for so long is worth helpers: importing torch and transformers takes about as long."""
PAUSE_SECONDS = 2.0
"""There was nothing to do for so long: what comes then is other work."""
_FEW = 16
"""Asks that one process answers as fast as two; also by how many one may be ahead of another."""
_REMEMBERED = 4096
"""Prompts whose place is remembered, so that all tries of one are read once."""
Place = Worker | Helper


class Crew:
    """Answers asks by this process's worker, and by helpers where one core is not enough. Safe to use from any thread.

    Its `submit` and `close` are those of `Worker`.
    """

    def __init__(self, most: int | None = None, batch: int = MAX_BATCH) -> None:
        """Begin with this process alone.

        Args:
            most: Processes, at most; left out, as many as suit the model and the machine.
            batch: Replies that this process generates at the same time.
        """
        self._most, self._batch = most, batch
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._own = Worker(self._batch)
        self._lock = threading.RLock()
        self._helpers: list[Helper] = []
        self._places: OrderedDict[tuple[object, ...], Place] = OrderedDict()
        self._began, self._last = time.monotonic(), 0.0
        """When the present work began, and when something was last asked or answered."""
        self._alone = self._closing = False
        """A helper failed, and this process goes on without any; all of it is being ended."""

    def submit(self, ask: Ask | Scoring) -> "Future[Any]":
        """Queue an ask; see `Worker.submit`."""
        if os.getpid() != self._process:  # forked: threads, locks and helpers stayed with the other process
            for helper in self._helpers:
                helper.let_go()
            self._begin()
        entry = Waiting(self._own.numbered(ask), Future(), time.monotonic())
        entry.future.add_done_callback(lambda future: self._look(ask.model))
        if not self._own.load and time.monotonic() - self._last > PAUSE_SECONDS:
            self._began = time.monotonic()
        place = self._place(ask)
        if not (isinstance(place, Helper) and place.put(entry)):
            self._own.put(entry)
        self._look(ask.model)
        return entry.future

    def close(self) -> None:
        """End all of it; what still waits fails with ClosedError. The next ask begins anew."""
        with self._lock:
            self._closing = True  # what fails now must not look like work that is worth helpers
            helpers, self._helpers = self._helpers, []
            self._places.clear()
        for helper in helpers:
            helper.close()
        self._own.close()
        self._closing = False

    def start(self, model: str, count: int) -> None:
        """Start helpers for a model; without waiting until they are ready."""
        for _ in range(count):
            with self._lock:
                try:
                    self._helpers.append(Helper(model, self._heard, self._own.put))
                except OSError as error:
                    self._alone = True
                    logging.getLogger(__name__).warning("No process could be started to help %s: %s", model, error)
                    return

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until the helpers that were started are ready; raises TimeoutError if they are not, or not any more."""
        end = time.monotonic() + seconds
        while self._alone or not all(helper.ready for helper in self._helpers):
            if self._alone or time.monotonic() > end:
                raise TimeoutError("The processes that help to answer did not start.")
            time.sleep(0.02)

    def _place(self, ask: Ask | Scoring) -> Place:
        """Return who has least to do, or who reads this prompt anyway, if that one is not far behind."""
        with self._lock:
            ready = [helper for helper in self._helpers if helper.ready] if self._may_help(ask) else []
            if not ready or isinstance(ask, Scoring):
                return self._own
            places: list[Place] = [self._own, *ready]
            free = min(places, key=_load)
            prompt = (ask.model, ask.turns)
            known = self._places.pop(prompt, free)
            place = self._places[prompt] = known if known in places and known.load <= free.load + _FEW else free
            if len(self._places) > _REMEMBERED:
                self._places.popitem(last=False)
            return place

    def _may_help(self, ask: Ask | Scoring) -> bool:
        """Tell whether a helper may answer: not what listens here, and not for a model that should be there once."""
        return isinstance(ask, Ask) and ask.heard is None and self._several(ask.model) > 0

    def _several(self, model: str) -> int:
        """Return how many helpers a model may have: none before this process knows its size, none on a GPU."""
        weights = self._own.weights.get(model)
        if weights is None:
            return 0
        return (processes(weights) if self._most is None else self._most) - 1

    def _look(self, model: str) -> None:
        """Start helpers if there has been work for long enough; share out anew if one has far less to do."""
        now = self._last = time.monotonic()
        with self._lock:
            if self._closing:
                return
            ready = [helper for helper in self._helpers if helper.ready]
            if now - self._began >= WORTH_SECONDS and self._own.load >= _FEW and not self._alone:
                self.start(model, self._several(model) - len(self._helpers))
            if ready:
                self._level([self._own, *ready])

    def _level(self, places: list[Place]) -> None:
        least, most = min(places, key=_load), max(places, key=_load)
        if least.load >= MAX_BATCH // 2 or most.load - least.load <= 2 * _FEW:
            return
        count = min((most.load - least.load) // 2, MAX_BATCH)
        given = most.give(count) if isinstance(most, Helper) else most.give(count, self._may_help)
        for entry in given:
            if not (isinstance(least, Helper) and least.put(entry)):
                self._own.put(entry)

    def _heard(self, helper: Helper) -> None:
        """Share with a helper that is ready what waits, or take back what it owes when it is gone."""
        with self._lock:
            closed = helper not in self._helpers
            if not helper.gone:
                self._level([self._own, helper])
                return
            if not closed:
                self._helpers.remove(helper)
                self._alone = self._alone or helper.failed
        for entry in helper.owed():
            if closed:
                fail(entry.future, ClosedError(CLOSED))
            else:
                self._own.put(entry)


def _load(place: Place) -> int:
    return place.load
