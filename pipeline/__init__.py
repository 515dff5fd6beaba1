"""A recipe becomes a run: stages, replies on disk, resume, progress."""

from typing import TYPE_CHECKING, Any

from .progress import Event, Progress
from .reading import load_recipe, make_recipe, save_recipe
from .recipe import Recipe
from .result import RunResult, load_result
from .validate import validate

if TYPE_CHECKING:
    from .run import run_recipe

__all__ = [
    "Event",
    "Progress",
    "Recipe",
    "RunResult",
    "load_recipe",
    "load_result",
    "make_recipe",
    "run_recipe",
    "save_recipe",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name == "run_recipe":  # runs ask models, so this imports dspy
        from .run import run_recipe

        return run_recipe
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
