"""How programs of several steps call their modules: at once or awaited, by one and the same code."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from ..data.records import Outcome
from ..errors import ReplyError

T = TypeVar("T")


class Hands(Protocol):
    """Calls of modules; both sorts are awaited by the same code."""

    async def ask(self, module: Any, **inputs: Any) -> Any:
        """Call a module."""
        ...

    async def together(self, work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
        """Do work of which none needs another's end; raises the first error once all is done."""
        ...


class Blocking:
    """Calls that return before the coroutine goes on: it never really waits."""

    async def ask(self, module: Any, **inputs: Any) -> Any:
        """Call a module."""
        return module(**inputs)

    async def together(self, work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
        """Do one after another."""
        return [await one for one in work]


class Awaiting:
    """Calls that leave the event loop to others meanwhile."""

    async def ask(self, module: Any, **inputs: Any) -> Any:
        """Call a module; one without `aforward` (it waits for nobody) at once."""
        return await module.acall(**inputs) if hasattr(module, "aforward") else module(**inputs)

    async def together(self, work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
        """Do all at a time; an error waits for the others, whose replies are paid for."""
        done = await asyncio.gather(*work, return_exceptions=True)
        if (error := next((one for one in done if isinstance(one, BaseException)), None)) is not None:
            raise error
        return done  # type: ignore[return-value]  # no errors are left among them


class Ended(Exception):
    """An attempt ended early; carries what its verdict will say."""

    def __init__(self, check: str, reason: str, outcome: Outcome = "unjudged") -> None:
        """Keep what the verdict will say."""
        super().__init__(reason)
        self.check, self.reason = check, reason
        self.outcome: Outcome = outcome


async def step(check: str, asked: Coroutine[Any, Any, T]) -> T:
    """Await one step; a reply that cannot be used ends the attempt, unjudged."""
    try:
        return await asked
    except ReplyError as error:
        raise Ended(check, str(error)) from error


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits to its end, in this very thread and context."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # StopIteration is untyped
    raise RuntimeError("a blocking call waited")
