"""What a server's refusal means: status and body as one of dspy's lm15 errors."""

from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from dspy.clients._http import retry_after_seconds
from dspy.lm15 import (
    AuthError,
    BillingError,
    ConfigurationError,
    ContextLengthError,
    InvalidRequestError,
    LM15Error,
    RateLimitError,
    ServerError,
    TimeoutError,
    UnsupportedModelError,
)

from ..faults import FILTER_CODES, without_secrets
from .bodies import parsed, unwrapped

_NO_CREDIT = (
    "insufficient_quota", "billing_error", "billing_hard_limit_reached", "insufficient_balance", "billing_not_active",
    "exceeded_current_quota_error",
)  # fmt: skip
_NO_MODEL = ("model_not_found", "unknown_model", "deploymentnotfound", "not_found_error")
_TOO_LONG = ("context_length_exceeded", "string_above_max_length")
_LONGEST = 300


def refusal(status: int, payload: bytes, retry_after: str | None, model: str) -> LM15Error:
    """Return the error of an answer that is a refusal.

    Args:
        status: HTTP status, or the one that stands in the body.
        payload: The body, JSON or not.
        retry_after: That header, if there was one: seconds or a date.
        model: Name of the model that was asked, for the message.
    """
    message, codes = _said(payload, status)
    wanted = _class(status, message.lower(), codes)
    code = next((code for code in codes if code in FILTER_CODES), codes[0] if codes else None)
    text = without_secrets(f"{model}: {message or 'no reason given'} (HTTP {status})")
    return wanted(text, status=status, provider_code=code, retry_after=retry_after_seconds(retry_after))


def moved(status: int, asked: str, location: str | None) -> LM15Error:
    """Return the error of an answer that sends the request elsewhere: nobody is asked whom the user did not name."""
    said = f"it sends requests elsewhere (HTTP {status})"
    if not location:
        return ConfigurationError(f"{said} and does not say where; check `api_base`", status=status)
    try:
        parts = urlsplit(urljoin(asked, location))
    except ValueError:
        return ConfigurationError(f"{said}, to what is no address; check `api_base`", status=status)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))
    found = without_secrets(bare.removesuffix("/").removesuffix("/chat/completions"))
    return ConfigurationError(
        f"the server says it is at {found} (HTTP {status}); write that as `api_base`", status=status
    )


def _said(payload: bytes, status: int) -> tuple[str, list[str]]:
    """Return what the body says, and its codes, in lower case."""
    try:
        data = unwrapped(parsed(payload))
    except ValueError:
        return _brief(payload.decode("utf-8", "replace")), []
    error: Any = data.get("error", data) if isinstance(data, dict) else data
    if not isinstance(error, dict):
        return _brief(error), []
    inner = error.get("innererror")
    codes = [error.get("code"), error.get("type"), *([inner.get("code")] if isinstance(inner, dict) else [])]
    if status in (400, 403) and _moderated(error.get("metadata")):
        codes.append("content_filter")
    said = error.get("message") or error.get("detail") or ""
    return _brief(said), [str(code).lower() for code in codes if isinstance(code, str)]


def _brief(said: Any) -> str:
    """Return the beginning of what is said; secrets first, since half a key is not known for one."""
    return without_secrets(" ".join(str(said).split()))[:_LONGEST]


def _moderated(metadata: Any) -> bool:
    """Whether one request was refused for what is in it; OpenRouter says so with the status of a dead key."""
    return isinstance(metadata, dict) and ("flagged_input" in metadata or "reasons" in metadata)


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
