"""The sections of a recipe that say how prompts are optimized, and which optimized ones a run uses."""

import difflib
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator

from .models import Section

Weighed = Literal["answerability", "naturalness", "diversity", "difficulty", "cost"]
"""What can count of an example, by the name of its measure in `optimizers/composite.py`."""


class ProgramsRecipe(Section):
    """Compiled programs, as `source2synth optimize` writes them, that a run uses; a bare folder is the generator's."""

    generator: str | None = None
    """Folder of the prompts that make the examples."""
    solver: str | None = None
    """Folder of the prompt by which questions are answered: by a student whose prompt is tuned, where the tuning begins
    with it, and by a prompted judge of documents."""
    imputation: str | None = None
    """Folder of the prompts that rebuild a hop and the question with it."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, values: object) -> object:
        return {"generator": values} if values is None or isinstance(values, str) else values


class OptimizeRecipe(Section):
    """How prompts are optimized: by `source2synth optimize`, and by runs that alternate or tune a student's prompt."""

    alternate: bool = False
    """A run optimizes the generator's prompts, curates and trains with them, then the solver's prompt on the new
    weights; each step is measured where nothing chose on it, and kept only if it is better."""

    what: Literal["generator", "solver", "imputation"] = "generator"
    """Whose prompts `source2synth optimize` rewrites: of the program that makes examples, of the one that answers
    questions, or, of documents, of the one that rebuilds a hop of an example."""
    questions: str | None = None
    """Of the solver: file of human questions (JSON lines) to optimize it on; the run's own examples if left out."""
    optimizer: Literal["gepa", "mipro", "bootstrap", "bootstrap_random", "copro", "none"] = "gepa"
    """Who searches; `none` measures the prompts as they are."""
    stages: tuple[str, ...] = ()
    """Stages of the program whose prompts are optimized; all that ask a model if left out."""
    jointly: bool = False
    """Let GEPA rewrite all stages at once."""
    solver: Literal["judge", "generator", "student"] = "generator"
    """Which model's answers count: one prompted, or the student as it is before any training. If the solver itself is
    optimized, whose prompt that is."""
    weights: dict[Weighed, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = {}
    """What counts of an example, and how much; answerability alone if left out. `difficulty` is highest where the
    solver is right every other time, `naturalness` of wording is rated by the recipe's `judge`, `diversity` is being
    unlike the questions of `curation.human`, `cost` falls with the tokens that an example took."""
    costly_tokens: int = Field(default=10_000, ge=1)
    """Tokens, of prompts and replies, at which an example's `cost` scores nothing; one that took none scores 1."""
    budget_calls: int | None = Field(default=None, ge=1)
    """Calls of models, at most; 2,000 if no budget is given."""
    budget_usd: float | None = Field(default=None, gt=0)
    """Dollars, at most."""
    budget_tokens: int | None = Field(default=None, ge=1)
    """Tokens of prompts and replies, at most."""
    seen: int = Field(default=24, ge=1)
    """Tasks that the optimizer sees, from slice 0."""
    choosing: int = Field(default=16, ge=1)
    """Tasks that choose between candidates, from slice 1."""
    measured: int = Field(default=40, ge=1)
    """Tasks that measure baseline and best at the end, from the held-out part."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, values: object) -> object:
        return {"alternate": True} if values == "alternate" else values

    @property
    def budget(self) -> dict[str, float | int | None]:
        """Arguments of `optimize_prompts`."""
        given = {"budget_calls": self.budget_calls, "budget_usd": self.budget_usd, "budget_tokens": self.budget_tokens}
        return given if any(value is not None for value in given.values()) else {"budget_calls": 2_000}

    @model_validator(mode="after")
    def _stages_once(self) -> Self:
        if len(set(self.stages)) < len(self.stages):
            raise ValueError("a stage is named twice in `stages`")
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, serialize: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave weights out where there are none, so that stages made before there were any keep their keys."""
        dumped: dict[str, object] = serialize(self)
        unused = {"weights": not self.weights, "costly_tokens": "cost" not in self.weights}
        return {name: value for name, value in dumped.items() if not unused.get(name)}

    @field_validator("weights", mode="before")
    @classmethod
    def _known_weights(cls, weights: object) -> object:
        known = get_args(Weighed)
        unknown = next((name for name in weights if name not in known), None) if isinstance(weights, dict) else None
        if unknown is not None:
            close = difflib.get_close_matches(str(unknown), known, n=1)
            meant = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            raise ValueError(f"{str(unknown)!r} cannot be weighed; {meant}")
        return weights

    @model_validator(mode="after")
    def _weighed(self) -> Self:
        if self.weights and "answerability" not in self.weights:
            raise ValueError("`weights` weigh against answerability; give that one too: {answerability: 1, …}")
        if self.weights and self.what == "solver":
            raise ValueError("`weights` are for what makes examples; a solver is measured by its accuracy")
        if "cost" in self.weights and self.what == "imputation":
            raise ValueError("`weights`: the tokens of an imputation are not counted; leave `cost` out")
        if "costly_tokens" in self.model_fields_set and "cost" not in self.weights:
            raise ValueError("`costly_tokens` is for the weight `cost`; give that one too, or leave both out")
        return self

    def check_tuned(self) -> None:
        """Raise ValueError if this cannot be had with a student whose prompt is tuned."""
        if self.alternate:
            raise ValueError("optimize.alternate: trains weights by turns with prompts; a tuned prompt has none")
        if self.weights:
            raise ValueError(
                "optimize.weights: are for what makes examples; the prompt of a student is tuned by its accuracy; "
                "leave them out"
            )

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.questions is not None and self.what != "solver":
            raise ValueError("`questions` are what a solver is optimized on; with them write `what: solver`")
        if self.alternate and self.what != "generator":
            raise ValueError("`alternate` has steps of its own; leave `what` out")
        return self
