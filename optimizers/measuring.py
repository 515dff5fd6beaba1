"""What every metric of prompts gives: a score, whether it is good enough to show as a demonstration, and words."""

from collections.abc import Callable
from typing import Any, Protocol, Self

import dspy

from ..data.records import Record

Wrap = Callable[[Any], Any]
"""From a `dspy.LM` to the one that is asked in its place: recorded, counted."""


class Measured(Record):
    """One result of a program, measured."""

    score: float | None
    """0.0 to 1.0; None: it could not be measured (a judge or solver that gave no reply)."""
    kept: bool
    """Good enough to be a demonstration."""
    words: str
    """For a model that rewrites prompts: what broke and where."""
    parts: dict[str, float] = {}
    """Of a composite: the score of each part by its name, 0.0 to 1.0, as far as they were measured."""


class Metric(Protocol):
    """Measures what a program made.

    - `measure(task, made)`: `task` is a `dspy.Example` with the sources, `made` what the program returned for it.
    - The same task and result give the same measure: models are asked with fixed seeds.
    - `with_models` returns the same metric with every model exchanged, so that calls are recorded and counted.
    """

    def measure(self, task: Any, made: Any) -> Measured:
        """Measure; raises ConfigError where the task lacks what is needed."""
        ...

    def with_models(self, wrap: Wrap) -> Self:
        """Return this metric with its models wrapped."""
        ...


class Faces:
    """The faces of a metric that DSPy's optimizers call; mixed into metrics that have `measure`."""

    measure: Callable[[Any, Any], Measured]

    def __call__(self, example: Any, pred: Any = None, trace: Any = None) -> float | bool:
        """Give a bool with a trace (bootstrapping), else the score; what could not be measured scores 0.0."""
        found = self.measure(example, pred)
        return found.kept if trace is not None else float(found.score or 0.0)

    def as_gepa(self) -> Callable[..., Any]:
        """Return the metric that GEPA wants: `dspy.Prediction(score=…, feedback=…)`."""

        def metric(gold: Any, pred: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None) -> Any:
            found = self.measure(gold, pred)
            return dspy.Prediction(score=float(found.score or 0.0), feedback=found.words)

        return metric


class Plain(Faces):
    """Any DSPy metric `(example, pred, trace=None)` as one of ours; its own models are not counted."""

    def __init__(self, metric: Callable[..., Any]) -> None:
        self.metric = metric

    def measure(self, task: Any, made: Any) -> Measured:
        """Call the metric; a number, a bool, or a `dspy.Prediction` with `score` and perhaps `feedback`."""
        found = self.metric(task, made)
        score = found.score if hasattr(found, "score") else found
        words = str(getattr(found, "feedback", "") or f"The score is {float(score):.2f}.")
        return Measured(score=min(1.0, max(0.0, float(score))), kept=float(score) >= 0.5, words=words)

    def with_models(self, wrap: Wrap) -> "Plain":
        """Return the same: its models are not known."""
        return self


def metric_of(given: Any) -> Any:
    """Return a metric as one of ours."""
    return given if hasattr(given, "measure") and hasattr(given, "with_models") else Plain(given)
