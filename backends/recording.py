"""Puts a reply log around any `dspy.LM`: a reply that was paid for once is never asked for again.

    lm = recorded(dspy.LM("openai/gpt-5-mini"), Replies(ReplyLog(Path("runs/demo/replies"))))

The result is a copy of the model, of a subclass of its own class: engine, provider, `copy` and `finetune` work as
before, and what `finetune` returns is recorded too. Only `lm(...)` and `lm.acall(...)` look into the log first.
A reply is keyed by everything that made it, see `reply_keys`. Failures are not recorded: they are asked for again.
A model that is recorded already keeps its first log beneath the second: what either holds is not asked for again, and
what is asked for is written to both.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import dspy
from dspy._vendor.lm15.serde import response_from_dict, response_to_dict
from dspy.clients.call_result import attributes, usage_dict

from .faults import OnFault, unheard
from .http.engine import HttpEngine
from .local.fingerprint import is_local
from .replies import ReplyLog
from .reply_keys import Asked, asked_for, plain

_entries: ContextVar[list[dict[str, Any]] | None] = ContextVar("source2synth_reply_entries", default=None)


class Recorded:
    """The two calls of a model, with the log in front; mixed into a subclass of the model's own class."""

    _replies: "Replies"
    _beneath: "Replies | None"

    def __call__(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """Answer from the log, or ask and log the reply; raises what the model raises."""
        asked = asked_for(self, prompt, messages, kwargs)
        ask = super().__call__  # type: ignore[misc]  # the class it is mixed with has it
        return self._replies.get(self, asked, lambda: ask(prompt, messages=messages, **kwargs), self._beneath)

    async def acall(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """Answer from the log, or ask and log the reply; raises what the model raises."""
        asked = asked_for(self, prompt, messages, kwargs)
        ask = super().acall  # type: ignore[misc]  # likewise
        return await self._replies.aget(self, asked, lambda: ask(prompt, messages=messages, **kwargs), self._beneath)

    def update_history(self, entry: dict[str, Any]) -> None:
        """Catch what dspy knows of a call (usage, cost) on its way into the history."""
        caught = _entries.get()
        if caught is None:
            super().update_history(entry)  # type: ignore[misc]  # likewise
        else:
            caught.append(entry)


class Replies:
    """A reply log as models use it: asks each thing once, even if it is asked for twice at the same time.

    Attributes:
        log: Where the replies are.
        paid: Called after every new reply with its entry (model, usage, cost in dollars or None), from any thread.
    """

    def __init__(self, log: ReplyLog, paid: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.log = log
        self.paid = paid or (lambda entry: None)
        self._held: dict[str, dict[str, Any]] | None = None
        self._running: dict[str, Future[None]] = {}

    def __copy__(self) -> "Replies":
        return self

    def __deepcopy__(self, memo: object) -> "Replies":
        return self  # dspy deep-copies programs with their models; there is one log

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Make the block one unit of work for models of this process: their replies reach the log together at its end.

        How a local model rounds depends a little on what else is in its batch, so a unit that was broken off is done
        again as a whole, in the same batches; its replies cost nothing. Replies of hosted models are logged at once.
        """
        self._held = {}
        try:
            yield
            self.log.put_all(dict(sorted(self._held.items())))
        finally:
            self._held = None

    def _find(self, key: str) -> dict[str, Any] | None:
        held = self._held or {}
        return held.get(key) or self.log.get(key)

    def _copied(self, asked: Asked) -> dict[str, Any]:
        """Return the entry of a reply that was just answered, for the log above."""
        entry = self._find(asked.key) or {}
        return {name: value for name, value in entry.items() if name != "asked"}

    def _hold(self, lm: Any, asked: Asked, entry: dict[str, Any]) -> bool:
        """Hold a reply back until the unit of work is done, if there is one and it is a local model's."""
        if self._held is None or not is_local(lm.model):
            return False
        self._held[asked.key] = {**entry, "asked": json.loads(asked.material)}
        return True

    def get(self, lm: Any, asked: Asked, ask: Callable[[], Any], beneath: "Replies | None" = None) -> Any:
        """Return the logged reply, or wait for one that is on its way, or ask (through the log beneath, if any)."""
        while (entry := self._find(asked.key)) is None:
            mine: Future[None] = Future()
            running = self._running.setdefault(asked.key, mine)
            if running is not mine and not _in_a_loop():  # waiting would block the loop that the other one runs in
                _wait(running)
            elif self._find(asked.key) is None:
                return self._ask(lm, asked, ask, mine, beneath)
            else:  # another asker was done between the two looks
                self._done(asked, mine)
        return _replay(lm, asked, entry)

    async def aget(
        self, lm: Any, asked: Asked, ask: Callable[[], Awaitable[Any]], beneath: "Replies | None" = None
    ) -> Any:
        """Return the logged reply, or wait for one that is on its way, or ask (through the log beneath, if any)."""
        while (entry := self._find(asked.key)) is None:
            mine: Future[None] = Future()
            running = self._running.setdefault(asked.key, mine)
            if running is not mine:
                await asyncio.wait([asyncio.wrap_future(running)])
            elif self._find(asked.key) is None:
                return await self._aask(lm, asked, ask, mine, beneath)
            else:  # as in `get`
                self._done(asked, mine)
        return _replay(lm, asked, entry)

    def _ask(
        self, lm: Any, asked: Asked, ask: Callable[[], Any], mine: "Future[None]", beneath: "Replies | None"
    ) -> Any:
        try:
            if beneath is not None:
                answer = beneath.get(lm, asked, ask)
                entry = beneath._copied(asked)
            else:
                with _watching(lm, asked) as known:
                    answer = ask()
                entry = _entry(lm, asked, answer, known)
            if not self._hold(lm, asked, entry):
                self.log.put(asked.key, entry, asked=asked.material)
        finally:
            self._done(asked, mine)
        self.paid(entry)
        return answer

    async def _aask(
        self, lm: Any, asked: Asked, ask: Callable[[], Awaitable[Any]], mine: "Future[None]", beneath: "Replies | None"
    ) -> Any:
        try:
            if beneath is not None:
                answer = await beneath.aget(lm, asked, ask)
                entry = beneath._copied(asked)
            else:
                with _watching(lm, asked) as known:
                    answer = await ask()
                entry = _entry(lm, asked, answer, known)
            if not self._hold(lm, asked, entry):
                await self.log.aput(asked.key, entry, asked=asked.material)
        finally:
            self._done(asked, mine)
        self.paid(entry)
        return answer

    def _done(self, asked: Asked, mine: "Future[None]") -> None:
        if self._running.get(asked.key) is mine:
            del self._running[asked.key]
        mine.set_result(None)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _wait(running: "Future[None]") -> None:
    try:
        running.result()
    except CancelledError:  # its asker gave up; ask ourselves
        return


def recorded(lm: Any, replies: Replies, on_fault: OnFault = unheard) -> Any:
    """Return a copy of a model that answers from the log first; DSPy's own cache is off in it.

    Args:
        lm: The model; one that is recorded already keeps that log beneath this one.
        replies: The log.
        on_fault: Told what goes wrong when the model is asked, or with its replies.
    """
    copied = lm.copy(cache=False)
    copied.on_fault = on_fault
    copied.__class__ = _recorded_class(_plain_class(type(lm)))
    first = (getattr(lm, "_beneath", None) or lm._replies) if isinstance(lm, Recorded) else None
    copied._beneath = None if first is replies else first
    copied._replies = replies
    return copied


def _plain_class(kind: type) -> type:
    return kind.__mro__[2] if issubclass(kind, Recorded) else kind


@lru_cache(maxsize=64)
def _recorded_class(kind: type) -> type:
    return type(f"Recorded{kind.__name__}", (Recorded, kind), {"__module__": __name__})


@contextmanager
def _watching(lm: Any, asked: Asked) -> Iterator[list[dict[str, Any]]]:
    """Catch what dspy knows of a call made in the block; nothing of one whose reply tells it all."""
    known: list[dict[str, Any]] = []
    if _tells_all(lm, asked):
        yield known
        return
    token = _entries.set(known)
    try:
        with dspy.context(disable_history=False):
            yield known
    finally:
        _entries.reset(token)


def _tells_all(lm: Any, asked: Asked) -> bool:
    return asked.typed and isinstance(getattr(lm, "engine", None), HttpEngine)


def _entry(lm: Any, asked: Asked, answer: Any, entries: list[dict[str, Any]]) -> dict[str, Any]:
    if _tells_all(lm, asked):
        usage, cost = usage_dict(answer), None
    else:
        known = entries[-1] if entries else {}
        usage, cost = plain(dict(known.get("usage") or {})), known.get("cost")
    meter = getattr(lm, "meter", None)
    if cost is None and meter is not None:
        cost = meter.cost(usage.get("prompt_tokens"), usage.get("completion_tokens"))
    reply = {"response": response_to_dict(answer)} if asked.typed else {"outputs": plain(list(answer))}
    return {"model": lm.model, **reply, "usage": usage, "cost": cost}


def _replay(lm: Any, asked: Asked, entry: dict[str, Any]) -> Any:
    # Programs that count tokens must count the same on a resume: records hold these counts.
    if dspy.settings.usage_tracker:
        dspy.settings.usage_tracker.add_usage(lm.model, entry["usage"])
    return response_from_dict(entry["response"]) if asked.typed else attributes(entry["outputs"])
