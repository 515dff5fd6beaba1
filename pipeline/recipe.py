"""A recipe: everything that decides what a run does, as one frozen record."""

import difflib
import re
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from ..errors import ConfigError
from .generator_recipe import GeneratorRecipe
from .models import OF_MODELS, ModelRecipe, RoleRecipe, Section, ServedRecipe
from .prompts_recipe import OptimizeRecipe, ProgramsRecipe
from .training_recipe import TrainingRecipe


class SourceRecipe(Section):
    """What to read."""

    path: str
    """File or folder; a relative one counts from the recipe's folder."""
    kind: Literal["tables", "documents"] = "tables"
    """What is there: tables, asked about by SQL, or documents, asked about in several hops."""
    tables: tuple[str, ...] | None = None
    """Names of the tables to use; all if left out."""

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        if self.kind == "documents" and self.tables is not None:
            raise ValueError("`tables` names tables; leave it out where `kind` is documents")
        return self


class ExamplesRecipe(Section):
    """How many examples to make."""

    count: int = Field(default=600, ge=1)
    """Examples over all parts, before checks; fewer if the sources do not give as many."""


class PartsRecipe(Section):
    """How the sources are divided, before anything is generated. The shares sum to 1."""

    held_out: float = Field(default=0.2, gt=0, le=1)
    """For measuring only."""
    slice_0: float = Field(default=0.4, gt=0, le=1)
    """LLMSynth is trained on it."""
    slice_1: float = Field(default=0.4, gt=0, le=1)
    """LLMSynth curates it, and LLMCurated is trained on what is kept."""

    @model_validator(mode="after")
    def _sum(self) -> Self:
        total = self.held_out + self.slice_0 + self.slice_1
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares of the three parts sum to {total:g}, not to 1")
        return self


class StudentRecipe(ServedRecipe, ModelRecipe):
    """The model that learns: LLMSynth and LLMCurated both start from it."""

    model: str = "tiny"
    """`tiny`, `local/<folder>` or `local/<hub id>`; where its prompt is tuned any, by default the generator's."""
    tuned: Literal["weights", "prompt"] = "weights"
    """What of it is changed: its weights are fine-tuned, or the prompt is optimized as `optimize` says."""
    context: Literal["gold", "gold+distractors", "closed_book"] = "gold"
    """What it sees of a question's documents: their passages, these among distractors, or none."""


class JudgeRecipe(ServedRecipe, RoleRecipe):
    """The model that the ablation asks, and that rates wording."""


class CurationRecipe(Section):
    """How slice 1 is judged and what is kept of it."""

    k: int = Field(default=3, ge=1, le=64)
    """Tries of LLMSynth an example; of questions with two choices in each order, where 1 or 2 prove nothing."""
    keep: str = "any"
    """How many tries must be right: `any`, `majority`, `all`, or `>= 4 of 8` (which sets `k` to 8)."""
    temperature: float = Field(default=0.7, ge=0, le=2)
    """Sampling temperature of the tries."""
    half: Literal["one", "both"] = "one"
    """`both`: each half is curated by the model of the other."""
    learnability: bool = False
    """Weigh kept examples by p(1-p), p the share of right tries."""
    balance: bool = False
    """Weigh kept examples so that each shape of SQL or of hops has the share it had before the filter."""
    human: str | None = None
    """File of human examples (JSON lines) that are mixed into the training of LLMCurated."""
    perturbed: int = Field(default=0, ge=0, le=32)
    """Of tables: perturbed contents on which a try must agree too."""
    imputation: Literal["none", "offline", "synth", "generator", "judge"] = "none"
    """Of documents: who rebuilds one hop of what is judged, and the question with it: nobody, other words (`offline`),
    LLMSynth, or the model of a role."""
    imputed_hop: Annotated[int, Field(ge=1)] | Literal["random"] = 1
    """Which hop that is, from 1, or `random`."""
    unanswerable: float = Field(default=0.0, ge=0, le=1)
    """Of documents: unanswerable twins for one example."""
    ablation: bool = True
    """Of documents: keep only what is answered with all of them and with none of them left out."""
    control: bool = True
    """Train the control: as many examples of slice 1 as were kept, drawn at random."""

    @property
    def rule(self) -> str:
        """The rule with its number of tries: `any of 3`."""
        return self.keep if " of " in self.keep else f"{self.keep} of {self.k}"

    @model_validator(mode="before")
    @classmethod
    def _tries_of_rule(cls, values: object) -> object:
        named = re.search(r" of (\d+)\s*$", str(values.get("keep", ""))) if isinstance(values, dict) else None
        return {"k": int(named[1]), **values} if named and isinstance(values, dict) else values

    @model_validator(mode="after")
    def _possible(self) -> Self:
        from ..optimizers.rules import KeepRule

        try:
            KeepRule.parse(self.keep, self.k)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self


