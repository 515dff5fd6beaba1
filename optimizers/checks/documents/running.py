"""Runs the checks of documents over many examples; the first drop decides."""

from collections.abc import Callable, Sequence

from ....data.document_records import MultiHopExample
from ....data.records import Verdict
from ..verdicts import kept
from .answer_is_unique import answer_is_unique
from .asks_something_new import asks_something_new
from .evidence_is_on_subject import evidence_is_on_subject
from .follows_its_plan import follows_its_plan
from .hides_what_is_sought import hides_what_is_sought
from .hops_are_recomputed import hops_are_recomputed
from .library import Check, Library
from .neighbours_only import neighbours_only
from .spans_are_found import spans_are_found
from .within_hub_cap import within_hub_cap

DOCUMENT_CHECKS: tuple[Check, ...] = (
    follows_its_plan,
    spans_are_found,
    evidence_is_on_subject,
    hops_are_recomputed,
    hides_what_is_sought,
    answer_is_unique,
    neighbours_only,
)
"""The checks in their order: those that look at the records alone first."""

DocumentReduction = Callable[[Sequence[MultiHopExample]], list[Verdict]]
"""`examples -> verdicts`, one for each example, in their order; decides in id order, whatever that order."""

DOCUMENT_REDUCTIONS: tuple[DocumentReduction, ...] = (asks_something_new, within_hub_cap)
"""What needs all examples of a run at once; applied to those the checks kept."""


def run_document_checks(
    examples: Sequence[MultiHopExample], library: Library, checks: Sequence[Check] = DOCUMENT_CHECKS
) -> list[Verdict]:
    """Check every example; the first check that drops it decides. One verdict an example, in their order.

    `follows_its_plan` goes first: the checks after it take documents, hops and shape to fit together.
    """
    return [_checked(example, library, checks) for example in examples]


def run_document_reductions(
    examples: Sequence[MultiHopExample], reductions: Sequence[DocumentReduction] = DOCUMENT_REDUCTIONS
) -> list[Verdict]:
    """Apply reductions one after another, each to what the ones before it kept; one verdict an example, in order."""
    alive = list(examples)
    decided: dict[str, Verdict] = {}
    for reduction in reductions:
        decided.update((verdict.example_id, verdict) for verdict in reduction(alive))
        alive = [example for example in alive if decided[example.id].outcome == "kept"]
    return [decided.get(example.id) or kept(example, "reductions") for example in examples]


def _checked(example: MultiHopExample, library: Library, checks: Sequence[Check]) -> Verdict:
    for check in checks:
        verdict = check(example, library)
        if verdict.outcome != "kept":
            return verdict
    return kept(example, "checks", f"Passed {len(checks)} checks.")
