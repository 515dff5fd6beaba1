"""How long a server asked to be left alone, whichever client heard it."""

from collections.abc import Mapping

from dspy.clients._http import retry_after_seconds
from dspy.utils.exceptions import LMError

_DEEP = 8
"""Causes of an error that are looked into; litellm's is the third."""


def asked_to_wait(error: LMError) -> float | None:
    """Return the seconds of an answer's `Retry-After`, or None if there was none.

    Our engine keeps it in the error. What litellm raises keeps the headers of the answer, and dspy drops them.
    """
    cause: BaseException | None = error
    for _ in range(_DEEP):
        if cause is None:
            return None
        if (known := getattr(cause, "retry_after", None)) is not None:
            return float(known)
        headers = getattr(cause, "litellm_response_headers", None)
        if isinstance(headers, Mapping) and (text := headers.get("retry-after")) is not None:
            seconds: float | None = retry_after_seconds(str(text))
            return seconds
        cause = cause.__cause__ or cause.__context__
    return None
