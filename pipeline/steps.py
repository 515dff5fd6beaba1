"""The steps of `optimize: alternate`: what each changed, what it gained where nothing chose on it, if it was kept."""

from typing import TYPE_CHECKING, Any

from ..data.records import Record
from .stage import Run

if TYPE_CHECKING:
    from ..optimizers.prompts import Optimized

GENERATOR, WEIGHTS, SOLVER = "generator's prompts", "student's weights", "solver's prompt"


class Step(Record):
    """One step, measured before and after on the same tasks."""

    step: str
    """`generator's prompts`, `student's weights` or `solver's prompt`."""
    before: float
    """Mean score, 0.0 to 1.0: of a generator's prompts answerability or what `scored_by` says, of all else accuracy."""
    after: float
    gain: float
    low: float
    """Lower end of the 95 % paired bootstrap interval of the gain."""
    high: float
    of: int
    """Tasks or questions measured."""
    kept: bool
    """The whole interval lies above 0; else what was there before goes on."""
    scored_by: str = ""
    """What was weighed and what each part gave, where the recipe has `optimize.weights`."""

    @classmethod
    def of_scores(cls, step: str, before: list[float], after: list[float], seed: int) -> "Step":
        """Compare the scores on the same questions, in the same order."""
        from ..evaluation.bootstrap import paired_bootstrap

        gain, low, high = paired_bootstrap(after, before, seed=seed)
        of = len(before)
        was, became = (sum(before) / of, sum(after) / of) if of else (0.0, 0.0)
        return cls(step=step, before=was, after=became, gain=gain, low=low, high=high, of=of, kept=low > 0)

    @classmethod
    def of_search(cls, step: str, found: "Optimized") -> "Step":
        """Tell what a search for prompts came to."""
        gain = found.gain
        return cls(
            step=step,
            before=found.baseline.mean,
            after=found.best.mean,
            gain=gain.mean,
            low=gain.low,
            high=gain.high,
            of=gain.of,
            kept=found.better,
            scored_by=found.scored_by,
        )

    def __str__(self) -> str:
        """Say it in one line."""
        scored = f"; scored by {self.scored_by}" if self.scored_by else ""
        became = "kept" if self.kept else "no better, so what was there before goes on"
        return (
            f"{self.step}: {100 * self.before:.1f} % before, {100 * self.after:.1f} % after, gain "
            f"{100 * self.gain:+.1f} points ({100 * self.low:+.1f} to {100 * self.high:+.1f}) on {self.of}; {became}"
            f"{scored}"
        )


def steps_of(run: Run) -> tuple[Step, ...]:
    """Return the steps of a run, in their order; none of a run that does not alternate."""
    rows: list[Any] = [row for figures in run.figures.values() for row in _rows(figures.get("steps"))]
    return tuple(Step.model_validate(row) for row in rows)


def _rows(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
