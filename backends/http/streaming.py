"""Answers piece by piece: a server's events as DSPy's, for `dspy.streamify`."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from dspy._vendor.lm15.types import (
    StreamDeltaEvent,
    StreamEndEvent,
    StreamEvent,
    StreamStartEvent,
    TextDelta,
    ThinkingDelta,
)
from dspy.lm15 import Request, TransportError, Usage

from ..faults import without_secrets
from .bodies import parsed
from .wire import BROKEN, finish_of, usage_of

__all__ = ["WANTED", "BrokenStreamError", "StreamEvent", "events"]
WANTED = {"stream": True, "stream_options": {"include_usage": True}}
"""Fields of the body of a request for a stream."""


class BrokenStreamError(TransportError):  # type: ignore[misc]  # dspy is untyped
    """A stream that broke off after its first piece: asked again, the listener would hear the beginning twice."""


async def events(lines: AsyncIterable[bytes], request: Request) -> AsyncIterator[StreamEvent]:
    """Turn the lines of a stream into events, from the start to the end with its tokens.

    Raises:
        TransportError: the stream ended early or holds no events; `BrokenStreamError` once a piece has come.
    """
    yield StreamStartEvent(model=request.model)
    reason, usage, heard = None, Usage(), False
    try:
        async for line in lines:
            data = line.strip().removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
            if not data or data == b"[DONE]":
                continue
            said = parsed(data)
            if said.get("error"):
                told = without_secrets(str(said["error"]))[:200]
                raise TransportError(f"the server gave up: {told}", provider_code="broken_off")
            usage = usage_of(said.get("usage")) if said.get("usage") else usage
            for choice in said.get("choices") or ():
                reason = choice.get("finish_reason") or reason
                for piece in _pieces(choice.get("delta") or {}):
                    heard = True
                    yield piece
        if reason is None or finish_of(reason) == BROKEN:
            raise TransportError("the stream ended before its answer did", provider_code="broken_off")
    except (TransportError, ValueError, AttributeError, TypeError) as error:
        if heard:
            raise BrokenStreamError(str(error), provider_code="broken_off") from error
        if isinstance(error, TransportError):
            raise
        raise TransportError(f"the stream holds no event: {error}", provider_code="not_json") from error
    yield StreamEndEvent(finish_reason=finish_of(reason), usage=usage)


def _pieces(delta: dict[str, Any]) -> list[StreamDeltaEvent]:
    thought, text = delta.get("reasoning_content") or delta.get("reasoning"), delta.get("content")
    found = [StreamDeltaEvent(ThinkingDelta(text=thought))] if isinstance(thought, str) and thought else []
    return [*found, StreamDeltaEvent(TextDelta(text=text))] if isinstance(text, str) and text else found
