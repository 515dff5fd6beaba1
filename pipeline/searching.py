"""The search for better prompts of a run's generator: one metric, one division, whoever asks for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.records import Style
from .programs import program_of
from .stage import Run

if TYPE_CHECKING:
    from ..optimizers.prompts import Optimized


def search_generator(run: Run, folder: Path, stage: str) -> "Optimized":
    """Optimize the prompts of the generator's program, or go on where that was interrupted.

    Args:
        run: Its sources are divided.
        folder: For replies, scores and programs.
        stage: Under whose name progress is told.

    Raises:
        BudgetError: the budget does not cover the measurement of the prompts as they are.
    """
    from ..optimizers import Answerability, optimize_prompts

    wanted, curation, generator = run.recipe.optimize, run.recipe.curation, run.recipe.generator
    solver, lm = _solver(run)
    metric = Answerability(
        solver, lm=lm, k=curation.k, keep=curation.keep, temperature=curation.temperature, seed=run.recipe.seed
    )
    levels = (1, 2, 3, 4) if generator.levels == "balanced" else tuple(generator.levels)
    vaguely = run.kind.name == "tables"
    spoken: tuple[Style, ...] = tuple(style for style in generator.styles if style != "vague" or vaguely)
    return optimize_prompts(
        program_of(run),
        run.sources,
        metric,
        optimizer=wanted.optimizer,
        lm=run.generator,
        reflection=run.reflection,
        stages=wanted.stages or None,
        jointly=wanted.jointly,
        levels=levels,
        styles=spoken,
        sizes=(wanted.seen, wanted.choosing, wanted.measured),
        division=run.division,
        seed=run.recipe.seed,
        workdir=folder,
        progress=advancing(run, stage),
        **wanted.budget,  # type: ignore[arg-type]  # names and types are those of the arguments
    )


def advancing(run: Run, stage: str) -> Any:
    """Return what tells the progress of a search: its calls, of those that the budget has."""
    total = run.recipe.optimize.budget.get("budget_calls")

    def advance(spent: Any) -> None:
        run.say("advanced", stage, done=spent.calls, total=None if total is None else int(total), unit="calls")

    return advance


def _solver(run: Run) -> tuple[Any, Any]:
    """Return who tries to answer, and with which model; a prompted one is asked for its reasoning first."""
    student = run.kind.solver(run)
    if run.recipe.optimize.solver == "student":
        return student, run.student
    model = run.judge if run.recipe.optimize.solver == "judge" else run.generator
    given = {"context": student.context} if hasattr(student, "context") else {}
    return type(student)(**given), model
