"""The searches for better prompts of a run's programs: what makes examples, what answers, what imputes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.records import Style
from ..errors import ConfigError
from .people import load_people
from .programs import IMPUTES, imputation_of, program_of, solver_of
from .prompting import check_prompting, reflecting
from .stage import Run
from .weighing import weighed

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
    from ..optimizers import optimize_prompts

    generator = run.recipe.generator
    levels = (1, 2, 3, 4) if generator.levels == "balanced" else tuple(generator.levels)
    vaguely = run.kind.name == "tables"
    spoken: tuple[Style, ...] = tuple(style for style in generator.styles if style != "vague" or vaguely)
    return optimize_prompts(
        program_of(run),
        run.sources,
        _metric(run, stage),
        lm=run.generator,
        levels=levels,
        styles=spoken,
        **_searched(run, folder, stage),
    )


def search_imputation(run: Run, folder: Path, stage: str) -> "Optimized":
    """Optimize the prompts that rebuild a hop, on the run's examples; raises BudgetError as `search_generator` does."""
    from ..optimizers import optimize_prompts

    searched = _searched(run, folder, stage)
    return optimize_prompts(
        imputation_of(run, solver_program(run)),
        run.sources,
        _metric(run, stage),
        lm=run.generator,
        examples=_examples(run),
        **{**searched, "stages": searched["stages"] or IMPUTES},
    )


def search_solver(run: Run, folder: Path, stage: str) -> "Optimized":
    """Optimize the prompt of a solver by accuracy, on questions of people or the run's own examples.

    Raises:
        ConfigError: there is no such file of questions, or none on these sources.
        BudgetError: the budget does not cover the measurement of the prompt as it is.
    """
    from ..optimizers import Accuracy, optimize_prompts

    solver, lm = solver_and_model(run)
    check_prompting(run, lm)
    named = run.recipe.optimize.questions
    return optimize_prompts(
        solver,
        run.sources,
        Accuracy(),
        lm=lm.copy(temperature=0.0),
        examples=_people(run, Path(named), stage) if named else _examples(run),
        **_searched(run, folder, stage),
    )


def _people(run: Run, path: Path, stage: str) -> list[Any]:
    if not path.is_file():
        raise ConfigError(f"recipe: optimize.questions: {path}: no such file of human questions")
    found = load_people(run, stage, path)
    if not found:
        raise ConfigError(f"recipe: optimize.questions: {path}: no question is about these sources")
    return found


def _examples(run: Run) -> list[Any]:
    from .stages.checks import load_checked

    return [example for rows in load_checked(run)[0].values() for example in rows]


def _metric(run: Run, stage: str) -> Any:
    """Return what scores an example: answerability, alone or weighed with what else the recipe wants."""
    answerability = _answerability(run)
    return weighed(run, answerability, stage) if run.recipe.optimize.weights else answerability


def _answerability(run: Run) -> Any:
    from ..optimizers import Answerability

    curation, (solver, lm) = run.recipe.curation, solver_and_model(run)
    tries: dict[str, Any] = {
        "k": curation.k,
        "keep": curation.keep,
        "temperature": curation.temperature,
        "seed": run.recipe.seed,
    }
    return Answerability(solver, lm=lm, **tries)


def _searched(run: Run, folder: Path, stage: str) -> dict[str, Any]:
    """Return what every search is given."""
    wanted = run.recipe.optimize
    return {
        "optimizer": wanted.optimizer,
        "reflection": reflecting(run),
        "stages": wanted.stages or None,
        "jointly": wanted.jointly,
        "sizes": (wanted.seen, wanted.choosing, wanted.measured),
        "division": run.division,
        "seed": run.recipe.seed,
        "workdir": folder,
        "progress": advancing(run, stage),
        **wanted.budget,
    }


def advancing(run: Run, stage: str) -> Any:
    """Return what tells the progress of a search: its calls, of those that the budget has."""
    total = run.recipe.optimize.budget.get("budget_calls")

    def advance(spent: Any) -> None:
        run.say("advanced", stage, done=spent.calls, total=None if total is None else int(total), unit="calls")

    return advance


def solver_and_model(run: Run) -> tuple[Any, Any]:
    """Return who tries to answer, and with which model; a prompted one is asked for its reasoning first."""
    role = run.recipe.optimize.solver
    if role == "generator":
        return solver_program(run), run.generator
    return solver_program(run), run.asked(role, getattr(run, role))


def solver_program(run: Run) -> Any:
    """Return by which program that one is asked; raises ConfigError if the recipe's compiled prompt is of another."""
    student = run.kind.solver(run)
    if run.recipe.optimize.solver == "student":
        return solver_of(run, student)
    given = {"context": student.context} if hasattr(student, "context") else {}
    return solver_of(run, type(student)(**given))