class EvaluationRecipe(Section):
    """What the models are measured on, apart from the held-out questions."""

    human: tuple[str, ...] = ()
    """Files of human questions with answers (JSON lines); relative ones count from the recipe's folder."""
    seeds: int = Field(default=1, ge=1, le=20)
    """Training seeds: every model is trained and measured as many times."""
    held_out_limit: int = Field(default=300, ge=0)
    """At most so many held-out questions are asked; 0 is all."""


class Recipe(Section):
    """One run: from a folder of tables or documents to a curated dataset and a fine-tuned model.

    Example:
        >>> Recipe(name="demo", source=SourceRecipe(path="tables")).curation.k
        3
    """

    name: str = Field(pattern=r"^[\w][\w.-]*$")
    """Name of the run and of its folder."""
    source: SourceRecipe
    seed: int = 0
    """Where all randomness of the run comes from."""
    generator: GeneratorRecipe = GeneratorRecipe()
    examples: ExamplesRecipe = ExamplesRecipe()
    parts: PartsRecipe = PartsRecipe()
    checks: Literal["default"] | tuple[str, ...] = "default"
    """Names of the checks to run, in order; `default` is all of them."""
    student: StudentRecipe = StudentRecipe()
    judge: JudgeRecipe = JudgeRecipe()
    """Asked by the ablation whether an example needs all its documents; LLMSynth if left out."""
    reflection: RoleRecipe = RoleRecipe()
    """Reads what went wrong and proposes better prompts; the generator if left out."""
    training: TrainingRecipe = TrainingRecipe()
    curation: CurationRecipe = Field(default_factory=CurationRecipe)
    evaluation: EvaluationRecipe = EvaluationRecipe()
    optimize: OptimizeRecipe = OptimizeRecipe()
    programs: ProgramsRecipe = ProgramsRecipe()

    @model_validator(mode="after")
    def _sayable(self) -> Self:
        if self.source.kind == "documents" and set(self.generator.styles) == {"vague"}:
            raise ValueError("documents are not asked about in the style `vague`; give `generator.styles` others")
        return self

    @model_validator(mode="after")
    def _of_documents(self) -> Self:
        curation = self.curation
        wishes = {"imputation": curation.imputation != "none", "unanswerable": curation.unanswerable > 0}
        wish = next((name for name, wished in wishes.items() if wished), None)
        if self.source.kind != "documents" and wish:
            raise ValueError(f"`curation.{wish}` is for documents; leave it out, or set `source.kind` to `documents`")
        if wishes["unanswerable"] and self.student.context == "closed_book":
            raise ValueError(
                "`curation.unanswerable` takes passages away, and with `student.context: closed_book` none is seen"
            )
        return self

    @field_validator("checks")
    @classmethod
    def _known_checks(cls, checks: str | tuple[str, ...], info: ValidationInfo) -> str | tuple[str, ...]:
        source = info.data.get("source")
        if not isinstance(checks, tuple) or source is None:  # a source that is wrong is told by itself
            return checks
        known = _names_of_checks(source.kind)
        unknown = next((name for name in checks if name not in known), None)
        if unknown is not None:
            close = difflib.get_close_matches(unknown, known, n=1)
            meant = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            raise ValueError(f"{unknown!r} is no check; {meant}")
        return checks

    @model_validator(mode="after")
    def _learnable(self) -> Self:
        if self.optimize.what == "imputation" and self.source.kind != "documents":
            raise ValueError("optimize.what: imputation rebuilds hops of questions on documents; the source has tables")
        if self.student.tuned == "prompt":
            self.optimize.check_tuned()
        if self.student.tuned == "prompt" and (self.curation.learnability or self.curation.balance):
            raise ValueError(
                "curation.learnability, curation.balance: they weigh training rows, and a tuned prompt has none; "
                "leave them out"
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _prompted(cls, values: object) -> object:
        """Let a student whose prompt is tuned be the generator's model where it names none of its own."""
        student = values.get("student") if isinstance(values, dict) else None
        student = {"tuned": "prompt"} if student == "prompt" else student
        if not isinstance(values, dict) or not isinstance(student, dict) or student.get("tuned") != "prompt":
            return values
        generator = values.get("generator")
        if "model" not in student and isinstance(generator, dict):
            student = {**{name: generator[name] for name in ("model", *OF_MODELS) if name in generator}, **student}
        if student.get("model", "offline") == "offline":
            raise ValueError("student: `tuned: prompt` needs a language model; name one: `student: {model: openai/…}`")
        return {**values, "student": student}

    @model_validator(mode="before")
    @classmethod
    def _short_source(cls, values: object) -> object:
        if isinstance(values, dict) and isinstance(values.get("source"), str):
            return {**values, "source": {"path": values["source"]}}
        return values


def _names_of_checks(kind: str) -> list[str]:
    if kind == "documents":
        from ..optimizers.checks.documents import DOCUMENT_CHECKS

        return [check.__name__ for check in DOCUMENT_CHECKS]
    from ..optimizers.checks import CHECKS

    return [check.__name__ for check in CHECKS]
