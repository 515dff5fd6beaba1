"""Turns the cells that an engine gives into JSON, and counts them against the caps while they come in."""

import datetime
import json
import math
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

_WIDEST = 2**63
_ENCODE = json.JSONEncoder(ensure_ascii=True, check_circular=False, separators=(",", ":")).encode


class TooLarge(Exception):
    """A result over its caps; the message says which."""


def encode_result(columns: list[str], fetch: Callable[[int], Sequence[tuple[Any, ...]]], rows: int, size: int) -> bytes:
    """Fetch a result and return it as the JSON of a `ResultTable`; raises TooLarge at the caps."""
    kept: list[list[Any]] = []
    left = size
    while batch := fetch(min(256, rows + 1 - len(kept))):
        for row in batch:
            cells = [cell if cell.__class__ in _PLAIN else plain(cell) for cell in row]
            left -= sum([len(cell) if cell.__class__ is str else 8 for cell in cells])
            if left < 0:
                raise TooLarge(f"The result is too large: more than {size:,} bytes.")
            kept.append(cells)
        if len(kept) > rows:
            raise TooLarge(f"The result is too large: more than {rows:,} rows.")
    return _ENCODE({"columns": columns, "rows": kept}).encode("ascii")


_PLAIN = frozenset({str, type(None), bool})


def plain(cell: Any) -> Any:
    """Return a cell as JSON can hold it: exactly if possible, else as text."""
    kind = cell.__class__
    if kind is int:
        return cell if -_WIDEST <= cell < _WIDEST else str(cell)
    if kind is float:
        return cell if math.isfinite(cell) else "NaN" if math.isnan(cell) else "Infinity" if cell > 0 else "-Infinity"
    if kind is bytes:
        return cell.hex()
    if kind is datetime.datetime:
        return cell.isoformat(" ")
    if kind is Decimal:
        return plain(int(cell) if cell == cell.to_integral_value() and cell.as_tuple().exponent == 0 else float(cell))
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    if isinstance(cell, list | tuple | dict):
        return json.dumps(_nested(cell), ensure_ascii=False)
    return cell if kind in _PLAIN else str(cell)


def _nested(cell: Any) -> Any:
    if isinstance(cell, dict):
        return {str(plain(key)): _nested(value) for key, value in cell.items()}
    if isinstance(cell, list | tuple):
        return [_nested(value) for value in cell]
    return plain(cell)


_WARM = (datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC), uuid.UUID(int=0), Decimal("1.5"))


def warm() -> None:
    """Do once what loads code late."""
    for cell in _WARM:
        plain(cell)
