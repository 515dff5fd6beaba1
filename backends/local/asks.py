"""What the thread of local models is asked, what it answers, and how it fails."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ...errors import ConfigError
from .scoring import Scoring


@dataclass(frozen=True)
class Ask:
    """One request, as the thread needs it."""

    model: str
    turns: tuple[tuple[str, str], ...]
    """Role and text, oldest first."""
    limit: int
    """Most tokens of the reply."""
    temperature: float
    top_p: float
    seed: int | None
    """None: the n-th equal ask of this process gets n."""
    schema: str | None = None
    """JSON schema that the reply is held to, as JSON."""
    stop: tuple[str, ...] = ()
    """Texts that end the reply before them."""
    heard: Callable[[str], bool] | None = None
    """Called in the worker's thread with the reply so far, after every token, and says whether to go on. Must not block
    or fail."""

    wanted: Callable[[], bool] | None = None
    """Called there too, after every token: whether anybody still waits. Another process does not call it."""

    def with_listener(self, heard: Callable[[str], bool]) -> "Ask":
        """Return the same ask with someone who listens."""
        return replace(self, heard=heard)


@dataclass(frozen=True)
class Reply:
    """One answer, with what it cost."""

    text: str
    input_tokens: int
    output_tokens: int
    finished: bool
    """False: cut off at the limit."""


class PromptTooLongError(Exception):
    """The prompt leaves no room for a reply in the model's context."""


class RefusedError(ConfigError):
    """The chat template of a model refuses the turns."""


class QueueFullError(Exception):
    """More asks wait than the worker holds."""


class ClosedError(Exception):
    """The engine was closed while the ask waited."""


CLOSED = "The engine of local models was closed before it answered."
"""What who waits is told then."""


class Waiting(NamedTuple):
    """An ask and who waits for its answer."""

    ask: Ask | Scoring
    future: Future[Any]
    since: float
    """By the monotonic clock, in seconds."""


def fail(future: Future[Any], error: Exception) -> None:
    """Give an error to who waits, unless they have an answer."""
    if not future.done():
        future.set_exception(error)
