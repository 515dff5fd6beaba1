"""Optimizes the prompts of a recipe's program, on its sources, divided as its run divides them.

    found = optimize_recipe(load_recipe("recipe.yaml"), Path("runs/demo"))

Everything goes to `optimize/` in the run's folder (`optimize-solver/`, `optimize-imputation/`); `programs/` in it is
what `programs:` of a recipe takes.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .failing import answering
from .programs import imputation_of
from .progress import Progress, silent
from .recipe import Recipe
from .run import do_stage, locked, opened
from .searching import search_generator, search_imputation, search_solver, solver_program
from .stage import Run
from .stages import STAGES
from .turns import is_offline
from .weighing import check_weights

if TYPE_CHECKING:
    from ..optimizers.prompts import Optimized


def folder_of(recipe: Recipe) -> str:
    """Name the folder of an optimization, in the folder of the run: each of the three has a budget of its own."""
    what = recipe.optimize.what
    return "optimize" if what == "generator" else f"optimize-{what}"


def optimize_recipe(
    recipe: Recipe,
    run_dir: str | Path,
    *,
    progress: Progress = silent,
    generator: Any = None,
    student: Any = None,
    judge: Any = None,
    reflection: Any = None,
) -> "Optimized":
    """Optimize the prompts of a recipe, or go on where that was interrupted.

    Args:
        recipe: Its `optimize` section says how.
        run_dir: Folder of the run; sources and division in it are used again by the run itself.
        progress: Told everything that happens.
        generator: A `dspy.LM` of your own instead of the one that the recipe names; so are the others.
        student: Likewise.
        judge: Likewise.
        reflection: Likewise.

    Raises:
        ConfigError: the generator is offline, or the recipe cannot be carried out as it stands.
        SourceError: A source cannot be read.
        BudgetError: the budget does not cover the measurement of the prompts as they are.
        ReplyError: A model's server failed again and again; the same call goes on from there.
    """
    path = Path(run_dir).resolve()
    roles = {"generator": generator, "student": student, "judge": judge, "reflection": reflection}
    with locked(path), opened(recipe, path, progress, {k: lm for k, lm in roles.items() if lm is not None}) as run:
        if recipe.optimize.alternate:
            raise ConfigError("recipe: optimize.alternate: is done by `source2synth run`, as steps of the run itself")
        _refuse(run)
        with answering(path):
            for stage in STAGES:
                if stage.name in _needed(run):
                    do_stage(stage, run)
            return _optimized(run, path / folder_of(recipe))


def _refuse(run: Run) -> None:
    wanted = run.recipe.optimize
    asked = wanted.what != "solver" or wanted.solver == "generator"
    if asked and is_offline(run):
        raise ConfigError("recipe: generator.model: is offline, so there is no prompt to optimize; name a model")
    check_weights(run)
    solver_program(run)
    if wanted.what == "imputation":
        imputation_of(run)


def _needed(run: Run) -> set[str]:
    """Name the stages whose results are optimized on; examples of the run are made as the run makes them."""
    wanted = run.recipe.optimize
    on_sources = wanted.what == "generator" or wanted.questions is not None
    return {"sources", "parts", *(() if on_sources else ("seeds", "examples", "checks"))}


def _optimized(run: Run, folder: Path) -> "Optimized":
    run.say("started", folder.name)
    searches = {"generator": search_generator, "solver": search_solver, "imputation": search_imputation}
    found = searches[run.recipe.optimize.what](run, folder, folder.name)
    figures: dict[str, Any] = {"better": found.better, "programs": len(found.candidates), "calls": found.spent.calls}
    run.say("finished", folder.name, figures=figures, message=str(found).splitlines()[0])
    return found
