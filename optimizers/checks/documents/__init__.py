"""What a multi-hop example must pass: one plain function a file, those that need a solver last (`Ablation`)."""

from .ablation import Ablation
from .answer_is_unique import answer_is_unique
from .asks_something_new import asks_something_new
from .evidence_is_on_subject import evidence_is_on_subject
from .follows_its_plan import follows_its_plan
from .guessing import above_chance, askings, odds, orders, swapped
from .hides_what_is_sought import hides_what_is_sought
from .hops_are_recomputed import hops_are_recomputed
from .library import Check, Facts, Library, library_of
from .neighbours_only import neighbours_only
from .removed_is_needed import removed_is_needed
from .running import DOCUMENT_CHECKS, DOCUMENT_REDUCTIONS, run_document_checks, run_document_reductions
from .spans_are_found import spans_are_found
from .within_hub_cap import within_hub_cap

__all__ = [
    "DOCUMENT_CHECKS",
    "DOCUMENT_REDUCTIONS",
    "Ablation",
    "Check",
    "Facts",
    "Library",
    "above_chance",
    "answer_is_unique",
    "askings",
    "asks_something_new",
    "evidence_is_on_subject",
    "follows_its_plan",
    "hides_what_is_sought",
    "hops_are_recomputed",
    "library_of",
    "neighbours_only",
    "odds",
    "orders",
    "removed_is_needed",
    "run_document_checks",
    "run_document_reductions",
    "spans_are_found",
    "swapped",
    "within_hub_cap",
]
