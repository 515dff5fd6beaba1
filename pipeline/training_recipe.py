"""The section of a recipe that says how a student is fine-tuned."""

from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from .models import Section


class TrainingRecipe(Section):
    """How a student is fine-tuned; every training of a run is done in this way."""

    epochs: float | None = Field(default=None, gt=0)
    """Passes over the rows; 4 if neither this nor `max_steps` is given."""
    max_steps: int | None = Field(default=None, ge=1)
    """Optimizer steps, instead of `epochs`."""
    learning_rate: float = Field(default=5e-4, gt=0)
    batch_size: int = Field(default=16, ge=1)
    """Rows a step."""
    method: Literal["full", "lora", "dora", "qlora"] | None = None
    """All weights or low-rank adapters; the student's own default if left out."""
    rank: int | None = Field(default=None, ge=1)
    """Of low-rank adapters; 16 if left out."""
    alpha: float | None = Field(default=None, gt=0)
    """Low-rank adapters are scaled by `alpha / rank`; twice the rank if left out."""
    dropout: float | None = Field(default=None, ge=0, lt=1)
    """Of the inputs of low-rank adapters; none if left out."""
    target_modules: str | tuple[str, ...] = "all-linear"
    """Which layers get low-rank adapters: all linear ones but the head, or names of modules."""
    precision: Literal["float32", "bfloat16"] | None = None
    """bfloat16 on a GPU that has it, else float32, if left out."""
    gradient_checkpointing: bool | None = None
    """Save memory for time; on a GPU if left out."""
    packing: bool = False
    """Several rows in one sequence."""
    sharing: int = Field(default=1, ge=1)
    """Rows that may share one reading of the beginning they have in common, such as a table; divides `batch_size`."""
    renaming: float = Field(default=0.0, ge=0, le=1)
    """Share of the words of tables that are new each time they are shown: a small student then learns to copy names."""
    evaluation_share: float = Field(default=0.0, ge=0, le=0.5)
    """Share of the training rows on which the loss is only measured."""
    patience: int | None = Field(default=None, ge=1)
    """End after so many measurements without a better one; 20 are made."""
    merge: bool = False
    """Add low-rank adapters to the weights of the base."""
    processes: int = Field(default=1, ge=1)
    """Processes that share a step, one a GPU."""
    at_once: int = Field(default=1, ge=1)
    """Models that learn side by side where a run trains several, each in a process of its own; the same weights."""

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if self.epochs is not None and self.max_steps is not None:
            raise ValueError("give `epochs` or `max_steps`, not both")
        if self.patience is not None and not self.evaluation_share:
            raise ValueError("`patience` needs rows to measure on: give `evaluation_share`, 0.1 for one row in ten")
        return self

    @property
    def arguments(self) -> dict[str, JsonValue]:
        """The arguments of `backends.train` that this spells, apart from seed and folder; all that shapes weights."""
        given = self.model_dump(mode="json", exclude_none=True, exclude={"at_once"})
        return given if "max_steps" in given else {"epochs": 4.0, **given}
