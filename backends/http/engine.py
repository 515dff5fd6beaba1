"""The DSPy engines of a server that speaks the OpenAI chat protocol; one request is one attempt, never a retry."""

import json
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from dspy.lm15 import ConfigurationError, LM15Error, Request, Response, TransportError, Usage
from dspy.lm15 import TimeoutError as TooSlow

from ..faults import FILTER_CODES, hide_values_of, without_secrets
from .keys import key_in
from .refusals import moved, refusal
from .sessions import Sessions, run_elsewhere
from .streaming import WANTED, BrokenStreamError, StreamEvent, events
from .wire import answers_of, body_of, filtered

LARGEST = 64 << 20
"""Bytes of an answer, at most; one that is longer does not end."""


@dataclass
class Meter:
    """Counts what a server was asked, and what that cost. Safe for threads."""

    price: tuple[float, float] | None = None
    """Dollars for a million tokens of prompt and of reply; None if unknown."""
    answers: int = 0
    """That came, good ones only."""
    input_tokens: int = 0
    output_tokens: int = 0
    dollars: float = 0.0
    """0.0 where the price is unknown."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, usage: Usage) -> None:
        """Add the tokens of one answer."""
        with self._lock:
            self.answers += 1
            self.input_tokens += usage.input_tokens or 0
            self.output_tokens += usage.output_tokens or 0
            self.dollars += self.cost(usage.input_tokens, usage.output_tokens) or 0.0

    def cost(self, input_tokens: int | None, output_tokens: int | None) -> float | None:
        """Return dollars; None where price or tokens are unknown."""
        if self.price is None or input_tokens is None or output_tokens is None:
            return None
        return (input_tokens * self.price[0] + output_tokens * self.price[1]) / 1e6

    def __copy__(self) -> "Meter":
        return self

    def __deepcopy__(self, memo: object) -> "Meter":
        return self  # copies of a model are paid from one purse


class Server:
    """One model behind one address: how it is reached, and what it was asked."""

    def __init__(
        self,
        address: str,
        model: str,
        *,
        key_names: Sequence[str] = (),
        seconds: float,
        connections: int,
        extra_body: Mapping[str, Any] | None = None,
        meter: Meter | None = None,
        identity: str = "",
    ) -> None:
        """Describe the server; nothing is sent yet.

        Args:
            address: Up to and without `/chat/completions`.
            model: The model as the server names it.
            key_names: Environment variables that may hold the key, the first that is set is used; read at every
                request and kept nowhere.
            seconds: For a whole answer, at most.
            connections: At a time, at most.
            extra_body: More fields of every request's body.
            meter: Counts; one of its own if left out.
            identity: What it is known by where its address says nothing: a server started for the occasion.
        """
        self.address = address.rstrip("/")
        self.model = model
        self.key_names = tuple(key_names)
        hide_values_of(self.key_names)
        self.extra_body = dict(extra_body or {})
        self.meter = meter or Meter()
        self.sessions = Sessions(connections, seconds)
        self.seconds = seconds
        self._url = f"{self.address}/chat/completions"
        self._identity = identity

    @property
    def identity(self) -> str:
        """What makes its replies, besides the request: the address, and what is added to every body."""
        parts = urlsplit(self.address)
        bare = self._identity or urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        return f"{bare} {json.dumps(self.extra_body, sort_keys=True)}" if self.extra_body else bare

    async def ask(self, request: Request, n: int = 1) -> list[Response]:
        """Send one request, once; raises dspy.lm15 errors."""
        body = body_of(request, self.model, self.extra_body, n)
        status, payload, retry_after = await self._post(body)
        try:
            if status != 200:
                raise refusal(status, payload, retry_after, request.model)
            answers = answers_of(payload, request)
        except LM15Error as error:
            if error.provider_code in FILTER_CODES:
                return [filtered(request)]
            raise
        for answer in answers:
            self.meter.count(answer.usage)
        return answers

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """Send one request, once, and give the answer piece by piece; raises dspy.lm15 errors."""
        body, heard = body_of(request, self.model, {**self.extra_body, **WANTED}), False
        try:
            async with self._asking(body) as answer:
                self._stay(answer)
                if answer.status != 200:
                    payload = await _read(answer)
                    raise refusal(answer.status, payload, answer.headers.get("Retry-After"), request.model)
                async for event in events(answer.content, request):
                    heard = heard or event.type == "delta"
                    if event.type == "end" and event.usage is not None:
                        self.meter.count(event.usage)
                    yield event
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            failure = self._failure(error)
            raise (BrokenStreamError(str(failure), provider_code="broken_off") if heard else failure) from error

    async def _post(self, body: bytes) -> tuple[int, bytes, str | None]:
        try:
            async with self._asking(body) as answer:
                self._stay(answer)
                return answer.status, await _read(answer), answer.headers.get("Retry-After")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise self._failure(error) from error

    def _asking(self, body: bytes) -> Any:
        # followed, a redirect would make a GET of it, or carry rows and replies to another host unseen
        return self.sessions.here().post(self._url, data=body, headers=self._headers(), allow_redirects=False)

    def _stay(self, answer: aiohttp.ClientResponse) -> None:
        """Raise ConfigurationError where the server sends a request elsewhere."""
        if 300 <= answer.status < 400:
            raise moved(answer.status, self._url, answer.headers.get("Location"))

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        key = next((key for name in self.key_names if (key := key_in(name))), None)
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return headers

    def _failure(self, error: Exception) -> LM15Error:
        """Name what went wrong with a connection."""
        if isinstance(error, aiohttp.ConnectionTimeoutError):  # nobody has seen the request
            waited = f"no connection in {self.sessions.connect_seconds:g} seconds"
            return TransportError(f"{self.identity} cannot be reached: {waited}", provider_code="unreachable")
        if isinstance(error, TimeoutError):
            return TooSlow(f"no whole answer in {self.seconds:g} seconds", provider_code="timed_out")
        if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
            return ConfigurationError(f"api_base: {self.identity!r} is no address")
        return _broken(error, self.identity)


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Read a body to its end; raises TransportError where it has none."""
    if (answer.content_length or LARGEST + 1) <= LARGEST:
        return await answer.read()
    pieces, size = [], 0
    async for piece in answer.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise TransportError(f"the answer does not end after {LARGEST >> 20} MB", provider_code="broken_off")
    return b"".join(pieces)


