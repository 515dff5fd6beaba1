"""Values that files hold with a type of their own (dates, decimals, lists, bytes) become cells."""

import datetime as dt
import json
import math
from decimal import Decimal
from uuid import UUID

from ..records import Cell
from .grid import Raw


def simple(value: Raw) -> Cell:
    """Turn a native value into a cell: dates into ISO text, lists and objects into JSON text, `NaN` into None."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    return _other(value)


def _other(value: Raw) -> Cell:
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
        return moment.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return simple(int(value) if value == value.to_integral_value() else float(value)) if value.is_finite() else None
    if isinstance(value, bytes | bytearray | memoryview):
        return as_text(bytes(value))
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=_inside)
    return str(value)


def _inside(value: object) -> Cell:
    """Write what JSON does not know inside a list or object."""
    return str(value) if isinstance(value, UUID | dt.timedelta) else simple(value)


def as_text(data: bytes) -> str | None:
    """Read bytes that are UTF-8 text without control signs; None for other bytes."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if all(sign.isprintable() or sign in "\n\r\t" for sign in text) else None
