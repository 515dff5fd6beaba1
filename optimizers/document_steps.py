"""What curation of documents does besides where it is asked to: imputation, and unanswerable twins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..data.document_records import Example
from ..data.imputations import Imputations
from ..data.records import Part
from ..errors import ConfigError
from .answerer import Answerer
from .checks.documents import DOCUMENT_CHECKS, Library, library_of
from .imputing import WhichHop, check_rebuilder, imputation_by, imputations, impute, settle
from .twinning import twins_of


@dataclass(frozen=True)
class DocumentSteps:
    """The two steps as one curation wants them."""

    sources: Any
    rebuilder: Any = None
    """`offline`, `synth`, a `dspy.LM`; None: nothing is imputed."""
    hop: WhichHop = 1
    share: float = 0.0
    """Twins for one example."""
    checks: Sequence[Any] | None = None
    """That an imputed question must pass; None: all."""
    seed: int = 0

    def check(self, documents: bool, solver: Any, student: Any, *, trained: bool = True) -> None:
        """Raise ConfigError for what cannot be done: on tables, of who sees no passages, or by who cannot."""
        if (self.rebuilder is not None or self.share) and not documents:
            raise ConfigError("Imputation and unanswerable twins are for documents; leave them out for tables.")
        if self.share < 0:
            raise ConfigError(f"unanswerable: a share of {self.share:g} cannot be made; write 0.2 for one in five.")
        if self.share and solver.context == "closed_book":
            raise ConfigError("unanswerable: twins lack a passage, and a solver that is asked closed-book sees none.")
        if self.hop != "random" and int(self.hop) < 1:
            raise ConfigError(f"imputed_hop: there is no hop {self.hop}; they count from 1, or write `random`.")
        if self.rebuilder == "synth":
            check_rebuilder(student, trained=trained)
        elif isinstance(self.rebuilder, str) and self.rebuilder != "offline":
            raise ConfigError(f"imputation: {self.rebuilder!r} is none; give `offline`, `synth` or a dspy.LM.")

    @cached_property
    def library(self) -> Library:
        """The sources with what checks look up in them."""
        return library_of(self.sources)

    def twins(self, examples: Sequence[Any]) -> tuple[Any, ...]:
        """Return twins of examples; none where none are wanted."""
        return twins_of(examples, self.library, share=self.share, seed=self.seed).made if self.share else ()

    def with_twins(self, parts: Mapping[Part, Sequence[Example]]) -> dict[Part, tuple[Example, ...]]:
        """Return every part with its twins."""
        return {part: (*examples, *self.twins(examples)) for part, examples in parts.items()}

    def imputed(
        self, parts: Mapping[Part, Sequence[Any]], judges: Mapping[Part, Answerer], student: Any
    ) -> tuple[dict[Part, tuple[Example, ...]], Imputations | None]:
        """Return the parts with those that are judged imputed, and the figures; None where nothing is wanted."""
        found: dict[Part, tuple[Any, ...]] = {part: tuple(examples) for part, examples in parts.items()}
        if self.rebuilder is None:
            return found, None
        checks = DOCUMENT_CHECKS if self.checks is None else self.checks
        asked: dict[str, Any] = {"hop": self.hop, "seed": self.seed}
        for part, synth in judges.items():
            rebuilder = synth.lm if self.rebuilder == "synth" else self.rebuilder
            program = imputation_by(rebuilder, synth.solver, synth.lm)
            made = impute(program, found[part], self.library, checks=checks, **asked)
            found[part] = tuple(settle(found[part], made, **asked))
        by = self.rebuilder if isinstance(self.rebuilder, str) else str(self.rebuilder.model)
        return found, imputations(by, [one for part in judges for one in found[part]], student)
