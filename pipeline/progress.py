"""What a run says while it works: events for whoever shows them, and the log of times and money.

    run_recipe(recipe, folder, progress=lambda event: print(event))

Records of a run hold no clock value and no price; those go to `log.jsonl`, one event a line, with the time it was said.
"""

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import JsonValue

from ..backends.faults import Fault
from ..data.records import Record


class Event(Record):
    """One thing that happened in a run."""

    kind: Literal["started", "reused", "advanced", "finished", "note", "interrupted"]
    """`reused`: the stage was complete already; nothing was done for it."""
    stage: str = ""
    """Name of the stage; empty for what concerns the run."""
    done: int = 0
    """Units of the stage that are finished, those of earlier goes included."""
    total: int | None = None
    """Units of the stage; None while unknown."""
    unit: str = ""
    """What is counted: `examples`, `steps`, `questions`."""
    figures: dict[str, JsonValue] = {}
    """Counts so far, by name: `kept`, `dropped`, `loss`."""
    message: str = ""
    """One sentence for a person; empty if the counts say it."""
    seconds: float | None = None
    """How long the stage took in this go, for `finished`."""


Progress = Callable[[Event], None]
"""Takes every event of a run, from the thread that the event happens in; must not raise."""


def silent(event: Event) -> None:
    """Say nothing."""


class RunLog:
    """Writes `log.jsonl`, passes every event on, and adds up what new replies cost. Safe for threads."""

    def __init__(self, path: Path, progress: Progress = silent) -> None:
        self._path = path
        self._progress = progress
        self._lock = threading.Lock()
        self._began: dict[str, float] = {}
        self._spent: dict[str, dict[str, float]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")

    def say(self, event: Event) -> None:
        """Log an event and pass it on; `advanced` is passed on only."""
        if event.kind == "started":
            self._began[event.stage] = time.monotonic()
        elif event.kind == "finished":
            event = event.model_copy(update={"seconds": time.monotonic() - self._began.get(event.stage, 0)})
        if event.kind != "advanced":
            self._write(event.model_dump(mode="json", exclude_defaults=True))
        self._progress(event)

    def paid(self, entry: Mapping[str, Any]) -> None:
        """Add a new reply to what its model has cost in this go."""
        usage = entry.get("usage") or {}
        with self._lock:
            spent = self._spent.setdefault(str(entry["model"]), {"replies": 0, "in": 0, "out": 0, "dollars": 0.0})
            spent["replies"] += 1
            spent["in"] += usage.get("prompt_tokens") or 0
            spent["out"] += usage.get("completion_tokens") or 0
            spent["dollars"] += entry.get("cost") or 0.0

    def fault(self, role: str, fault: Fault) -> None:
        """Log something that went wrong when the model of a role was asked."""
        said = fault.model_dump(mode="json", exclude_defaults=True)
        self._write({**said, "kind": "fault", "role": role, "fault": fault.kind})

    def close(self) -> None:
        """Write what was spent in this go, and close the file."""
        for model, spent in sorted(self._spent.items()):
            self._write({"kind": "spent", "model": model, **spent})
        self._file.close()

    def _write(self, row: dict[str, Any]) -> None:
        line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "process": os.getpid(), **row})
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


def count_faults(path: Path) -> dict[str, dict[str, int]]:
    """Count the faults of a log by role and kind, over all goes at a run; `mended` counts replies put right.

    A reply that is read again on a later go is one fault, however often it is logged.
    """
    counted: dict[str, Counter[str]] = {}
    seen: set[tuple[str, str, str, bool]] = set()
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = _fault_in(line)
            if row is None:
                continue
            role, kind, reply, mended = row["role"], row["fault"], row.get("reply", ""), row.get("mended", False)
            if reply and (role, kind, reply, mended) in seen:
                continue
            seen.add((role, kind, reply, mended))
            counted.setdefault(role, Counter())["mended" if mended else kind] += 1
    return {role: dict(sorted(counts.items())) for role, counts in sorted(counted.items())}


def _fault_in(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:  # a line cut off by a kill
        return None
    return row if isinstance(row, dict) and row.get("kind") == "fault" else None
