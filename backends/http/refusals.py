"""What a server's refusal means: status and body as one of dspy's lm15 errors."""

import json
from typing import Any

from dspy.clients._http import retry_after_seconds
from dspy.lm15 import (
    AuthError,
    BillingError,
    ContextLengthError,
    InvalidRequestError,
    LM15Error,
    RateLimitError,
    ServerError,
    TimeoutError,
    UnsupportedModelError,
)

from ..faults import FILTER_CODES, without_secrets

_NO_CREDIT = ("insufficient_quota", "billing_error", "billing_hard_limit_reached", "insufficient_balance")
_NO_MODEL = ("model_not_found", "unknown_model", "deploymentnotfound", "not_found_error")
_TOO_LONG = ("context_length_exceeded", "string_above_max_length")
_LONGEST = 300


def refusal(status: int, payload: bytes, retry_after: str | None, model: str) -> LM15Error:
    """Return the error of an answer that is not 200.

    Args:
        status: HTTP status.
        payload: The body, JSON or not.
        retry_after: That header, if there was one: seconds or a date.
        model: Name of the model that was asked, for the message.
    """
    message, codes = _said(payload)
    wanted = _class(status, message.lower(), codes)
    code = next((code for code in codes if code in FILTER_CODES), codes[0] if codes else None)
    text = without_secrets(f"{model}: {message or 'no reason given'} (HTTP {status})")
    return wanted(text, status=status, provider_code=code, retry_after=retry_after_seconds(retry_after))


def _said(payload: bytes) -> tuple[str, list[str]]:
    """Return what the body says, and its codes, in lower case."""
    try:
        data = json.loads(payload)
    except ValueError:
        return " ".join(payload.decode("utf-8", "replace").split())[:_LONGEST], []
    error: Any = data.get("error", data) if isinstance(data, dict) else data
    if not isinstance(error, dict):
        return str(error)[:_LONGEST], []
    inner = error.get("innererror")
    codes = [error.get("code"), error.get("type"), *([inner.get("code")] if isinstance(inner, dict) else [])]
    said = error.get("message") or error.get("detail") or ""
    return " ".join(str(said).split())[:_LONGEST], [str(code).lower() for code in codes if isinstance(code, str)]


def _class(status: int, message: str, codes: list[str]) -> Any:
    """Choose the error: codes say more than the status, and the message only where there is neither."""
    if status == 402 or any(code in _NO_CREDIT for code in codes):
        return BillingError
    if any(code in _TOO_LONG for code in codes) or ("maximum context length" in message and status in (400, 413, 422)):
        return ContextLengthError
    if any(code in FILTER_CODES for code in codes):
        return InvalidRequestError
    if any(code in _NO_MODEL for code in codes) or (status in (400, 404) and "model" in message and _denies(message)):
        return UnsupportedModelError
    if status in (401, 403):
        return AuthError
    if status in (408, 504):
        return TimeoutError
    if status == 429:
        return RateLimitError
    return ServerError if status >= 500 else InvalidRequestError


def _denies(message: str) -> bool:
    return any(word in message for word in ("not exist", "not found", "unknown model", "no such model"))
