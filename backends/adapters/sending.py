"""Sends the turns of a prompt: as the request that dspy would make of them, or, where litellm asks, as they are."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import dspy
from dspy.clients._deprecation import adapter_message_call
from dspy.lm15 import Config, Message, Request, Response
from dspy.utils.exceptions import LMInvalidRequestError

from ..faults import kind_of

_CONFIG = frozenset({"temperature", "max_tokens", "top_p", "top_k", "seed", "stop", "response_format"})
_CONTROLS = ("rollout_id", "cache")
Rows = list[dict[str, Any]]


class Reply(NamedTuple):
    """What came back."""

    text: str
    finish: str | None
    """As the server says why it ended; None if it does not."""


def wants_more(lm: Any, settings: Mapping[str, Any]) -> bool:
    """Tell whether a call asks for several answers, or for scores of tokens, which only dspy's general way returns."""
    merged = {**lm.kwargs, **settings}
    return (merged.get("n") or 1) > 1 or bool(merged.get("logprobs")) or bool(dspy.settings.send_stream)


def send(lm: Any, rows: Rows, settings: dict[str, Any]) -> Reply:
    """Ask a model; raises dspy's LM errors."""
    request, controls = typed(lm, rows, settings)
    if request is not None:
        return read_reply(lm(request=request, **controls))
    try:
        with adapter_message_call(lm, rows):
            return read_reply(lm(messages=rows, **settings))
    except LMInvalidRequestError as error:
        return _filtered(error)


async def asend(lm: Any, rows: Rows, settings: dict[str, Any]) -> Reply:
    """Ask a model without blocking; raises dspy's LM errors."""
    request, controls = typed(lm, rows, settings)
    if request is not None:
        return read_reply(await lm.acall(request=request, **controls))
    try:
        with adapter_message_call(lm, rows):
            return read_reply(await lm.acall(messages=rows, **settings))
    except LMInvalidRequestError as error:
        return _filtered(error)


def _filtered(error: LMInvalidRequestError) -> Reply:
    """Take a refusal by a content filter for a reply that it withheld; raises the error if it is another one."""
    if kind_of(error) != "filtered":
        raise error
    return Reply("", "content_filter")


def typed(lm: Any, rows: Rows, settings: Mapping[str, Any]) -> tuple[Request | None, dict[str, Any]]:
    """Build the request that dspy itself would make of these turns; None where litellm is to carry them."""
    if isinstance(getattr(lm, "engine", "auto"), str) or not isinstance(lm, dspy.LM):
        return None, {}
    merged = {name: value for name, value in {**lm.kwargs, **settings}.items() if value is not None}
    controls = {name: merged.pop(name) for name in _CONTROLS if name in merged}
    if "max_completion_tokens" in merged:
        merged["max_tokens"] = merged.pop("max_completion_tokens")
    if not merged.keys() <= _CONFIG or not all(isinstance(row["content"], str) for row in rows):
        return None, {}
    system, *turns = rows
    messages = tuple(
        Message.user(row["content"]) if row["role"] == "user" else Message.assistant(row["content"]) for row in turns
    )
    return Request(model=lm.model, system=system["content"], messages=messages, config=_config(merged)), controls


def _config(settings: dict[str, Any]) -> Config:
    if "response_format" in settings or "stop" in settings:  # these are not hashable
        return Config(**settings)
    return _kept_config(tuple(sorted(settings.items())))


@lru_cache(maxsize=1024)
def _kept_config(settings: tuple[tuple[str, Any], ...]) -> Config:
    return Config(**dict(settings))


def read_reply(answer: Any) -> Reply:
    """Return what came back: a `Response`, or the list of outputs that dspy makes of one."""
    if isinstance(answer, Response):
        return Reply(answer.text or "", answer.finish_reason)
    output = answer[0] if answer else ""
    if isinstance(output, dict):
        return Reply(output.get("text") or "", output.get("finish_reason"))
    return Reply(output or "", None)
