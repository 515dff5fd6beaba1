"""From a chat request to replies of a local model: whole, or piece by piece."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import Any

from ...errors import ConfigError
from ..local.asks import Ask, Reply
from ..local.constraints import check_constrained
from ..local.crew import Crew
from ..local.engine import DEFAULT_LIMIT
from ..local.worker import Worker
from .protocol import ChatRequest

Piece = tuple[int, str | Reply]
"""Which choice; more of its text, or its whole reply at the end."""


def asks_of(request: ChatRequest, model: str) -> list[Ask]:
    """Return one ask for each choice; choices of a seeded request have seeds that count up from it.

    Raises:
        ConfigError: JSON is wanted and the extra that holds a model to it is not installed.
    """
    if request.wanted_schema is not None:
        check_constrained()
    schema = None if request.wanted_schema is None else json.dumps(request.wanted_schema)
    turns = tuple(("system" if turn.role == "developer" else turn.role, turn.text) for turn in request.messages)
    seeds = [None if request.seed is None else request.seed + number for number in range(request.n)]
    limit = request.limit or DEFAULT_LIMIT
    return [
        Ask(model, turns, limit, request.temperature, request.top_p, seed, schema=schema, stop=tuple(request.stop))
        for seed in seeds
    ]


async def whole(worker: Worker | Crew, asks: list[Ask]) -> list[Reply]:
    """Return all replies; whoever stops waiting ends them. Raises the worker's errors, ConfigError."""
    gone = False
    futures = [worker.submit(replace(ask, wanted=lambda: not gone)) for ask in asks]
    try:
        replies = await asyncio.gather(*map(asyncio.wrap_future, futures))
        return [_kept(ask, reply) for ask, reply in zip(asks, replies, strict=True)]
    finally:
        gone = True
        _let_go(futures)


async def begun(stream: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
    """Wait for the first piece, so that asks which cannot be answered fail before anything is sent; return them all."""
    first = await anext(stream)

    async def all_of_it() -> AsyncIterator[Piece]:
        yield first
        async for piece in stream:
            yield piece

    return all_of_it()


async def pieces(worker: Worker | Crew, asks: list[Ask]) -> AsyncIterator[Piece]:
    """Yield replies as they grow; whoever stops listening ends them. Raises the worker's errors, ConfigError."""
    loop, news, gone = asyncio.get_running_loop(), asyncio.Queue[Piece | Exception](), False
    futures: list[Future[Any]] = []

    def tell(piece: Piece | Exception) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(news.put_nowait, piece)

    def listen(number: int, ask: Ask) -> None:
        said = 0

        def heard(text: str) -> bool:
            nonlocal said
            safe = _safe(text, ask.stop)
            if len(safe) > said:
                tell((number, safe[said:]))
                said = len(safe)
            return not gone

        def done(future: Any) -> None:
            try:
                reply = _kept(ask, future.result())
            except CancelledError:  # let go below
                return
            except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to who listens
                tell(error)
                return
            if reply.text[said:]:
                tell((number, reply.text[said:]))
            tell((number, reply))

        futures.append(worker.submit(ask.with_listener(heard)))
        futures[-1].add_done_callback(done)

    for number, ask in enumerate(asks):
        listen(number, ask)
    left = len(asks)
    try:
        while left:
            piece = await news.get()
            if isinstance(piece, Exception):
                raise piece
            left -= isinstance(piece[1], Reply)
            yield piece
    finally:
        gone = True
        _let_go(futures)


def _let_go(futures: list["Future[Any]"]) -> None:
    """Take back what still waits; what is being answered ends by its listener."""
    for future in futures:
        future.cancel()


def _kept(ask: Ask, reply: Reply) -> Reply:
    """Return a reply, unless it shows that its schema allows none: such as `{"$ref": "#"}`, which nothing fulfils."""
    if ask.schema is not None and reply.finished and not reply.text and not ask.stop:
        raise ConfigError("The schema cannot be kept to: no JSON fulfils it.")
    return reply


def _safe(text: str, stops: tuple[str, ...]) -> str:
    """Hold back what may yet change: half a letter at the end, and the beginning of a stop."""
    text = text.rstrip("�")
    held = max((_begun(text, stop) for stop in stops), default=0)
    return text[: len(text) - held]


def _begun(text: str, stop: str) -> int:
    return next((size for size in range(min(len(stop), len(text)), 0, -1) if text.endswith(stop[:size])), 0)
