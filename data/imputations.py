"""What imputation did to the questions of a run, in figures that a person can judge it by."""

from .records import Record


class Rewording(Record):
    """One question before and after imputation."""

    before: str
    after: str


class Imputations(Record):
    """What imputation came to."""

    by: str
    """Who rebuilt the hops: `offline`, or the name of a model."""
    tried: int
    """Examples."""
    imputed: int
    failed: dict[str, int]
    """How many went on as they were, by the step at which that was decided: `hop` (there is no such hop), `rebuild`,
    `compose`, `checks`, `answer`."""
    words_before: float = 0.0
    """Mean number of words of the imputed questions, as they were; 0.0 if there are none."""
    words_after: float = 0.0
    perplexity_before: float | None = None
    """Of the imputed questions under the student before fine-tuning, over all their tokens; None: not measured."""
    perplexity_after: float | None = None
    unmeasured: str = ""
    """Why there is no perplexity, in one sentence."""
    shown: tuple[Rewording, ...] = ()
    """Some of them."""

    @property
    def share(self) -> float:
        """Share of the examples that were imputed, 0.0 to 1.0."""
        return self.imputed / self.tried if self.tried else 0.0
