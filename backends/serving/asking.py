"""From a chat request to replies of a local model: whole, or piece by piece."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

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
    """Return all replies; raises the worker's errors."""
    return list(await asyncio.gather(*(asyncio.wrap_future(worker.submit(ask)) for ask in asks)))


async def pieces(worker: Worker | Crew, asks: list[Ask]) -> AsyncIterator[Piece]:
    """Yield replies as they grow; whoever stops listening ends them. Raises the worker's errors."""
    loop, news, gone = asyncio.get_running_loop(), asyncio.Queue[Piece | Exception](), False

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
            error = future.exception()
            if error is None:
                reply = future.result()
                if reply.text[said:]:
                    tell((number, reply.text[said:]))
                tell((number, reply))
            else:
                tell(error)

        worker.submit(ask.with_listener(heard)).add_done_callback(done)

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


def _safe(text: str, stops: tuple[str, ...]) -> str:
    """Hold back what may yet change: half a letter at the end, and the beginning of a stop."""
    text = text.rstrip("�")
    held = max((_begun(text, stop) for stop in stops), default=0)
    return text[: len(text) - held]


def _begun(text: str, stop: str) -> int:
    return next((size for size in range(min(len(stop), len(text)), 0, -1) if text.endswith(stop[:size])), 0)
