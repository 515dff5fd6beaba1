r"""The reply log: every reply of a model on the disk before it is used, found again by everything that made it.

Layout of the folder: `segment-00001.log`, `segment-00002.log`, ... One process writes one segment and only appends.
A line is `CHECKSUM KEY JSON\n`; the checksum (CRC-32, eight hex digits) covers the rest of the line.
A line that does not match its checksum (the machine died while it was written) is skipped and reported, and its
reply is asked for again.
"""

import asyncio
import json
import os
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ..data.datasets import sync_folder, to_json
from ..data.records import Notice

GATHERING = 0.005
"""Seconds in which replies that came asynchronously gather for one sync: many syncs cost more than many replies."""


class _Place(NamedTuple):
    """Where the JSON of one reply lies."""

    segment: Path
    offset: int
    length: int


class ReplyLog:
    """An append-only, synced map from keys to replies. Safe for threads; several processes may share the folder.

    Replies that another process appends after this one opened the folder are not seen.
    """

    def __init__(self, folder: Path) -> None:
        """Open the folder, making it if need be, and index what it holds."""
        self.folder = folder
        self.notices: tuple[Notice, ...] = ()
        """Lines that could not be read back, one notice each."""
        self._places: dict[str, _Place] = {}
        self._readers: dict[Path, BinaryIO] = {}
        self._writer: BinaryIO | None = None
        self._written = 0
        self._pending: list[tuple[str, bytes, bytes]] = []
        self._queued = 0
        self._durable = 0
        self._lock = threading.Lock()
        self._commit = threading.Lock()
        self._awaiting: list[_Waiting] = []
        self._committing = False
        self._committer = ThreadPoolExecutor(1, "source2synth-replies")
        folder.mkdir(parents=True, exist_ok=True)
        for segment in sorted(folder.glob("segment-*.log")):
            self._index(segment)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the reply of that key, or None if it was never asked."""
        place = self._places.get(key)
        if place is None:
            return None
        with self._lock:
            reader = self._readers.get(place.segment) or self._readers.setdefault(
                place.segment, place.segment.open("rb")
            )
            reader.seek(place.offset)
            found: dict[str, Any] = json.loads(reader.read(place.length))
            return found

    def put(self, key: str, reply: Mapping[str, Any], *, asked: str = "") -> None:
        """Append a reply; returns when it is on the disk. Concurrent writers share one sync.

        Args:
            key: Of the reply.
            reply: What is kept; it has at least one field.
            asked: One more field of that name, spelled as JSON already.
        """
        self._append([_line(key, reply, asked)])

    def put_all(self, replies: Mapping[str, Mapping[str, Any]]) -> None:
        """Append replies by their keys; returns when all are on the disk, with one sync for all."""
        self._append([_line(key, reply) for key, reply in replies.items()])

    def _append(self, lines: list[tuple[str, bytes, bytes]]) -> None:
        with self._lock:
            self._pending += lines
            self._queued += len(lines)
            ticket = self._queued
        with self._commit:
            if self._durable < ticket:  # else an earlier writer took this one along
                self._flush()

    async def aput(self, key: str, reply: Mapping[str, Any], *, asked: str = "") -> None:
        """Append a reply as `put` does, without blocking the loop. One sync serves all who wait."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        with self._lock:
            self._pending.append(_line(key, reply, asked))
            self._queued += 1
            self._awaiting.append((loop, done))
            first = not self._committing
            self._committing = True
        if first:
            self._committer.submit(self._commit_waiting)
        await done  # who is cancelled here leaves the line in the queue all the same

    def _commit_waiting(self) -> None:
        """Commit until nobody waits any more, and tell them; in a thread of its own."""
        while True:
            time.sleep(GATHERING)
            with self._lock:
                waiting, self._awaiting = self._awaiting, []
                if not waiting:
                    self._committing = False
                    return
            error: OSError | None = None
            try:
                with self._commit:
                    self._flush()
            except OSError as failed:  # the disk is full
                error = failed
            for loop, waiters in _by_loop(waiting).items():
                with suppress(RuntimeError):  # a loop that has ended waits no more
                    loop.call_soon_threadsafe(_tell, waiters, error)

    def close(self) -> None:
        """Close the files; what was put is already safe."""
        self._committer.shutdown()
        with self._commit, self._lock:
            for file in (*self._readers.values(), *([self._writer] if self._writer else [])):
                file.close()
            self._readers, self._writer = {}, None

    def _flush(self) -> None:
        """Write and sync everything queued; the caller holds `_commit`."""
        with self._lock:
            batch, self._pending = self._pending, []
        try:
            writer = self._writer or self._begin()
            _write(writer, b"".join(line for _, line, _ in batch))
        except OSError:  # the disk is full: who comes next begins a segment, with what could not be written
            self._give_up(batch)
            raise
        segment = Path(writer.name)
        with self._lock:
            for key, line, body in batch:
                self._written += len(line)
                self._places[key] = _Place(segment, self._written - 1 - len(body), len(body))
            self._durable += len(batch)

    def _give_up(self, batch: list[tuple[str, bytes, bytes]]) -> None:
        with self._lock:
            self._pending = batch + self._pending
            if self._writer is not None:
                self._writer.close()
            self._writer = None

    def _begin(self) -> BinaryIO:
        """Start a segment of our own: an old one may end in a torn line."""
        number = 1 + max((int(path.stem.split("-")[1]) for path in self.folder.glob("segment-*.log")), default=0)
        while True:
            path = self.folder / f"segment-{number:05d}.log"
            try:
                self._writer = path.open("xb", buffering=0)  # no bytes of a failed write are left for the next one
            except FileExistsError:  # another process was faster
                number += 1
                continue
            sync_folder(self.folder)
            self._written = 0
            return self._writer

    def _index(self, segment: Path) -> None:
        offset = 0
        with segment.open("rb") as file:
            for number, line in enumerate(file, start=1):
                key, start = _checked(line)
                if key:
                    self._places[key] = _Place(segment, offset + start, len(line) - 1 - start)
                else:
                    message = "This reply was not written to its end; it will be asked for again."
                    self.notices += (Notice(file=str(segment), row=number, message=message),)
                offset += len(line)


