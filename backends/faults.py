"""What goes wrong when a model is asked, by kind, and what helps: waiting, asking again, or nothing."""

import os
from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args

from ..data.records import Record

Kind = Literal[
    "rate_limited", "server_error", "unreachable", "broken_off", "timed_out", "not_json", "wrong_shape",
    "empty", "cut_off", "out_of_form", "filtered", "too_long",
    "refused_key", "no_credit", "unknown_model", "bad_request", "unexpected",
]  # fmt: skip
"""Kinds of faults: of the server's answer, of the reply in it, of the request; `cut_off` is `finish_reason: length`."""
KINDS: tuple[Kind, ...] = get_args(Kind)
PASSING = frozenset[Kind](
    {"rate_limited", "server_error", "unreachable", "broken_off", "timed_out", "not_json", "wrong_shape"}
)
"""Faults that may be gone at the next try."""
FINAL = frozenset[Kind]({"refused_key", "no_credit", "unknown_model"})
"""Faults that every further request would meet too."""
UNFINISHED = ("length", "content_filter")
"""Finish reasons of what is no answer."""
FILTER_CODES = frozenset({"content_filter", "content_policy_violation", "data_inspection_failed"})
_NO_KEY = ("missing credentials", "api_key client option must be set")
"""What OpenAI's client says where there is no key; litellm hands it on as a failure of the server."""
_OURS = frozenset[Kind]({"unreachable", "broken_off", "timed_out", "not_json", "wrong_shape"})
"""Kinds that our own engine says by their names; a server's code of the same name means something else."""
_SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIALS")
_key_names: set[str] = set()
"""Variables that hold keys, whatever they are called."""


class Fault(Record):
    """One fault, as a run counts it."""

    kind: Kind
    status: int | None = None
    """HTTP status, if the server gave one."""
    reply: str = ""
    """Hash of the reply at fault; the same one read again from a reply log is the same fault. Empty if none came."""
    mended: bool = False
    """The reply that this was about has been mended since, by asking again with the error."""


OnFault = Callable[[Fault], None]
"""Takes every fault, from any thread; must not raise."""


def unheard(fault: Fault) -> None:
    """Count nothing."""


def kind_of(error: Any) -> Kind:
    """Name the fault behind one of dspy's LM errors."""
    from dspy.utils import exceptions as dspy_errors

    code = str(getattr(error, "provider_code", None) or "").lower()
    if code in FILTER_CODES:
        return "filtered"
    named: Kind | None = next((kind for kind in _OURS if kind == code), None)
    if named is not None and getattr(error, "status", None) is None:
        return named
    if isinstance(error, dspy_errors.LMServerError) and any(words in str(error).lower() for words in _NO_KEY):
        return "refused_key"
    order: tuple[tuple[Any, Kind], ...] = (
        (dspy_errors.ContextWindowExceededError, "too_long"),
        (dspy_errors.LMUnsupportedModelError, "unknown_model"),
        (dspy_errors.LMInvalidRequestError, "bad_request"),
        (dspy_errors.LMAuthError, "refused_key"),
        (dspy_errors.LMNotConfiguredError, "refused_key"),
        (dspy_errors.LMBillingError, "no_credit"),
        (dspy_errors.LMRateLimitError, "rate_limited"),
        (dspy_errors.LMTimeoutError, "timed_out"),
        (dspy_errors.LMServerError, "server_error"),
        (dspy_errors.LMTransportError, "unreachable"),
    )
    found: Kind | None = next((kind for error_class, kind in order if isinstance(error, error_class)), None)
    if found is None and isinstance(error, dspy_errors.LMProviderError):
        return "server_error"  # a provider's answer that litellm could not place
    return found or "unexpected"


def hide_values_of(names: Iterable[str]) -> None:
    """Have `without_secrets` hide the values of these variables too, whatever they are called."""
    _key_names.update(names)


def without_secrets(text: str) -> str:
    """Return a text without any key, token or password of this process's environment."""
    for value in sorted(_secrets(), key=len, reverse=True):  # one may be the beginning of another
        text = text.replace(value, "…")
    return text


def _secrets() -> set[str]:
    """Return what is to be hidden; of what only sounds like a secret, nothing so short that it is a word."""
    found = set[str]()
    for name, value in os.environ.items():
        known = name in _key_names
        if known or any(word in name.upper() for word in _SECRET_NAMES):
            found |= {said for said in (value, value.strip()) if len(said) >= (4 if known else 8)}
    return found
