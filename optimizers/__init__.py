"""Curation: checks, answerability, and the student that decides what it is trained on."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .checks import CHECKS, REDUCTIONS, Check, Reduction, run_checks, run_reductions
from .rules import KeepRule, learnability, pass_rate
from .selecting import Selection, draw_control, select, weighed

if TYPE_CHECKING:
    from .answerability import Answerability
    from .answerer import Answerer
    from .curating import Curated, curate
    from .teleprompter import Curate

__all__ = [
    "CHECKS",
    "REDUCTIONS",
    "Answerability",
    "Answerer",
    "Check",
    "Curate",
    "Curated",
    "KeepRule",
    "Reduction",
    "Selection",
    "curate",
    "draw_control",
    "learnability",
    "pass_rate",
    "run_checks",
    "run_reductions",
    "select",
    "weighed",
]

_ASK_MODELS = {
    "Answerability": ".answerability",
    "Answerer": ".answerer",
    "Curate": ".teleprompter",
    "Curated": ".curating",
    "curate": ".curating",
}


def __getattr__(name: str) -> Any:
    if name in _ASK_MODELS:  # these import dspy, which checks alone do not need
        return getattr(import_module(_ASK_MODELS[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
