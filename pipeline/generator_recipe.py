"""The part of a recipe that says who writes the examples, and of what kinds."""

from typing import Literal, Self

from pydantic import field_validator, model_validator

from ..data.document_records import SIZES, Shape
from ..data.records import STYLES, Style
from .models import OF_ASKING, ModelRecipe


class GeneratorRecipe(ModelRecipe):
    """Who writes the examples, and of what kinds."""

    model: str = "offline"
    """`offline` (no language model), or a model as litellm spells it."""
    preset: Literal["default", "paper"] = "default"
    """`paper` asks as the paper does; it needs a model."""
    seeds: Literal["uniform", "statistics", "coverage", "model"] = "statistics"
    """How facts, or entities of documents, are chosen; `statistics`: of documents in several ways by turns; `model`: by
    the generator."""
    levels: Literal["balanced"] | tuple[int, ...] = "balanced"
    """Of questions on tables: levels of difficulty, 1 to 4; `balanced` is as many of each."""
    hops: tuple[int, ...] = (2, 3, 4)
    """Of questions on documents: how many documents each needs, used in turn; computed hops come on top."""
    shapes: tuple[Shape, ...] = tuple(SIZES)
    """Of questions on documents: how their hops hang together, used in turn."""
    styles: tuple[Style, ...] = STYLES
    """Styles of wording, used in turn."""

    @field_validator("levels")
    @classmethod
    def _levels(cls, levels: str | tuple[int, ...]) -> str | tuple[int, ...]:
        if isinstance(levels, tuple) and (not levels or not set(levels) <= {1, 2, 3, 4}):
            raise ValueError("levels are `balanced` or a list of numbers from 1 to 4")
        return levels

    @field_validator("styles")
    @classmethod
    def _styles(cls, styles: tuple[Style, ...]) -> tuple[Style, ...]:
        if not styles:
            raise ValueError("at least one style is needed")
        return styles

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if not self.hops or not self.shapes:
            raise ValueError("at least one number of `hops` and one of `shapes` are needed")
        for shape in self.shapes:
            if not set(SIZES[shape]) & set(self.hops):
                raise ValueError(f"shape `{shape}` takes {' or '.join(map(str, SIZES[shape]))} hops")
        return self

    @model_validator(mode="before")
    @classmethod
    def _set_aside(cls, values: object) -> object:
        """Leave aside how a language model is asked if `offline` stands in its place: models are swapped by name."""
        if not isinstance(values, dict) or values.get("model") != "offline":
            return values
        return {name: value for name, value in values.items() if name not in OF_ASKING}

    @model_validator(mode="after")
    def _needs_model(self) -> Self:
        wishes = {
            **dict.fromkeys(self.given(), True),
            "preset: paper": self.preset == "paper",
            "seeds: model": self.seeds == "model",
        }
        wish = next((name for name, wished in wishes.items() if wished), None)
        if self.model == "offline" and wish:
            raise ValueError(f"`{wish}` needs a language model; set `model` to one")
        return self