def _write(file: BinaryIO, data: bytes) -> None:
    """Write it all, onto the disk."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]
    os.fsync(file.fileno())


_Waiting = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


def _by_loop(waiting: list[_Waiting]) -> dict[asyncio.AbstractEventLoop, "list[asyncio.Future[None]]"]:
    found: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for loop, done in waiting:
        found.setdefault(loop, []).append(done)
    return found


def _tell(waiters: "list[asyncio.Future[None]]", error: OSError | None) -> None:
    for done in waiters:
        if not done.done():
            done.set_result(None) if error is None else done.set_exception(error)


def _line(key: str, reply: Mapping[str, Any], asked: str = "") -> tuple[str, bytes, bytes]:
    """Return key, whole line and the JSON in it."""
    text = to_json(reply)
    body = (f'{text[:-1]},"asked":{asked}}}' if asked else text).encode("utf-8", "backslashreplace")
    rest = b"%s %s" % (key.encode(), body)
    return key, b"%08x %s\n" % (zlib.crc32(rest), rest), body


def _checked(line: bytes) -> tuple[str, int]:
    """Return a line's key and where its JSON starts; an empty key if the line is damaged."""
    checksum, _, rest = line.rstrip(b"\n").partition(b" ")
    key, _, _ = rest.partition(b" ")
    sound = line.endswith(b"\n") and len(checksum) == 8 and checksum == b"%08x" % zlib.crc32(rest)
    return (key.decode(), len(checksum) + 1 + len(key) + 1) if sound else ("", 0)
