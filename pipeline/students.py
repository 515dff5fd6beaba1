"""The students of a run: who answers with which program; fine-tuned, prompted, or as they were."""

from typing import Any, NamedTuple

from pydantic import JsonValue

from ..backends.reply_keys import model_identity
from ..errors import ConfigError
from .lessons import HERE, Teaching
from .programs import compiled_id
from .prompting import check_prompting, identity, is_compact, tune_prompts, tunes_prompt
from .stage import Figures, Run
from .training import train_models, trained_models


class Answering(NamedTuple):
    """A model and the program that asks it."""

    solver: Any
    lm: Any


def base_of(run: Run) -> Answering:
    """Return the student before it learned anything."""
    return Answering(run.kind.solver(run), run.student)


def check_student(run: Run) -> None:
    """Raise ConfigError if the student cannot learn in the way that the recipe wants."""
    if tunes_prompt(run):
        check_prompting(run, run.student)
    elif not getattr(run.student.provider, "finetunable", False):
        raise ConfigError(
            f"recipe: student.model: {run.student.model} cannot be fine-tuned here; use `tiny` or a `local/…` model, "
            "or tune its prompt: `student.tuned: prompt`"
        )
    elif run.recipe.training.renaming and not (run.kind.name == "tables" and is_compact(run.student)):
        raise ConfigError(
            "recipe: training.renaming: is for students that are asked about tables in the compact form, as `tiny` is; "
            "leave it out, or set it to 0"
        )


def learning(run: Run) -> dict[str, JsonValue]:
    """Return what decides, apart from the examples, what the student learns: a part of stages' keys."""
    shared: dict[str, JsonValue] = {"seeds": run.recipe.evaluation.seeds, "seed": run.recipe.seed}
    if tunes_prompt(run):
        compiled = compiled_id(run, "solver")
        return {**shared, **identity(run), **({"programs": compiled} if compiled else {})}
    context = run.recipe.student.context
    student, training = model_identity(run.student.model), run.recipe.training.arguments
    return {**shared, "student": student, "training": training, "context": context}


def learn(run: Run, *teachings: Teaching) -> list[Figures]:
    """Let the student learn from each set of examples into its stage's folder, as the recipe wants it.

    See `training.train_models` and `prompting.tune_prompts`.

    Returns:
        The figures of each set.
    """
    if tunes_prompt(run):
        return [tune_prompts(run, teaching) for teaching in teachings]
    return train_models(run, teachings)


def learned(run: Run, stage: str, label: str = "") -> list[Answering]:
    """Return the students of a finished stage, one for each seed."""
    solver = run.kind.solver(run)
    if not tunes_prompt(run):
        return [Answering(solver, lm) for lm in trained_models(run, stage, label)]
    from ..programs.compiled import load_program

    names = run.figures[stage][f"models{label}"]
    if not isinstance(names, list):
        raise TypeError(f"{stage}: not a list of programs")
    return [Answering(load_program(solver, run.path / str(name).removeprefix(HERE)), run.student) for name in names]
