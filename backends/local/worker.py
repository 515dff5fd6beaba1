"""The one thread that owns torch: takes what waits, batches it, hands back replies."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .decoding import Batch, Row
    from .models import LocalModel, Shelf

MAX_BATCH = 128
"""Replies generated at the same time."""
QUIET_SECONDS = 0.003
"""A batch starts when nothing new has come for so long..."""
LONGEST_WAIT_SECONDS = 0.03
"""... or when its first ask has waited so long."""


@dataclass(frozen=True)
class Ask:
    """One request, as the thread needs it."""

    model: str
    turns: tuple[tuple[str, str], ...]
    """Role and text, oldest first."""
    limit: int
    """Most tokens of the reply."""
    temperature: float
    top_p: float
    seed: int | None
    """None: the n-th equal ask of this process gets n."""
    schema: str | None = None
    """JSON schema that the reply is held to, as JSON."""


@dataclass(frozen=True)
class Reply:
    """One answer, with what it cost."""

    text: str
    input_tokens: int
    output_tokens: int
    finished: bool
    """False: cut off at the limit."""


class PromptTooLongError(Exception):
    """The prompt leaves no room for a reply in the model's context."""


class ClosedError(Exception):
    """The engine was closed while the ask waited."""


_CLOSED = "The engine of local models was closed before it answered."
_Waiting = tuple[Ask, "Future[Reply]"]


class Worker:
    """A thread with a queue, started at the first ask. Safe to use from any thread."""

    def __init__(self, max_batch: int = MAX_BATCH) -> None:
        self._max_batch = max_batch
        self._news = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._closing = False
        self._thread: threading.Thread | None = None
        self._repeats: Counter[bytes] = Counter()

    def submit(self, ask: Ask) -> "Future[Reply]":
        """Queue an ask; its future raises PromptTooLongError, ConfigError (no model), ClosedError or torch's errors."""
        future: Future[Reply] = Future()
        with self._news:
            if self._closing:
                _fail(future, ClosedError(_CLOSED))
                return future
            self._waiting.append((ask, future))
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
        for _, future in waiting:
            _fail(future, error)

    def _run(self) -> None:
        try:
            import torch

            from .models import Shelf

            torch.set_num_threads(1)
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
            return None if self._closing else self._waiting[0][0].model

    def _take(self, model: str, room: int) -> list[_Waiting]:
        """Take waiting asks of one model, oldest first; none if an ask of another model has waited longer."""
        with self._news:
            if not self._waiting or self._waiting[0][0].model != model:
                return []
            mine = [entry for entry in self._waiting if entry[0].model == model][:room]
            taken = {id(entry) for entry in mine}
            self._waiting = [entry for entry in self._waiting if id(entry) not in taken]
        return [entry for entry in mine if entry[1].set_running_or_notify_cancel()]

    def _serve(self, name: str, shelf: "Shelf") -> None:
        """Answer asks of one model until none of them waits, or another model's turn has come."""
        try:
            model = shelf.get(name)
        except Exception as error:  # noqa: BLE001  # whatever a model library raises belongs to those who asked
            for _, future in self._take(name, len(self._waiting)):
                _fail(future, error)
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
        """Take new asks when at least half of the places are free: reading few prompts at a time is slow."""
        alive = batch.alive
        if alive * 2 > self._max_batch or not batch.open:
            return []
        rows = []
        for ask, future in self._take(model.name, self._max_batch - alive):
            try:
                rows.append(self._row(model, ask, future))
            except Exception as error:  # noqa: BLE001  # a bad ask fails alone, not its neighbours
                _fail(future, error)
        return rows

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
            if row.done and not row.owner.done():
                _deliver(batch.model, row)
        if batch.alive * 2 <= len(batch.rows):
            batch.shrink()

    def _one_by_one(self, model: "LocalModel", rows: Sequence["Row"], error: Exception) -> None:
        for row in rows:
            if len(rows) == 1:
                _fail(row.owner, error)
                return
            row.tokens.clear()
            row.finished = False
            if row.constraint is not None:
                row.constraint.begin_again()
            alone = _new_batch(model)
            try:
                alone.add([row])
                while not row.done:
                    alone.step()
                _deliver(model, row)
            except Exception as own:  # noqa: BLE001  # this row's own failure
                _fail(row.owner, own)


def _new_batch(model: "LocalModel") -> "Batch":
    from .decoding import Batch
    from .sharing import SharingBatch, can_share

    return SharingBatch(model) if can_share(model) else Batch(model)


def _deliver(model: "LocalModel", row: "Row") -> None:
    text = model.decode(row.tokens)
    row.owner.set_result(Reply(text, len(row.prompt), len(row.tokens) + row.finished, row.finished))


def _fail(future: "Future[Any]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
