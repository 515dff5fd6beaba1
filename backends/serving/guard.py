"""Who may ask the server, and how much at a time: a key, a size, a number of requests."""

import asyncio
import hmac
import json
from typing import Any

LARGEST_BODY = 1 << 20
"""Bytes of a request."""
MOST_AT_ONCE = 512
"""Requests that are answered or wait at the same time; one more is told to come again."""
BODY_SECONDS = 30.0
"""For a whole request to come: whoever sends holds one of those places."""
BUSY = "Too many requests wait; try again later."
OPEN = frozenset({"/health"})
"""Paths that need no key."""


class Guard:
    """An ASGI application around another that turns away what is too large, too much, or has no key."""

    def __init__(
        self,
        app: Any,
        key: str | None,
        largest: int = LARGEST_BODY,
        most: int = MOST_AT_ONCE,
        seconds: float = BODY_SECONDS,
    ) -> None:
        self._app, self._key, self._largest, self._most, self._seconds = app, key, largest, most, seconds
        self._inside = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if scope["path"] not in OPEN and not self._knows(headers):
            await refuse(send, 401, "The key is missing or wrong; send `Authorization: Bearer KEY`.", "invalid_api_key")
        elif self._inside >= self._most:
            await refuse(send, 503, BUSY, "overloaded", (b"retry-after", b"1"))
        else:
            self._inside += 1
            try:
                await self._heard(scope, headers, receive, send)
            finally:
                self._inside -= 1

    async def _heard(self, scope: dict[str, Any], headers: dict[bytes, bytes], receive: Any, send: Any) -> None:
        try:
            body = await asyncio.wait_for(_body(headers, receive, self._largest), self._seconds)
        except TimeoutError:
            await refuse(send, 408, f"The request did not come whole within {self._seconds:g} seconds.", "timeout")
            return
        if body is None:
            await refuse(send, 413, f"The request is larger than {self._largest:,} bytes.", "too_large")
        else:
            await self._while_there(scope, body, receive, send)

    async def _while_there(self, scope: dict[str, Any], body: bytes, receive: Any, send: Any) -> None:
        """Let the application answer until the client leaves, and then give up what it waits for."""
        gone = asyncio.ensure_future(_gone(receive))
        answer = asyncio.ensure_future(self._app(scope, _again(body, gone), send))
        try:
            await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                await answer  # for what it raises
        finally:
            gone.cancel()
            answer.cancel()

    def _knows(self, headers: dict[bytes, bytes]) -> bool:
        given = headers.get(b"authorization", b"")
        return self._key is None or hmac.compare_digest(given, b"Bearer " + self._key.encode())


async def _body(headers: dict[bytes, bytes], receive: Any, largest: int) -> bytes | None:
    """Read the whole body; None if it is too large."""
    told = headers.get(b"content-length", b"0")
    if told.isdigit() and int(told) > largest:
        return None
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > largest:
            return None
    return bytes(body)


async def _gone(receive: Any) -> dict[str, Any]:
    """Wait until the client has left, or has its answer."""
    while True:
        message: dict[str, Any] = await receive()
        if message["type"] == "http.disconnect":
            return message


def _again(body: bytes, gone: "asyncio.Future[dict[str, Any]]") -> Any:
    """Give the body once more, and after it that the client has gone."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Any:
        return waiting.pop() if waiting else await asyncio.shield(gone)  # who stops listening does not end it

    return again


def problem(message: str, code: str, status: int) -> dict[str, Any]:
    """Return an error as OpenAI's clients read it."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


async def refuse(send: Any, status: int, message: str, code: str, *headers: tuple[bytes, bytes]) -> None:
    """Answer with an error, without the application."""
    body = json.dumps(problem(message, code, status)).encode()
    fields = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