def _broken(error: Exception, address: str) -> LM15Error:
    if isinstance(error, aiohttp.ClientConnectorError):
        return TransportError(
            without_secrets(f"{address} cannot be reached: {error.strerror or error}"), provider_code="unreachable"
        )
    return TransportError(f"{address} broke off: {type(error).__name__}", provider_code="broken_off")


class HttpEngine:
    """Asks a server, blocking; its copy is itself. Thread-safe."""

    supported_params = frozenset(
        {
            "temperature", "max_tokens", "top_p", "seed", "stop", "response_format", "logprobs", "top_logprobs",
            "frequency_penalty", "presence_penalty",
        }
    )  # fmt: skip
    supports_function_calling = False
    supports_reasoning = False

    def __init__(self, server: Server, *, schemas: bool = False) -> None:
        """Ask this server, which understands JSON schemas (`response_format`) or does not."""
        self.server = server
        self.supports_response_schema = schemas

    @property
    def identity(self) -> str:
        """What makes its replies, besides model and request."""
        return self.server.identity

    def complete(self, request: Request) -> Response:
        """Answer one request; raises dspy.lm15 errors."""
        return self.complete_all(request, 1)[0]

    def complete_all(self, request: Request, n: int) -> list[Response]:
        """Answer one request n times, or as often as the server does in one go; raises dspy.lm15 errors."""
        return run_elsewhere(self.server.ask(request, n))

    def stream(self, request: Request) -> Iterator[StreamEvent]:
        """Answer one request piece by piece; raises dspy.lm15 errors."""
        pieces = self.server.stream(request)
        try:
            while (event := run_elsewhere(anext(pieces, None))) is not None:
                yield event
        finally:
            run_elsewhere(pieces.aclose())

    def __copy__(self) -> "HttpEngine":
        return self

    def __deepcopy__(self, memo: object) -> "HttpEngine":
        return self


class AsyncHttpEngine:
    """The same for asyncio."""

    def __init__(self, server: Server) -> None:
        self.server = server

    async def complete(self, request: Request) -> Response:
        """Answer one request without blocking the loop; raises dspy.lm15 errors."""
        return (await self.server.ask(request))[0]

    async def complete_all(self, request: Request, n: int) -> list[Response]:
        """Answer one request n times, or as often as the server does in one go; raises dspy.lm15 errors."""
        return await self.server.ask(request, n)

    def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """Answer one request piece by piece; raises dspy.lm15 errors."""
        return self.server.stream(request)

    def __copy__(self) -> "AsyncHttpEngine":
        return self

    def __deepcopy__(self, memo: object) -> "AsyncHttpEngine":
        return self
