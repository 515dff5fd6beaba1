"""What an optimization found: records, and the summary a person reads."""

from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from ...data.records import Record


class Spending(Record):
    """What was spent, or a cap's part of it."""

    calls: int = 0
    """Calls of models."""
    tokens: int = 0
    """Of prompts and replies."""
    usd: float = 0.0
    """Dollars; 0 where no price is known."""
    metric_calls: int = 0
    """Results measured."""

    def plus(self, other: "Spending") -> "Spending":
        """Return the sum."""
        return Spending(
            calls=self.calls + other.calls,
            tokens=self.tokens + other.tokens,
            usd=self.usd + other.usd,
            metric_calls=self.metric_calls + other.metric_calls,
        )

    def minus(self, other: "Spending") -> "Spending":
        """Return the difference."""
        return self.plus(other.times(-1))

    def times(self, factor: int) -> "Spending":
        """Return a multiple."""
        return Spending(
            calls=self.calls * factor,
            tokens=self.tokens * factor,
            usd=self.usd * factor,
            metric_calls=self.metric_calls * factor,
        )

    def most(self, other: "Spending") -> "Spending":
        """Return the larger of each."""
        return Spending(
            calls=max(self.calls, other.calls),
            tokens=max(self.tokens, other.tokens),
            usd=max(self.usd, other.usd),
            metric_calls=max(self.metric_calls, other.metric_calls),
        )


class Shares(Record):
    """A mean of scores, with its 95 % interval."""

    mean: float
    low: float
    high: float
    of: int
    """Tasks measured."""

    def __str__(self) -> str:
        """Spell it as `0.93 (0.81 to 0.98)`."""
        return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"


class CandidateScores(Record):
    """One program that was tried."""

    id: str
    """Its hash, as provenance carries it."""
    number: int
    """In the order in which they came up; 0 is the baseline."""
    seen: float | None
    """Mean score on the tasks that the optimizer sees, as far as they were tried."""
    choosing: float | None
    """Mean score on the tasks that choose; None if none of them was tried."""
    parts: dict[str, float] = {}
    """Of a composite metric: the mean score of each part on the tasks that choose. The first part is measured of every
    result, the others only of those that it keeps."""
    complete: bool
    """All tasks that choose were tried: only then it can be chosen."""
    unscored: int
    """Results that could not be measured."""


@dataclass(frozen=True)
class Optimized:
    """Everything that an optimization found and spent."""

    program: Any
    """The best program if it is better, else the one that was given; a `dspy.Module` without a model of its own."""
    id: str
    """Its hash, as the provenance of its examples carries it."""
    better: bool
    """Measured on tasks that neither the optimizer saw nor the choice: the whole interval of the gain is above 0."""
    baseline: Shares
    """Score of the program that was given, on the measured tasks."""
    best: Shares
    """Score of the chosen one, on the same tasks."""
    gain: Shares
    """Best minus baseline, by paired bootstrap."""
    chosen: str
    """Hash of the chosen program, better or not."""
    chosen_program: Any
    """The chosen program itself: the best on the tasks that choose."""
    candidates: tuple[CandidateScores, ...]
    """In the order in which they came up."""
    spent: Spending
    exhausted: bool
    """The search ended because the budget was spent."""
    configuration: dict[str, JsonValue]
    parts: tuple[dict[str, float], dict[str, float]] = ({}, {})
    """Of a composite metric: the mean score of each part on the measured tasks, of the program that was given and of
    the chosen one; parts but the first are measured only of what the first one keeps."""
    notes: tuple[str, ...] = ()
    """What a reader of the figures must know, one sentence each."""

    def summary(self) -> dict[str, JsonValue]:
        """Return all but the program, as JSON."""
        given, best = self.parts
        return {
            "id": self.id,
            "better": self.better,
            "baseline": self.baseline.model_dump(mode="json"),
            "best": self.best.model_dump(mode="json"),
            "gain": self.gain.model_dump(mode="json"),
            **({"parts": {"baseline": {**given}, "best": {**best}}} if given else {}),
            "chosen": self.chosen,
            "candidates": [one.model_dump(mode="json") for one in self.candidates],
            "spent": self.spent.model_dump(mode="json"),
            "exhausted": self.exhausted,
            "configuration": self.configuration,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        """Say in two lines what came out, and what it took; of a composite metric in a third, what each part gave."""
        said = f"better: {self.best}" if self.better else f"no better: {self.best}"
        scored = f"\nscored by {self.scored_by}" if self.scored_by else ""
        took = f"{self.spent.metric_calls} results measured, {self.spent.calls} calls, {self.spent.tokens:,} tokens"
        return (
            f"{said}, baseline {self.baseline}, gain {self.gain.mean:+.2f} ({self.gain.low:+.2f} to "
            f"{self.gain.high:+.2f}) on {self.best.of} tasks\n{len(self.candidates)} programs tried; {took}{scored}"
        )

    @property
    def scored_by(self) -> str:
        """The parts of a composite metric with their weights and what each gave, before and after; else nothing."""
        weights, (given, best) = self.configuration.get("weights"), self.parts
        if not isinstance(weights, dict):
            return ""
        told = (f"{weight:g} {name} {_moved(given.get(name), best.get(name))}" for name, weight in weights.items())
        return f"{' + '.join(told)}; all but the first of what is kept"


def _moved(given: float | None, best: float | None) -> str:
    before, after = ("not measured" if one is None else f"{one:.2f}" for one in (given, best))
    return f"({before})" if before == after else f"({before} to {after})"
