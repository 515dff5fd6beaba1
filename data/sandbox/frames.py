"""Frames between the sandbox and its workers: a length, one byte that says what it is, and a payload.

Payloads are JSON or text in both directions, never pickle: what a worker sends back is data, even from a worker
that was taken over. Shared by both sides, so it imports nothing but the standard library.
"""

import os
import struct

_HEADER = struct.Struct("<IB")

READY, LOADED, OK, REFUSED, SYNTAX, FAILED, TIMEOUT, TOO_LARGE, LOAD_FAILED, RETIRED = range(10)
"""What a frame is: the worker started; a database is loaded; one reply to one query; the database could not be
loaded; the worker asks to be replaced before the next query."""

KINDS = {OK: "ok", REFUSED: "refused", SYNTAX: "syntax", FAILED: "failed", TIMEOUT: "timeout", TOO_LARGE: "too_large"}
"""Frames that answer a query, by the `kind` of an `Execution`."""


class Failure(Exception):
    """A query that did not give a result: what frame says so, and the sentence for it."""

    def __init__(self, kind: int, message: str, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.fatal = fatal


def encode(kind: int, payload: bytes = b"") -> bytes:
    """Return one frame as bytes."""
    return _HEADER.pack(len(payload), kind) + payload


def decode(buffer: bytearray) -> list[tuple[int, bytes]]:
    """Take all complete frames off the front of the buffer."""
    frames: list[tuple[int, bytes]] = []
    start = 0
    while len(buffer) - start >= _HEADER.size:
        length, kind = _HEADER.unpack_from(buffer, start)
        end = start + _HEADER.size + length
        if len(buffer) < end:
            break
        frames.append((kind, bytes(buffer[start + _HEADER.size : end])))
        start = end
    del buffer[:start]
    return frames


def read_frame(fd: int) -> bytes | None:
    """Read one whole frame from a blocking pipe; None when the other side is gone."""
    header = _read_exactly(fd, _HEADER.size)
    if header is None:
        return None
    return _read_exactly(fd, _HEADER.unpack(header)[0])


def _read_exactly(fd: int, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        part = os.read(fd, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def write_all(fd: int, data: bytes) -> None:
    """Write everything to a blocking pipe."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
