"""What provenance says of a program: a hash of its prompts, and the models it asks."""

from typing import Any

import dspy
from pydantic import JsonValue

from ..data import content_id


def program_id(module: Any) -> str:
    """Hash instructions, fields and demonstrations of every predictor; `offline` if there is none."""
    states: list[JsonValue] = [
        [name, one.signature.instructions, sorted(one.signature.fields), [str(demo) for demo in one.demos]]
        for name, one in module.named_predictors()
    ]
    return content_id(states) if states else "offline"


def models_of(module: Any) -> tuple[str, ...]:
    """Name the models that the predictors ask, in order of name; empty for offline programs."""
    found = {one.lm or dspy.settings.lm for _, one in module.named_predictors()}
    return tuple(
        sorted(
            {
                str(lm.model).rsplit("/", 1)[-1] if str(lm.model).startswith("local/") else str(lm.model)
                for lm in found
                if lm
            }
        )
    )
