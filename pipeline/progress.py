"""What a run says while it works: events for whoever shows them, and the log of times and money.

    run_recipe(recipe, folder, progress=lambda event: print(event))

Records of a run hold no clock value and no price; those go to `log.jsonl`, one event a line, with the time it was said.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import JsonValue

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
