"""What a stage is, and what it is given: the run it belongs to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import JsonValue

from ..backends.recording import Replies, recorded
from ..errors import ConfigError
from .models import ModelRecipe
from .progress import Event, RunLog
from .recipe import JudgeRecipe, Recipe, StudentRecipe
from .served import Served
from .store import StageFolder, stage_key

if TYPE_CHECKING:
    from .kinds import Kind

Role = Literal["generator", "judge", "reflection", "student"]
"""What a model does in a run; each is a section of the recipe."""
Figures = dict[str, JsonValue]
"""What a stage counted; kept in its `done.json`, so never a clock value."""


@dataclass
class Run:
    """One go at a recipe: its folder, its stages so far, its models."""

    recipe: Recipe
    path: Path
    log: RunLog
    replies: Replies
    given: dict[str, Any] = field(default_factory=dict)
    """Models the caller made himself, by role: used instead of those the recipe names."""
    folders: dict[str, StageFolder] = field(default_factory=dict)
    figures: dict[str, Figures] = field(default_factory=dict)

    def say(self, kind: Any, stage: str = "", **details: Any) -> None:
        """Say an event."""
        self.log.say(Event(kind=kind, stage=stage, **details))

    def model(self, role: Role) -> Any:
        """Return the model of a role, recorded; raises ConfigError if the recipe names none for it."""
        from ..backends import make_lm

        section: ModelRecipe = getattr(self.recipe, role)
        lm = self.given.get(role)
        if lm is None and section.model is None:
            raise ConfigError(f"recipe: {role}.model: is missing; name a model as litellm spells it")
        name = self.kind.embedded if section.model == "tiny" else str(section.model)
        lm = make_lm(name, **section.settings) if lm is None else lm
        return recorded(lm, self.replies, partial(self.log.fault, role))

    def asked(self, role: Literal["judge", "student"], lm: Any, together: Sequence[Any] = ()) -> Any:
        """Return a model as it is asked: in this process, or behind vLLM if the role's section says so.

        Args:
            role: Whose section it is.
            lm: The model; one that the caller made himself is asked as it is.
            together: Models that are asked beside it, and had better be loaded with it.
        """
        section: StudentRecipe | JudgeRecipe = getattr(self.recipe, role)
        if section.serve is None or role in self.given:
            return lm
        settings = dict(section.settings)
        if not section.given(("concurrency",)):
            del settings["concurrency"]  # a server of one's own bears more than what goes for others'
        names = [one.model for one in together]
        found = self.served.lm(lm.model, names, section.serve_arguments, settings)
        return recorded(found, self.replies, partial(self.log.fault, role))

    @cached_property
    def served(self) -> Served:
        """The vLLM of this run; it runs only while it is asked."""
        return Served(lambda message: self.say("note", message=message))

    @cached_property
    def generator(self) -> Any:
        """The model that writes the examples; not to be asked for if the recipe names none."""
        return self.model("generator")

    @cached_property
    def student(self) -> Any:
        """The base model of LLMSynth and LLMCurated."""
        return self.model("student")

    @cached_property
    def judge(self) -> Any:
        """The model that the ablation asks, and that rates wording; only if the recipe names one."""
        return self.model("judge")

    @cached_property
    def reflection(self) -> Any:
        """The model that proposes better prompts: its own or, if the recipe names none, the generator."""
        named = "reflection" in self.given or self.recipe.reflection.model is not None
        return self.model("reflection") if named else self.generator

    @cached_property
    def kind(self) -> "Kind":
        """What is different for the kind of sources of this run."""
        from .kinds import kind_of

        return kind_of(self)

    @cached_property
    def sources(self) -> Any:
        """The sources, as the `sources` stage wrote them down."""
        return self.kind.load(self.folders["sources"])

    @cached_property
    def division(self) -> Any:
        """What is in which part."""
        from .stages.parts import load_division

        return load_division(self)


def always(run: Run) -> bool:
    """Tell that a stage belongs to every run."""
    return True


@dataclass(frozen=True)
class Stage:
    """One step of a run.

    - `work` makes the shards that are not there yet and returns the stage's figures; it may be killed at any moment
      and is then simply called again.
    - What it makes depends on `version`, on `settings` and on the stages in `needs`, and on nothing else.
    """

    name: str
    version: int
    """Raised whenever the same settings would give something else."""
    needs: tuple[str, ...]
    settings: Callable[[Run], JsonValue]
    work: Callable[[Run, StageFolder], Figures]
    wanted: Callable[[Run], bool] = always
    reopened: Callable[[Run, StageFolder], bool] = lambda run, folder: False
    """Tells of a complete stage whether something in it is to be tried again; puts aside the shards that are."""

    def folder(self, run: Run) -> StageFolder:
        """Claim the folder for what the recipe wants; the stages that are needed have theirs already."""
        needs = {name: run.folders[name].key for name in self.needs if name in run.folders}
        return StageFolder(run.path, self.name, *stage_key(self.name, self.version, self.settings(run), needs))
