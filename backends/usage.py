"""Usage counted across threads: `dspy.track_usage()` loses what worker threads spend.

with dspy.context(usage_tracker=SharedTracker()) as _:
dspy.Evaluate(...)(program)
"""

import threading
from typing import Any

from dspy.utils.usage_tracker import UsageTracker


class SharedTracker(UsageTracker):  # type: ignore[misc]  # dspy is untyped
    """A `UsageTracker` that the copies dspy makes for its threads share."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: object) -> "SharedTracker":
        return self

    def add_usage(self, lm: str, usage_entry: dict[str, Any]) -> None:
        """Add what one call came to."""
        with self._lock:
            super().add_usage(lm, usage_entry)
