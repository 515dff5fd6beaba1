"""What the bodies of servers have in common: JSON, and where in it an error stands."""

import json
from typing import Any

from ..faults import without_secrets

_READ = 1 << 16
"""Bytes of a body that are looked through for secrets before its start is told of."""
_STATUSES = frozenset(map(str, range(400, 600)))


def parsed(payload: bytes) -> Any:
    """Read JSON; raises ValueError where it is none, or nested more deeply than anyone means it."""
    try:
        return json.loads(payload)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def unwrapped(data: Any) -> Any:
    """Return the error body out of a list that holds nothing else; everything else as it is."""
    if isinstance(data, list) and len(data) == 1 and isinstance(data[0], dict) and "error" in data[0]:
        return data[0]
    return data


def status_within(data: Any) -> int | None:
    """Return the status of a body that is nothing but an error, for all its 200; None for any other body."""
    error = data.get("error") if isinstance(data, dict) and not data.get("choices") else None
    if not error:
        return None
    code = str(error.get("code") if isinstance(error, dict) else "")
    return int(code) if code in _STATUSES else 502  # as from a gateway: it may have passed at the next try


def start_of(payload: bytes) -> str:
    """Return the first characters of a body, without secrets, for a message."""
    return repr(without_secrets(payload[:_READ].decode("utf-8", "replace"))[:80])  # a key cut in two is not found
