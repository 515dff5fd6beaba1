"""Students whose prompts are tuned, not their weights: each is a compiled program in a stage's folder."""

from typing import Any

from pydantic import JsonValue

from ..backends.reply_keys import model_identity
from ..errors import ConfigError
from .lessons import HERE, Teaching
from .stage import Figures, Run
from .store import StageFolder
from .turns import is_offline


def tunes_prompt(run: Run) -> bool:
    """Tell whether the student keeps its weights."""
    return run.recipe.student.tuned == "prompt"


def is_compact(lm: Any) -> bool:
    """Tell whether a model is asked by fields and values alone: it is shown demonstrations and no instruction."""
    from ..backends import CompactAdapter, adapter_for

    return isinstance(adapter_for(lm), CompactAdapter)


def reasoning_of(run: Run) -> bool | None:
    """Return what the solver of the student is to be made with: a fine-tuned one answers without reasoning."""
    return None if tunes_prompt(run) and not is_compact(run.student) else False


def check_prompting(run: Run, lm: Any) -> None:
    """Raise ConfigError if the optimizer has nothing that it could change of a model's prompts."""
    from ..optimizers.prompts.searches import REFLECT

    optimizer = run.recipe.optimize.optimizer
    if is_compact(lm) and optimizer in REFLECT:
        raise ConfigError(
            f"recipe: optimize.optimizer: {optimizer} rewrites instructions, and {lm.model} is shown none, only "
            "demonstrations; write bootstrap or bootstrap_random"
        )


def reflecting(run: Run) -> Any:
    """Return who proposes prompts of a solver: the recipe's `reflection`, else the generator, else the student."""
    named = "reflection" in run.given or run.recipe.reflection.model is not None
    return run.reflection if named or not is_offline(run) else run.student


def identity(run: Run) -> dict[str, JsonValue]:
    """Return all that decides which prompt is found, apart from the examples."""
    recipe = run.recipe
    optimize = recipe.optimize.model_dump(mode="json", include=set(SEARCHED))
    return {
        "student": {**recipe.student.identity, "model": model_identity(run.student.model)},
        "reflection": model_identity(reflecting(run).model),
        "optimize": optimize,
    }


SEARCHED = (
    "optimizer", "jointly", "budget_calls", "budget_usd", "budget_tokens", "seen", "choosing", "measured",
)  # fmt: skip
"""Fields of a recipe's `optimize` that say how a solver's prompt is searched for."""


def tune_prompts(run: Run, teaching: Teaching) -> Figures:
    """Tune the student's prompt on examples, once for each seed; interrupted, it goes on from its replies.

    Raises:
        TrainingError: there are no examples.
        BudgetError: the budget does not cover the measurement of the prompt as it is.
    """
    folder, examples, what, seeds, label = teaching
    from ..optimizers.prompts import tune_prompt
    from ..programs.compiled import save_program
    from .programs import compiled_id

    began = compiled_id(run, "solver")
    names, calls, demos = [], 0, 0
    for seed in range(seeds):
        tuned = tune_prompt(
            run.kind.solver(run),
            run.student,
            examples,
            run.sources,
            what=what,
            prompting=search_options(run, folder, f"{label}-{seed}", seed),
        )
        name = f"prompt{label}-{seed}"
        save_program(tuned.solver, folder.path / name, {"began_with": began} if began else None)
        names.append(f"{HERE}{folder.name}/{name}")
        calls += tuned.found.spent.calls if tuned.found else 0
        demos += len(tuned.solver.ask.demos)
    found: Figures = {"models": list(names), "rows": len(examples), "calls": calls, "demonstrations": demos}
    return {f"{name}{label}": value for name, value in found.items()}


def search_options(run: Run, folder: StageFolder, label: str, seed: int = 0) -> dict[str, Any]:
    """Return arguments of `optimize_prompts` as the recipe's `optimize` and `student` have them."""
    from .searching import advancing

    wanted = run.recipe.optimize
    return {
        "optimizer": wanted.optimizer,
        "jointly": wanted.jointly,
        "reflection": reflecting(run),
        "sizes": (wanted.seen, wanted.choosing, wanted.measured),
        "seed": run.recipe.seed + seed,
        "threads": min(8, run.recipe.student.concurrency),
        "workdir": folder.path / f"search{label}",
        "progress": advancing(run, folder.name),
        **wanted.budget,
    }
