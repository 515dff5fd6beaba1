"""Connections to servers: one aiohttp session for each event loop and engine, and a loop for callers that have none."""

import asyncio
import atexit
import os
import threading
import weakref
from collections.abc import Coroutine
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")
CONNECT_SECONDS = 15.0
"""How long a connection may take to come about."""


class Sessions:
    """The sessions of one engine, by event loop."""

    def __init__(self, connections: int, seconds: float) -> None:
        """Allow so many connections at a time, and so many seconds for a whole answer."""
        self._connections = connections
        self.connect_seconds = CONNECT_SECONDS
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=self.connect_seconds)
        self._open: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}
        _everywhere.add(self)
        weakref.finalize(self, _let_go, self._open)

    def here(self) -> aiohttp.ClientSession:
        """Return the session of the running loop."""
        loop = asyncio.get_running_loop()
        session = self._open.get(loop)
        if session is None or session.closed:
            self._forget_ended()
            session = self._open[loop] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, limit_per_host=0, keepalive_timeout=30),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=_behind_proxy(),
            )
        return session

    async def close_here(self) -> None:
        """Close the session of the running loop."""
        session = self._open.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()

    def _forget_ended(self) -> None:
        _let_go({loop: self._open.pop(loop) for loop in list(self._open) if loop.is_closed()})


def _let_go(sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession]) -> None:
    """Close connections whose loop has ended, so that nothing can be awaited."""
    for session in sessions.values():
        if session.connector is not None:
            session.connector._close()


def _behind_proxy() -> bool:
    # aiohttp looks the proxy up at every request, which costs more than sending it
    return any(name.lower() in ("http_proxy", "https_proxy", "all_proxy") for name in os.environ)


_everywhere: "weakref.WeakSet[Sessions]" = weakref.WeakSet()


async def close_sessions_here() -> None:
    """Close every engine's session of the running loop; to be awaited before a loop ends."""
    for sessions in list(_everywhere):
        await sessions.close_here()


class _Loop:
    """An event loop in a thread, made at first use."""

    lock = threading.Lock()
    loop: asyncio.AbstractEventLoop | None = None
    thread: threading.Thread | None = None


def run_elsewhere(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in the shared loop of this process and wait for it; for callers that block."""
    return asyncio.run_coroutine_threadsafe(work, _shared_loop()).result()


def _shared_loop() -> asyncio.AbstractEventLoop:
    with _Loop.lock:
        if _Loop.loop is None:
            _Loop.loop = asyncio.new_event_loop()
            _Loop.thread = threading.Thread(target=_Loop.loop.run_forever, name="source2synth-http", daemon=True)
            _Loop.thread.start()
            atexit.register(close_shared_loop)
        return _Loop.loop


def close_shared_loop() -> None:
    """Close the connections of the shared loop and end it; the next blocking ask starts it again."""
    with _Loop.lock:
        loop, thread = _Loop.loop, _Loop.thread
        _Loop.loop = _Loop.thread = None
    if loop is None or thread is None:
        return
    asyncio.run_coroutine_threadsafe(close_sessions_here(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()
