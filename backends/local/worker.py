"""The one thread that owns torch: takes what waits, batches it, hands back replies."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple

from .asks import Ask, ClosedError, PromptTooLongError, QueueFullError, Reply
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


_CLOSED = "The engine of local models was closed before it answered."


class _Waiting(NamedTuple):
    ask: Ask | Scoring
    future: "Future[Any]"
    since: float
    """By the monotonic clock, in seconds."""


class Worker:
    """A thread with a queue, started at the first ask. Safe to use from any thread."""

    def __init__(self, max_batch: int = MAX_BATCH, max_waiting: int = MAX_WAITING) -> None:
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._news = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._closing = False
        self._thread: threading.Thread | None = None
        self._repeats: Counter[bytes] = Counter()

    def submit(self, ask: Ask | Scoring) -> "Future[Any]":
        """Queue an ask; its future gives a `Reply`, or of texts to score a tuple of `Score`.

        It raises PromptTooLongError, ConfigError (no model), QueueFullError, ClosedError or torch's errors.
        """
        future: Future[Any] = Future()
        with self._news:
            if self._closing:
                _fail(future, ClosedError(_CLOSED))
                return future
            if len(self._waiting) >= self._max_waiting:
                _fail(future, QueueFullError(f"{self._max_waiting:,} requests wait already; try again later."))
                return future
            self._waiting.append(_Waiting(ask, future, time.monotonic()))
            if self._thread is None or not self._thread.is_alive():
                # A daemon, because Python joins the others before it calls `close`, which is what ends this one.
                self._thread = threading.Thread(target=self._run, name="source2synth-models", daemon=True)
                self._thread.start()
            self._news.notify_all()
        return future

    def close(self) -> None:
        """Stop the thread, wait for it, and fail what still waits with ClosedError; does nothing if it never ran."""
        with self._news:
            thread = self._thread
            if thread is None or self._closing:
                return
            self._closing = True
            self._news.notify_all()
        thread.join()
        self._fail_waiting(ClosedError(_CLOSED))
        with self._news:
            self._thread, self._closing = None, False

    def _fail_waiting(self, error: Exception) -> None:
        with self._news:
            waiting, self._waiting = self._waiting, []
        for entry in waiting:
            _fail(entry.future, error)

    def _run(self) -> None:
        try:
            import torch

            from .models import Shelf, threads

            torch.set_num_threads(threads())
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

    def _take(self, model: str, room: int) -> list[_Waiting]:
        """Take waiting asks of one model, oldest first; none if an ask of another model has waited longer."""
        with self._news:
            if not self._waiting or self._waiting[0].ask.model != model:
                return []
            mine = [entry for entry in self._waiting if entry.ask.model == model][:room]
            taken = {id(entry) for entry in mine}
            self._waiting = [entry for entry in self._waiting if id(entry) not in taken]
        return [entry for entry in mine if entry.future.set_running_or_notify_cancel()]

    def _serve(self, name: str, shelf: "Shelf") -> None:
        """Answer asks of one model until none of them waits, or another model's turn has come."""
        try:
            model = shelf.get(name)
        except Exception as error:  # noqa: BLE001  # whatever a model library raises belongs to those who asked
            for entry in self._take(name, len(self._waiting)):
                _fail(entry.future, error)
            return
        batch = _new_batch(model)
        with model.chosen():
            while not self._closing:
                rows = self._admit(model, batch)
                if not rows and not batch.rows:
                    return
                self._advance(batch, rows)
        for row in batch.rows:
            _fail(row.owner, ClosedError(_CLOSED))

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
                _fail(entry.future, error)
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

        text = model.prompt([{"role": role, "content": content} for role, content in ask.turns])
        prompt = tuple(model.encode(text))
        room = model.context - len(prompt)
        if room < 1 or not prompt:
            raise PromptTooLongError(f"The prompt has {len(prompt)} tokens; {model.name} can read {model.context}.")
        seed = ask.seed if ask.seed is not None else self._repeat(ask, text)
        row = Row(prompt, min(ask.limit, room), ask.temperature, ask.top_p, seed_of(seed, text), owner=future)
        if ask.schema is not None:
            row.constraint = Constraint(ask.schema, model.tokenizer, model.eos)
        row.stop, row.heard = ask.stop, ask.heard
        return row

    def _repeat(self, ask: Ask, text: str) -> int:
        if not ask.temperature:
            return 0
        key = hashlib.sha256(f"{ask.model}\n{ask.temperature}\n{text}".encode("utf-8", "surrogatepass")).digest()[:8]
        self._repeats[key] += 1
        return self._repeats[key] - 1

    def _advance(self, batch: "Batch", rows: Sequence["Row"]) -> None:
        """Let new rows in, or generate one token; deliver what is done. If torch fails, every row is tried alone."""
        try:
            if rows:
                if any(row.done for row in batch.rows):
                    batch.shrink()
                batch.add(rows)
            else:
                batch.step()
        except Exception as error:  # noqa: BLE001  # out of memory, mostly
            together = [*batch.rows, *(row for row in rows if row not in batch.rows)]
            batch.rows = []
            self._one_by_one(batch.model, [row for row in together if not row.owner.done()], error)
        for row in batch.rows:
            if row.owner.done():
                continue
            if row.stop or row.heard:
                _tell(batch.model, row)
            if row.done:
                _deliver(batch.model, row)
        if batch.alive * 4 <= len(batch.rows) * 3:
            batch.shrink()

    def _one_by_one(self, model: "LocalModel", rows: Sequence["Row"], error: Exception) -> None:
        for row in rows:
            if len(rows) == 1:
                _fail(row.owner, error)
                return
            row.tokens.clear()
            row.finished, row.text = False, None
            if row.constraint is not None:
                row.constraint.begin_again()
            alone = _new_batch(model)
            try:
                alone.add([row])
                while not row.done:
                    alone.step()
                    _tell(model, row)
                _deliver(model, row)
            except Exception as own:  # noqa: BLE001  # this row's own failure
                _fail(row.owner, own)


def _new_batch(model: "LocalModel") -> "Batch":
    from .decoding import Batch
    from .sharing import SharingBatch, can_share

    return SharingBatch(model) if can_share(model) else Batch(model)


def _tell(model: "LocalModel", row: "Row") -> None:
    """End a row that wrote one of its stops, or whose listener has heard enough of the reply so far."""
    text = model.decode(row.tokens)
    places = [place for stop in row.stop if (place := text.find(stop)) >= 0]
    if places:
        text = row.text = text[: min(places)]
        row.finished = True
    if row.heard is not None and not row.heard(text):
        row.text, row.finished = text, True


def _deliver(model: "LocalModel", row: "Row") -> None:
    stopped = row.text is not None
    text = row.text if row.text is not None else model.decode(row.tokens)
    written = len(row.tokens) + (row.finished and not stopped)  # with the token that ends the reply
    row.owner.set_result(Reply(text, len(row.prompt), written, row.finished))


def _fail(future: "Future[Any]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
