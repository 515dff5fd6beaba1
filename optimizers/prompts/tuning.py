"""Tunes a solver's prompt on examples: what fine-tuning is to a model whose weights are not ours to change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...data.document_records import Example, Sources
from ...data.records import Part
from ...errors import TrainingError
from ..accuracy import Accuracy
from .optimizing import optimize_prompts
from .result import Optimized
from .tasks import CHOOSING, MEASURED, SEEN

TURNS: tuple[Part, ...] = (SEEN, CHOOSING, MEASURED, SEEN, CHOOSING)
"""What the examples are for, by turns: of five, two are seen, two choose, one measures."""


@dataclass(frozen=True)
class Turns:
    """Divides the examples of one slice: a solver may learn from all of them, so only chance decides.

    Sources are shared between the three: what tells how good a tuned prompt is, is asked of the held-out part.
    """

    by: str = "turn"
    notes: tuple[str, ...] = ()

    def split(self, examples: Sequence[Example]) -> dict[Part, tuple[Example, ...]]:
        """Deal the examples out in their order."""
        parts: tuple[Part, ...] = (SEEN, CHOOSING, MEASURED)
        dealt = [(TURNS[at % len(TURNS)], example) for at, example in enumerate(examples)]
        return {part: tuple(example for own, example in dealt if own == part) for part in parts}


@dataclass(frozen=True)
class Tuned:
    """A solver with the prompt that did best on the examples that choose."""

    solver: Any
    found: Optimized | None
    """How it was found; None where there were too few examples to look, and the prompt stayed as it was."""


def tune_prompt(
    solver: Any,
    lm: Any,
    examples: Sequence[Example],
    sources: Sources,
    *,
    what: str,
    prompting: Mapping[str, Any] | None = None,
) -> Tuned:
    """Optimize a solver's prompt on examples by accuracy, greedily asked.

    The best on the examples that choose is taken, measured better or not, as the last step of a fine-tuning is: what
    it is worth is asked of the held-out part. The prompt as it was is among the candidates.

    Args:
        solver: `programs.SQLReasoner` or `programs.HopReasoner`; it is not changed.
        lm: The model that it asks.
        examples: What to learn from, each once, however often it is given.
        sources: Of all examples.
        what: Name of the solver in errors: `LLMSynth`, `LLMCurated`, `the control`.
        prompting: Arguments of `optimize_prompts`: `optimizer`, a budget, `reflection`, `sizes`, `seed`, `workdir` …;
            left out, demonstrations are bootstrapped with 2,000 calls at most.

    Raises:
        TrainingError: there is nothing to learn from.
        ConfigError: an argument is wrong, or a price is not known.
        BudgetError: the budget does not cover the measurement of the prompt as it is.
    """
    distinct = {example.id for example in examples}
    if not distinct:
        raise TrainingError(f"There is no example left to tune {what} on; the verdicts say why each one was dropped.")
    if len(distinct) < len(set(TURNS)):
        return Tuned(solver, None)
    options = {"optimizer": "bootstrap", **(prompting or {})}
    if not any(name.startswith("budget_") for name in options):
        options["budget_calls"] = 2_000
    found = optimize_prompts(
        solver,
        sources,
        Accuracy(),
        lm=lm.copy(temperature=0.0),
        examples=examples,
        division=Turns(),
        **options,
    )
    return Tuned(found.chosen_program, found)
