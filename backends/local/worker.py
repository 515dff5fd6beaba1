"""The one thread that owns torch: takes what waits, batches it, hands back replies."""

import hashlib
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .asks import CLOSED, Ask, ClosedError, PromptTooLongError, QueueFullError, Reply, Waiting, fail
from .cores import threads
from .scoring import Scoring, score

if TYPE_CHECKING:
    from .decoding import Batch, Row
    from .models import LocalModel, Shelf

MAX_WAITING = 20_000
"""Asks that wait at the same time; one more is refused."""
MAX_BATCH = 128
"""Replies generated at the same time."""
QUIET_SECONDS = 0.003
"""A batch starts when nothing new has come for so long..."""
LONGEST_WAIT_SECONDS = 0.03
"""... or when its first ask has waited so long."""
LATEST_SECONDS = 2.0
"""An ask that has waited so long joins a batch under way, however few wait with it."""


class Worker:
    """A thread with a queue, started at the first ask. Safe to use from any thread."""

    def __init__(self, max_batch: int = MAX_BATCH, max_waiting: int = MAX_WAITING) -> None:
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._news = threading.Condition()
        self._waiting: list[Waiting] = []
        self._answering = 0
        self._closing = False
        self._thread: threading.Thread | None = None
        self._repeats: Counter[bytes] = Counter()
        self.weights: dict[str, int] = {}
        """Of each model on a CPU that was asked so far, how many it has."""

    def submit(self, ask: Ask | Scoring) -> "Future[Any]":
        """Queue an ask; its future gives a `Reply`, or of texts to score a tuple of `Score`.

        It raises PromptTooLongError, ConfigError (no model), QueueFullError, ClosedError or torch's errors.
        """
        entry = Waiting(self.numbered(ask), Future(), time.monotonic())
        self.put(entry)
        return entry.future

    def put(self, entry: Waiting) -> None:
        """Queue an ask for those who wait already."""
        refused = self._queued(entry)
        if refused is not None:  # told outside the lock: who hears of it may ask for more
            fail(entry.future, refused)

    def _queued(self, entry: Waiting) -> Exception | None:
        with self._news:
            if self._closing:
                return ClosedError(CLOSED)
            if len(self._waiting) >= self._max_waiting:
                return QueueFullError(f"{self._max_waiting:,} requests wait already; try again later.")
            self._waiting.append(entry)
            if self._thread is None or not self._thread.is_alive():
                # A daemon, because Python joins the others before it calls `close`, which is what ends this one.
                self._thread = threading.Thread(target=self._run, name="source2synth-models", daemon=True)
                self._thread.start()
            self._news.notify_all()
        return None

    def numbered(self, ask: Ask | Scoring) -> Ask | Scoring:
        """Return the ask with a seed: its own, or how often the same was asked before without one."""
        if isinstance(ask, Scoring) or ask.seed is not None:
            return ask
        if not ask.temperature:
            return replace(ask, seed=0)
        text = repr((ask.model, ask.temperature, ask.turns))
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]
        with self._news:
            self._repeats[key] += 1
            return replace(ask, seed=self._repeats[key] - 1)

    @property
    def load(self) -> int:
        """How many asks wait or are being answered."""
        return len(self._waiting) + self._answering

    def give(self, count: int, fits: Callable[[Ask | Scoring], bool]) -> list[Waiting]:
        """Hand over up to `count` of what waits and fits, oldest first."""
        given: list[Waiting] = []
        with self._news:
            kept: list[Waiting] = []
            for entry in self._waiting:
                (given if len(given) < count and fits(entry.ask) else kept).append(entry)
            self._waiting = kept
        return given

    def close(self) -> None:
        """Stop the thread, wait for it, and fail what still waits with ClosedError; does nothing if it never ran."""
        with self._news:
            thread = self._thread
            if thread is None or self._closing:
                return
            self._closing = True
            self._news.notify_all()
        thread.join()
        self._fail_waiting(ClosedError(CLOSED))
        with self._news:
            self._thread, self._closing = None, False

    def _fail_waiting(self, error: Exception) -> None:
        with self._news:
            waiting, self._waiting = self._waiting, []
        for entry in waiting:
            fail(entry.future, error)

    def _run(self) -> None:
        try:
            from .models import Shelf

            shelf = Shelf()
            while (name := self._next_model()) is not None:
                self._serve(name, shelf)
        except Exception as error:  # noqa: BLE001  # whoever waits must hear of it, or waits for ever
            self._fail_waiting(error)

    def _next_model(self) -> str | None:
        """Wait for asks, and a moment more for others to come along; None when closing."""
        with self._news:
            while not self._waiting and not self._closing:
                self._news.wait()
            latest = time.monotonic() + LONGEST_WAIT_SECONDS
            while not self._closing and len(self._waiting) < self._max_batch and time.monotonic() < latest:
                before = len(self._waiting)
                self._news.wait(QUIET_SECONDS)
                if len(self._waiting) == before:
                    break
            return None if self._closing else self._waiting[0].ask.model

    def _take(self, model: str, room: int) -> list[Waiting]:
        """Take waiting asks of one model, oldest first; none if an ask of another model has waited longer."""
        with self._news:
            if not self._waiting or self._waiting[0].ask.model != model:
                return []
            mine = [entry for entry in self._waiting if entry.ask.model == model][:room]
            taken = {id(entry) for entry in mine}
            self._waiting = [entry for entry in self._waiting if id(entry) not in taken]
        taken_on = [entry for entry in mine if entry.future.set_running_or_notify_cancel()]
        self._answering += len(taken_on)
        for entry in taken_on:
            entry.future.add_done_callback(self._answered)
        return taken_on

    def _answered(self, future: "Future[Any]") -> None:
        self._answering -= 1  # in the thread that took it on, as nobody else settles it

    def _serve(self, name: str, shelf: "Shelf") -> None:
        """Answer asks of one model until none of them waits, or another model's turn has come."""
        try:
            model = shelf.get(name)
        except Exception as error:  # noqa: BLE001  # whatever a model library raises belongs to those who asked
            for entry in self._take(name, len(self._waiting)):
                fail(entry.future, error)
            return
        self._settle(model)
        batch = _new_batch(model)
        reason: Exception = ClosedError(CLOSED)
        try:
            with model.chosen():
                while not self._closing:
                    rows = self._admit(model, batch)
                    if not rows and not batch.rows:
                        return
                    self._advance(batch, rows)
        except Exception as unforeseen:  # none of those who wait may wait for ever
            reason = unforeseen
            raise
        finally:
            for row in batch.rows:
                fail(row.owner, reason)

    def _settle(self, model: "LocalModel") -> None:
        """Give torch the threads that suit a model."""
        import torch

        if model.device.type == "cpu":
            self.weights[model.name] = model.weights
        torch.set_num_threads(threads(model.weights))

    def _admit(self, model: "LocalModel", batch: "Batch") -> list["Row"]:
        """Take new asks when the batch at least doubles by them: reading few prompts at a time is slow."""
        alive = batch.alive
        if not batch.open or alive * 2 > self._max_batch or not self._worth_reading(alive):
            return []
        rows = []
        for entry in self._take(model.name, self._max_batch - alive):
            try:
                if isinstance(entry.ask, Scoring):
                    entry.future.set_result(score(model, entry.ask.texts))
                else:
                    rows.append(self._row(model, entry.ask, entry.future))
            except Exception as error:  # noqa: BLE001  # a bad ask fails alone, not its neighbours
                fail(entry.future, error)
        return rows

    def _worth_reading(self, alive: int) -> bool:
        with self._news:
            if not self._waiting:
                return False
            return len(self._waiting) >= alive or time.monotonic() - self._waiting[0].since >= LATEST_SECONDS

    def _row(self, model: "LocalModel", ask: Ask, future: "Future[Reply]") -> "Row":
        from .constraints import Constraint
        from .decoding import Row
        from .sampling import seed_of

        text, prompt = model.rendered(ask.turns)
        room = model.context - len(prompt)
        if room < 1 or not prompt:
            raise PromptTooLongError(f"The prompt has {len(prompt)} tokens; {model.name} can read {model.context}.")
        row = Row(prompt, min(ask.limit, room), ask.temperature, ask.top_p, seed_of(ask.seed or 0, text), owner=future)
        if ask.schema is not None:
            row.constraint = Constraint(ask.schema, model.tokenizer, model.eos)
        row.stop, row.heard, row.wanted = ask.stop, ask.heard, ask.wanted
        return row

    def _advance(self, batch: "Batch", rows: Sequence["Row"]) -> None:
        """Let new rows in, or generate one token; deliver what is done. If torch fails, every row is tried alone."""
        try:
            if rows:
                batch.add(rows)
            else:
                batch.step()
        except Exception as error:  # noqa: BLE001  # out of memory, mostly
            together = [*batch.rows, *(row for row in rows if row not in batch.rows)]
            batch.forget()
            traceback.clear_frames(error.__traceback__)  # what they hold is what there is too little memory for
            self._one_by_one(batch.model, [row for row in together if not row.owner.done()], error)
        for row in batch.rows:
            if row.wanted is not None and not row.done and not row.wanted():
                row.end("")
            if (row.stop or row.heard) and not row.owner.done():
                _tell(batch.model, row)
            if row.done and not row.owner.done():
                _deliver(batch.model, row)
        batch.shrink()

    def _one_by_one(self, model: "LocalModel", rows: Sequence["Row"], error: Exception) -> None:
        for row in rows:
            if len(rows) == 1:
                fail(row.owner, error)
                return
            row.begin_again()
            alone = _new_batch(model)
            try:
                alone.add([row])
                while not row.done:
                    alone.step()
                    _tell(model, row)
                _deliver(model, row)
            except Exception as own:  # noqa: BLE001  # this row's own failure
                fail(row.owner, own)


def _new_batch(model: "LocalModel") -> "Batch":
    from .decoding import Batch
    from .sharing import SharingBatch, can_share

    return SharingBatch(model) if can_share(model) else Batch(model)


def _tell(model: "LocalModel", row: "Row") -> None:
    """End a row that wrote one of its stops, or whose listener has heard enough of the reply so far."""
    text = model.decode(row.tokens)
    places = [place for stop in row.stop if (place := text.find(stop)) >= 0]
    if places:
        text = text[: min(places)]
        row.end(text)
    if row.heard is not None and not row.heard(text):
        row.end(text)


def _deliver(model: "LocalModel", row: "Row") -> None:
    stopped = row.text is not None
    text = row.text if row.text is not None else model.decode(row.tokens)
    written = len(row.tokens) + (row.finished and not stopped)  # with the token that ends the reply
    row.owner.set_result(Reply(text, len(row.prompt), written, row.finished))
