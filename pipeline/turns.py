"""Small questions about a run that several stages ask."""

from typing import Literal, TypeVar

from pydantic import JsonValue

from ..backends.reply_keys import model_identity
from .stage import Run

T = TypeVar("T")


def is_offline(run: Run) -> bool:
    """Tell whether examples are made without a language model."""
    return "generator" not in run.given and run.recipe.generator.model == "offline"


def has_role(run: Run, role: Literal["generator", "judge"]) -> bool:
    """Tell whether there is a language model for a role."""
    named = getattr(run.recipe, role).model
    return role in run.given or named not in (None, "offline")


def role_identity(run: Run, role: Literal["generator", "judge"]) -> JsonValue:
    """Return all about the model of a role that makes its replies; None if there is none."""
    given = run.given.get(role)
    if given is not None:
        return model_identity(given.model)
    section = getattr(run.recipe, role)
    return {**section.identity, "model": model_identity(section.model)} if has_role(run, role) else None


def rotated(values: tuple[T, ...], by: int) -> tuple[T, ...]:
    """Start a cycle elsewhere.

    >>> rotated((1, 2, 3, 4), 6)
    (3, 4, 1, 2)
    """
    start = by % len(values)
    return values[start:] + values[:start]
