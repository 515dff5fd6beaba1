"""The budget of an optimization, kept where calls are made: no call is let in that it does not cover."""

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ...backends.recording import Replies
from ...backends.replies import ReplyLog
from ...backends.reply_keys import Asked
from ...data.records import Record
from ...errors import BudgetError, ConfigError
from .result import Spending

_counted: ContextVar[list[int] | None] = ContextVar("source2synth_counted_tokens", default=None)


class Spent(BaseException):
    """The budget is spent: ends an optimizer at once, which `Exception` would not (they take those for bad results)."""


class Budget(Record):
    """Caps; None is no cap."""

    calls: int | None = None
    """Calls of models, whatever their role."""
    usd: float | None = None
    tokens: int | None = None
    """Of prompts and replies together."""
    metric_calls: int | None = None
    """Results measured: one program on one task."""

    @property
    def has_cap(self) -> bool:
        """Whether anything is capped."""
        return any(value is not None for value in self.model_dump().values())


class Meter:
    """Counts what is spent, by all threads, and says when there is no more.

    - A call that was made before in this optimization is answered from the log and costs nothing.
    - After a crash the same calls count again, from the log, so that the search takes the same way; and what the log
      holds was paid: log and new calls together never pass the caps.
    - A reply that the run around it has already is not asked for again, but counts as if it were: what a search finds
      hangs on its own budget alone, not on what was run before.
    - Calls are counted when they begin. Tokens and dollars are known when a call ends: one is let in only if the
      largest so far would still fit, for it and all in flight.
    """

    def __init__(self, budget: Budget, log: ReplyLog) -> None:
        """Start at what the log of an interrupted optimization holds."""
        self.budget = budget
        self.log = log
        self.spent = Spending()
        self.paid = Spending()
        self.reserved = Spending()
        """Kept back for the measurement at the end."""
        self.fault: ConfigError | None = None
        """What the user must mend, found while an optimizer was at work."""
        self._seen: set[str] = set()
        self._measured: set[tuple[str, str]] = set()
        self._flying = 0
        self._largest = Spending()
        self._lock = threading.Lock()
        for key in log:
            self.paid = self.paid.plus(_price(log.get(key) or {}, self.budget))

    def open(self, key: str) -> bool:
        """Let a call in; tells whether it counts. Raises Spent if the budget does not cover it."""
        with self._lock:
            if key in self._seen:
                return False
            fresh = key not in self.log
            self._check(fresh)
            self._seen.add(key)
            self._flying += 1
            return True

    def close(self, entry: dict[str, Any] | None, *, fresh: bool, key: str) -> None:
        """Count what a call came to; one that failed (None) was not paid for and may be made again."""
        with self._lock:
            self._flying -= 1
            if entry is None:
                self._seen.discard(key)
                return
            try:
                price = _price(entry, self.budget)
            except ConfigError as error:  # optimizers swallow it, and would go on without a price
                self.fault = error
                raise Spent from error
            self.spent = self.spent.plus(price)
            self._largest = self._largest.most(price)
            if fresh:
                self.paid = self.paid.plus(price)

    def measure(self, program: str, task: str) -> None:
        """Count one result that is measured; raises Spent."""
        with self._lock:
            if (program, task) in self._measured:
                return
            cap = self.budget.metric_calls
            if cap is not None and self.spent.metric_calls + self.reserved.metric_calls >= cap:
                raise Spent
            self._measured.add((program, task))
            self.spent = self.spent.plus(Spending(metric_calls=1))

    def left(self) -> bool:
        """Tell whether one more call would be let in."""
        with self._lock:
            try:
                self._check(True)
            except Spent:
                return False
            cap = self.budget.metric_calls
            return cap is None or self.spent.metric_calls + self.reserved.metric_calls < cap

    def _check(self, fresh: bool) -> None:
        wanted = self._largest.times(self._flying + 1)
        coming = Spending(calls=self._flying + 1, tokens=wanted.tokens, usd=wanted.usd)
        for spent in (self.spent, self.paid) if fresh else (self.spent,):
            total = spent.plus(coming).plus(self.reserved)
            for name in ("calls", "tokens", "usd"):
                cap = getattr(self.budget, name)
                if cap is not None and getattr(total, name) > cap + 1e-12:
                    raise Spent


class Metered(Replies):
    """The reply log of an optimization, with its meter at the door."""

    def __init__(self, log: ReplyLog, meter: Meter) -> None:
        super().__init__(log)
        self.meter = meter

    def get(self, lm: Any, asked: Asked, ask: Callable[[], Any], beneath: Replies | None = None) -> Any:
        """Answer from the log, or ask if the budget covers it; raises Spent."""
        with self._counting(asked) as fine:
            answer = super().get(lm, asked, ask, beneath)
            fine()
        return answer

    async def aget(
        self, lm: Any, asked: Asked, ask: Callable[[], Awaitable[Any]], beneath: Replies | None = None
    ) -> Any:
        """Answer from the log, or ask if the budget covers it; raises Spent."""
        with self._counting(asked) as fine:
            answer = await super().aget(lm, asked, ask, beneath)
            fine()
        return answer

    @contextmanager
    def _counting(self, asked: Asked) -> Iterator[Callable[[], None]]:
        fresh = asked.key not in self.log
        counts = self.meter.open(asked.key)
        done = False

        def fine() -> None:
            nonlocal done
            done = True

        try:
            yield fine
        finally:
            entry = self.log.get(asked.key) if done else None
            if counts:
                self.meter.close(entry, fresh=fresh, key=asked.key)
            if entry is not None and (own := _counted.get()) is not None:
                own.append(_tokens(entry))


@contextmanager
def counting_tokens() -> Iterator[list[int]]:
    """Collect the tokens of the calls made in the block, in this thread and context."""
    own: list[int] = []
    token = _counted.set(own)
    try:
        yield own
    finally:
        _counted.reset(token)


def _price(entry: dict[str, Any], budget: Budget) -> Spending:
    cost = entry.get("cost")
    if cost is None and budget.usd is not None:
        raise ConfigError(
            f"The price of {entry.get('model')} is not known, so dollars cannot be capped; give budget_tokens or "
            "budget_calls instead."
        )
    return Spending(calls=1, tokens=_tokens(entry), usd=float(cost or 0.0))


def _tokens(entry: dict[str, Any]) -> int:
    usage = entry.get("usage") or {}
    return int(usage.get("prompt_tokens") or 0) + int(usage.get("completion_tokens") or 0)


def budget_of(calls: int | None, usd: float | None, tokens: int | None, metric_calls: int | None) -> Budget:
    """Return the budget; raises BudgetError if a cap is not above 0."""
    budget = Budget(calls=calls, usd=usd, tokens=tokens, metric_calls=metric_calls)
    for name, value in budget.model_dump().items():
        if value is not None and value <= 0:
            raise BudgetError(f"budget_{name}: {value} is nothing to spend; give a number above 0, or leave it out.")
    return budget
