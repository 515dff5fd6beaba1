"""The sections of a recipe that say how prompts are optimized, and which optimized ones a run uses."""

from typing import Annotated, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from .models import Section


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
    weights: dict[Literal["answerability", "difficulty", "naturalness"], Annotated[float, Field(gt=0)]] = {}
    """What counts of an example, and how much; answerability alone if left out. `difficulty` is highest where the
    solver is right every other time, `naturalness` of wording is rated by the recipe's `judge`."""
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
        return dumped if self.weights else {name: value for name, value in dumped.items() if name != "weights"}

    @model_validator(mode="after")
    def _weighed(self) -> Self:
        if self.weights and "answerability" not in self.weights:
            raise ValueError("`weights` weigh against answerability; give that one too: {answerability: 1, …}")
        if self.weights and self.what == "solver":
            raise ValueError("`weights` are for what makes examples; a solver is measured by its accuracy")
        return self

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.questions is not None and self.what != "solver":
            raise ValueError("`questions` are what a solver is optimized on; with them write `what: solver`")
        if self.alternate and self.what != "generator":
            raise ValueError("`alternate` has steps of its own; leave `what` out")
        return self
