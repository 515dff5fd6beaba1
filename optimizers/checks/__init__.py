"""What a generated example must pass before a model is asked: one plain function a file, cheap ones first."""

from .answer_not_in_question import answer_not_in_question
from .asking import Check, ask, asks
from .every_clause_matters import every_clause_matters
from .executes import executes
from .is_deterministic import is_deterministic
from .is_not_empty import is_not_empty
from .literals_grounded import literals_grounded
from .not_a_duplicate import not_a_duplicate
from .running import CHECKS, REDUCTIONS, Reduction, run_checks, run_reductions
from .within_cap import within_cap

__all__ = [
    "CHECKS",
    "REDUCTIONS",
    "Check",
    "Reduction",
    "answer_not_in_question",
    "ask",
    "asks",
    "every_clause_matters",
    "executes",
    "is_deterministic",
    "is_not_empty",
    "literals_grounded",
    "not_a_duplicate",
    "run_checks",
    "run_reductions",
    "within_cap",
]
