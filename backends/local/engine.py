"""The DSPy engines of local models: requests in, responses out; the work is the worker's."""

import asyncio
import atexit
import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from dspy._vendor.lm15.types import StreamDeltaEvent, StreamEndEvent, StreamEvent, StreamStartEvent, TextDelta
from dspy.lm15 import (
    ConfigurationError,
    ContextLengthError,
    InvalidRequestError,
    LM15Error,
    Message,
    RateLimitError,
    Request,
    Response,
    TextPart,
    UnsupportedFeatureError,
    Usage,
)

from ...errors import ConfigError, Source2SynthError
from .asks import Ask, ClosedError, PromptTooLongError, QueueFullError, RefusedError, Reply
from .constraints import can_constrain, check_constrained
from .crew import Crew
from .fingerprint import fingerprint_of
from .scoring import Score, Scoring
from .worker import Worker

DEFAULT_LIMIT = 256
"""Longest reply, in tokens, of a request that does not say."""
_REFUSED = ("top_k", "logprobs", "extensions", "frequency_penalty", "presence_penalty")


class LocalEngine:
    """Answers DSPy requests with models of this process; routes on `request.model`. Thread-safe; its copy is itself."""

    supported_params = frozenset(
        {"temperature", "top_p", "max_tokens", "seed", "stop", *(("response_format",) if can_constrain() else ())}
    )
    supports_response_schema = can_constrain()
    supports_function_calling = False
    supports_reasoning = False

    def __init__(self, worker: Worker | Crew) -> None:
        self._worker = worker

    def complete(self, request: Request) -> Response:
        """Answer one request, blocking; raises dspy.lm15 errors."""
        try:
            return _response(request, self._worker.submit(_ask(request)).result())
        except (PromptTooLongError, ConfigError, ClosedError, QueueFullError) as error:
            raise _as_lm15(error) from error

    def score(self, model: str, texts: Sequence[str]) -> tuple[Score, ...]:
        """Say how likely a model takes texts to be, blocking; raises ConfigError if it cannot be loaded."""
        found: tuple[Score, ...] = self._worker.submit(Scoring(model, tuple(texts))).result()
        return found

    def stream(self, request: Request) -> Iterator[StreamEvent]:
        """Answer one request in one piece, for `dspy.streamify`; raises dspy.lm15 errors."""
        yield from _in_one_piece(self.complete(request))

    def __deepcopy__(self, memo: object) -> "LocalEngine":
        return self

    def __copy__(self) -> "LocalEngine":
        return self


class AsyncLocalEngine:
    """The same for asyncio."""

    def __init__(self, worker: Worker | Crew) -> None:
        self._worker = worker

    async def complete(self, request: Request) -> Response:
        """Answer one request without blocking the loop; raises dspy.lm15 errors."""
        try:
            return _response(request, await asyncio.wrap_future(self._worker.submit(_ask(request))))
        except (PromptTooLongError, ConfigError, ClosedError, QueueFullError) as error:
            raise _as_lm15(error) from error

    async def stream(self, request: Request) -> AsyncIterator[StreamEvent]:
        """Answer one request in one piece, for `dspy.streamify`; raises dspy.lm15 errors."""
        for event in _in_one_piece(await self.complete(request)):
            yield event

    def __deepcopy__(self, memo: object) -> "AsyncLocalEngine":
        return self

    def __copy__(self) -> "AsyncLocalEngine":
        return self


def _ask(request: Request) -> Ask:
    config = request.config
    refused = [name for name in _REFUSED if getattr(config, name)] + (["tools"] if request.tools else [])
    if refused:
        raise UnsupportedFeatureError(f"Local models do not take {', '.join(refused)}.")
    turns = [(turn.role, _text(turn.parts, "\n")) for turn in request.messages]
    if request.system:
        if fingerprint_of(request.model).get("adapter") == "CompactAdapter":
            raise InvalidRequestError(
                f"{request.model} was fine-tuned to be asked through CompactAdapter, without a system message. "
                "Ask inside `with speaking(lm):`."
            )
        system = request.system
        turns.insert(0, ("system", system if isinstance(system, str) else _text(system, "")))
    return Ask(
        model=request.model,
        turns=tuple(turns),
        limit=config.max_tokens or DEFAULT_LIMIT,
        temperature=config.temperature or 0.0,
        top_p=1.0 if config.top_p is None else config.top_p,
        seed=config.seed,
        stop=tuple(config.stop or ()),
        schema=_schema(config.response_format),
    )


def _schema(wanted: Mapping[str, Any] | None) -> str | None:
    """Return the JSON schema that a reply must keep to; any JSON object if none is given with the wish for JSON."""
    if wanted is None:
        return None
    check_constrained()
    return json.dumps(wanted.get("schema") or {"type": "object"})


def _text(parts: Sequence[Any], between: str) -> str:
    """Join the texts of a message; raises UnsupportedFeatureError where it holds anything else, such as an image."""
    strange = sorted({str(part.type) for part in parts if not isinstance(part, TextPart)})
    if strange:
        raise UnsupportedFeatureError(f"Local models read text only; this message holds {', '.join(strange)}.")
    return between.join(part.text for part in parts)


def _response(request: Request, reply: Reply) -> Response:
    return Response(
        id=None,
        model=request.model,
        message=Message.assistant([TextPart(reply.text)]),
        finish_reason="stop" if reply.finished else "length",
        usage=Usage(input_tokens=reply.input_tokens, output_tokens=reply.output_tokens),
    )


def _in_one_piece(answer: Response) -> tuple[StreamEvent, ...]:
    piece = StreamDeltaEvent(TextDelta(text=answer.text or ""))
    return StreamStartEvent(model=answer.model), piece, StreamEndEvent(answer.finish_reason, answer.usage)


def _as_lm15(error: Exception) -> LM15Error:
    if isinstance(error, PromptTooLongError):
        return ContextLengthError(str(error))
    if isinstance(error, RefusedError):
        return InvalidRequestError(str(error))
    if isinstance(error, QueueFullError):
        return RateLimitError(str(error))
    return ConfigurationError(str(error))


class _Shared:
    """The engines of this process: made at first use, kept for its life."""

    lock = threading.Lock()
    worker: Crew | None = None
    engines: tuple[LocalEngine, AsyncLocalEngine] | None = None


def shared_engines() -> tuple[LocalEngine, AsyncLocalEngine]:
    """Return the engines that all local models of this process share, blocking and asynchronous."""
    with _Shared.lock:
        if _Shared.engines is None:
            _Shared.worker = Crew()
            _Shared.engines = (LocalEngine(_Shared.worker), AsyncLocalEngine(_Shared.worker))
            logging.getLogger("dspy.clients.lm").addFilter(_worth_a_line)
            # A thread inside torch must be joined before the interpreter goes, or the process aborts.
            atexit.register(close_shared)
    return _Shared.engines


def shared_worker() -> Crew:
    """Return what answers behind `shared_engines`, for those who need more of it than an engine gives: streaming."""
    shared_engines()
    assert _Shared.worker is not None
    return _Shared.worker


def close_shared() -> None:
    """Stop the shared thread and its helpers and free their models; the next ask starts anew."""
    if _Shared.worker is not None:
        _Shared.worker.close()


def _worth_a_line(record: logging.LogRecord) -> bool:
    # Small models ramble, and whoever asks sees `finish_reason`; our own errors reach the caller anyway.
    return "was truncated" not in str(record.msg) and not isinstance(record.msg, Source2SynthError)
