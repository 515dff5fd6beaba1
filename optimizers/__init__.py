"""Curation: checks, answerability, and the student that decides what it is trained on."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .checks import CHECKS, REDUCTIONS, Check, Reduction, run_checks, run_reductions
from .rules import KeepRule, learnability, pass_rate
from .selecting import Selection, draw_control, select, shown

if TYPE_CHECKING:
    from .accuracy import Accuracy
    from .answerability import Answerability
    from .answerer import Answerer
    from .composite import Composite, Cost, Difficulty, Diversity, Naturalness, Part
    from .curating import Curated, curate
    from .prompts import Optimized, Tuned, optimize_prompts, tune_prompt
    from .teleprompter import Curate

__all__ = [
    "CHECKS",
    "REDUCTIONS",
    "Accuracy",
    "Answerability",
    "Answerer",
    "Check",
    "Composite",
    "Cost",
    "Curate",
    "Curated",
    "Difficulty",
    "Diversity",
    "KeepRule",
    "Naturalness",
    "Optimized",
    "Part",
    "Reduction",
    "Selection",
    "Tuned",
    "curate",
    "draw_control",
    "learnability",
    "optimize_prompts",
    "pass_rate",
    "run_checks",
    "run_reductions",
    "select",
    "shown",
    "tune_prompt",
]

_ASK_MODELS = {
    "Accuracy": ".accuracy",
    "Answerability": ".answerability",
    "Answerer": ".answerer",
    **dict.fromkeys(("Composite", "Cost", "Difficulty", "Diversity", "Naturalness", "Part"), ".composite"),
    **dict.fromkeys(("Optimized", "Tuned", "optimize_prompts", "tune_prompt"), ".prompts"),
    "Curate": ".teleprompter",
    "Curated": ".curating",
    "curate": ".curating",
}


def __getattr__(name: str) -> Any:
    if name in _ASK_MODELS:  # these import dspy, which checks alone do not need
        return getattr(import_module(_ASK_MODELS[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
