"""DSPy requests as bodies of the OpenAI chat protocol, and its answers as DSPy responses."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dspy._vendor.lm15.providers.common import openai_token_logprobs
from dspy._vendor.lm15.providers.openai_chat import _response_format_to_chat, response_from_openai_chat
from dspy.clients.lm import _is_openai_reasoning_model
from dspy.clients.lm15_boundary import request_kwargs
from dspy.lm15 import Message, Request, Response, ServerError, TextPart, ThinkingPart, TransportError, Usage

from .bodies import parsed, start_of, status_within, unwrapped
from .refusals import refusal

BROKEN = "error"
"""Finish reason of what a server gave up in the middle."""
_FINISH: dict[Any, tuple[str, ...]] = {
    "stop": (
        "", "null", "stop", "stopped", "stop_sequence", "stop_token", "eos", "eos_token", "eos_found", "eot",
        "endoftext", "end", "end_turn", "complete", "completed", "done", "finished", "tool_call", "tool_calls",
        "tool_use", "function_call",
    ),
    "content_filter": (
        "content_filter", "content_filtered", "sensitive", "safety", "refusal", "recitation", "prohibited_content",
        "blocklist", "spii", "guardrail_intervened",
    ),
    BROKEN: ("error", "abort", "aborted", "cancelled", "insufficient_system_resource", "network_error"),
}  # fmt: skip
"""Servers' finish reasons by DSPy's; any other one is `length`: who knows what is missing."""
_NAMES = {known: name for name, all_known in _FINISH.items() for known in all_known}
_PLAIN = ("temperature", "top_p", "top_k", "seed", "frequency_penalty", "presence_penalty", "service_tier", "store")
_OTHER = ("tool_choice", "reasoning", "cache", "probabilities", "user_id")


def body_of(request: Request, model: str, extra: Mapping[str, Any], n: int = 1) -> bytes:
    """Spell a request as the body of a POST to `/chat/completions`.

    Args:
        request: What is asked.
        model: The model as the server names it.
        extra: More fields of the body; they win over the request's.
        n: How many answers.
    """
    body = {"model": model, **(_plain_body(request) or _any_body(request)), **({"n": n} if n > 1 else {}), **extra}
    return json.dumps(body).encode()


def _plain_body(request: Request) -> dict[str, Any] | None:
    """Spell a request of texts, fast; None for one that holds more."""
    config = request.config
    if request.tools or any(getattr(config, name) for name in _OTHER):
        return None
    if not (request.system is None or isinstance(request.system, str)):
        return None
    rows = [] if request.system is None else [{"role": "system", "content": request.system}]
    for message in request.messages:
        if len(message.parts) != 1 or not isinstance(message.parts[0], TextPart) or message.role == "tool":
            return None
        rows.append({"role": message.role, "content": message.parts[0].text})
    body: dict[str, Any] = {"messages": rows}
    if config.max_tokens is not None:
        body[_limit_field(request.model)] = config.max_tokens
    body |= {name: value for name in _PLAIN if (value := getattr(config, name)) is not None}
    if config.stop:
        body["stop"] = list(config.stop)
    if config.logprobs is not None:
        body |= {"logprobs": True, **({"top_logprobs": config.logprobs} if config.logprobs else {})}
    if config.response_format is not None:
        body["response_format"] = _response_format_to_chat(dict(config.response_format))
    return body | dict(config.extensions or {})


def _any_body(request: Request) -> dict[str, Any]:
    """Spell any request, as dspy does."""
    body: dict[str, Any] = request_kwargs(request, "chat")
    if "max_completion_tokens" in body:
        body[_limit_field(request.model)] = body.pop("max_completion_tokens")
    return body


def _limit_field(model: str) -> str:
    # servers of one's own know the older name only, OpenAI's reasoning models the newer
    return "max_completion_tokens" if _is_openai_reasoning_model(model) else "max_tokens"


def answers_of(payload: bytes, request: Request) -> list[Response]:
    """Read the answers of a body with status 200, as many as it holds, at least one.

    The tokens of all stand in the first one.

    Raises:
        ServerError: it is no JSON, or JSON of another shape; `provider_code` is `not_json` or `wrong_shape`.
        TransportError: the server gave up in the middle; `provider_code` is `broken_off`.
        LM15Error: it is an error, whatever its status says.
    """
    try:
        data = unwrapped(parsed(payload))
    except ValueError as error:
        raise ServerError(f"the server's answer is no JSON: {start_of(payload)}", provider_code="not_json") from error
    if (status := status_within(data)) is not None:
        raise refusal(status, payload, None, request.model)
    choices = data.get("choices") if isinstance(data, dict) else None
    if not isinstance(choices, list) or not choices or not all(_is_answer(choice) for choice in choices):
        raise ServerError(f"the server's answer holds no reply: {start_of(payload)}", provider_code="wrong_shape")
    if any(finish_of(choice.get("finish_reason")) == BROKEN for choice in choices):
        raise TransportError("the server gave up in the middle of its answer", provider_code="broken_off")
    usage = usage_of(data.get("usage"))
    return [_answer(data, at, request, usage if at == 0 else Usage()) for at in range(len(choices))]


def finish_of(reason: Any) -> Any:
    """Return DSPy's name of a server's finish reason; a server that gives none is taken to have finished."""
    said = "" if reason is None else str(reason).partition(":")[0].strip().lower()  # "content_filter: SAFETY"
    return _NAMES.get(said, "length")


def _is_answer(choice: Any) -> bool:
    message = choice.get("message") if isinstance(choice, dict) else None
    return isinstance(message, dict) and isinstance(message.get("content"), str | list | None)


def _answer(data: Mapping[str, Any], at: int, request: Request, usage: Usage) -> Response:
    choice = data["choices"][at]
    message, content = choice["message"], choice["message"].get("content")
    finish = finish_of(choice.get("finish_reason"))
    if message.get("tool_calls") or message.get("refusal") or isinstance(content, list):
        read = response_from_openai_chat(data, model=request.model, choice=at)
        called = finish == "stop" and read.finish_reason == "tool_call" and message.get("tool_calls")
        return replace(read, finish_reason="tool_call" if called else finish, usage=usage)
    thought = message.get("reasoning_content") or message.get("reasoning")
    thinking = (ThinkingPart(text=thought),) if isinstance(thought, str) and thought else ()
    scores = choice.get("logprobs")
    tokens = openai_token_logprobs(scores.get("content")) if isinstance(scores, dict) else ()
    model = data.get("model")
    return Response(
        id=None,
        model=model if isinstance(model, str) and model else request.model,
        message=Message(role="assistant", parts=(*thinking, TextPart(text=content or ""))),
        finish_reason=finish,
        usage=usage,
        logprobs=tuple(tokens) or None,
    )


def usage_of(usage: Any) -> Usage:
    """Read token counts; what is no count is left out."""
    if not isinstance(usage, dict):
        return Usage()
    prompt, reply = (usage.get(f"{name}_tokens_details") or {} for name in ("prompt", "completion"))
    counts = {
        "input_tokens": usage.get("prompt_tokens"),
        "output_tokens": usage.get("completion_tokens"),
        "total_tokens": usage.get("total_tokens"),
        "reasoning_tokens": reply.get("reasoning_tokens") if isinstance(reply, dict) else None,
        "cache_read_tokens": prompt.get("cached_tokens") if isinstance(prompt, dict) else None,
    }
    return Usage(**{name: count for name, count in counts.items() if type(count) is int and count >= 0})


def filtered(request: Request) -> Response:
    """Return the reply of a server that refused the request for what is in it."""
    return Response(None, request.model, Message.assistant([TextPart("")]), "content_filter", Usage())
