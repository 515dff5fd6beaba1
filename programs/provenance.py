"""What provenance says of a program: a hash of its prompts, and the models it asks."""

from typing import Any

import dspy
from pydantic import JsonValue

from ..data.records import content_id


def program_id(module: Any) -> str:
    """Hash the instructions, fields and demonstrations of every predictor; `offline` if there is none."""
    states: list[JsonValue] = [
        [name, one.signature.instructions, _fields(one.signature), [_demo(demo) for demo in one.demos]]
        for name, one in module.named_predictors()
    ]
    return content_id(states) if states else "offline"


def _fields(signature: Any) -> list[JsonValue]:
    """Spell the fields in their order: they are part of the prompt, as is what is said of them."""
    return [
        [name, info.json_schema_extra.get("desc", ""), str(info.annotation)] for name, info in signature.fields.items()
    ]


def _demo(demo: Any) -> JsonValue:
    return sorted([str(name), str(value)] for name, value in demo.items())


def models_of(module: Any) -> tuple[str, ...]:
    """Name the models that the predictors ask, in order of name; empty for offline programs.

    A model in a folder goes by the folder's own name: where the folder lies is no part of what made an example.
    """
    found = {one.lm or dspy.settings.lm for _, one in module.named_predictors()}
    return tuple(sorted(_name(str(lm.model)) for lm in found if lm))


def _name(model: str) -> str:
    """Leave out the folder of a local model: provenance is the same on every machine."""
    return model.rsplit("/", 1)[-1] if model.startswith("local/") else model
