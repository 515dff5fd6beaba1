"""What provenance says of a program: a hash of its prompts, and the models it asks."""

from collections.abc import Mapping
from typing import Any

import dspy
from pydantic import JsonValue

from ..data import content_id
from .compiled import StagePrompts, predictors_of, prompt_of


def program_id(module: Any) -> str:
    """Hash instructions, fields and demonstrations of every predictor; `offline` if there is none."""
    found: dict[str, JsonValue] = {
        path: prompt_of(one).model_dump(mode="json") for path, one in predictors_of(module).items()
    }
    return content_id(found) if found else "offline"


def stages_id(stages: Mapping[str, StagePrompts]) -> str:
    """Hash all stages of a program as they lie on the disk, to what `program_id` gives of the program itself."""
    return content_id(
        {path: one.model_dump(mode="json") for stage in stages.values() for path, one in stage.prompts.items()}
    )


def models_of(module: Any) -> tuple[str, ...]:
    """Name the models that the predictors ask, in order of name; empty for offline programs."""
    found = {one.lm or dspy.settings.lm for one in predictors_of(module).values()}
    return tuple(
        sorted(
            {
                str(lm.model).rsplit("/", 1)[-1] if str(lm.model).startswith("local/") else str(lm.model)
                for lm in found
                if lm
            }
        )
    )
