"""Stage `prompts`, of `optimize: alternate`: the generator's prompts are optimized before they make anything."""

from pydantic import JsonValue

from ...backends.reply_keys import model_identity
from ..programs import compiled_id
from ..searching import search_generator
from ..stage import Figures, Run, Stage
from ..steps import GENERATOR, Step
from ..store import StageFolder
from ..turns import is_offline
from ..weighing import weighed_by


def wanted(run: Run) -> bool:
    """Tell whether the recipe alternates and there are prompts; an offline generator has none."""
    return run.recipe.optimize.alternate and not is_offline(run)


def settings(run: Run) -> JsonValue:
    """Who writes, who answers, who reflects, and how it is searched."""
    recipe, curation = run.recipe, run.recipe.curation
    role = recipe.optimize.solver
    lm, solver = getattr(run, role), compiled_id(run, "solver")
    return {
        **({"solver_programs": solver} if solver else {}),
        "optimize": recipe.optimize.model_dump(mode="json"),
        **weighed_by(run),
        "generator": {**recipe.generator.identity, "model": model_identity(run.generator.model)},
        "solver": {**getattr(recipe, role).identity, "model": model_identity(lm.model)},
        "reflection": model_identity(run.reflection.model),
        "tries": [curation.k, curation.keep, curation.temperature],
        "context": recipe.student.context,
        "seed": recipe.seed,
        "programs": compiled_id(run),
    }


def work(run: Run, folder: StageFolder) -> Figures:
    """Search; the held-out part, which neither the search nor the choice saw, tells if the best is better."""
    found = search_generator(run, folder.path, folder.name)
    step = Step.of_search(GENERATOR, found)
    run.say("note", folder.name, message=str(step))
    return {
        "better": found.better,
        "program": found.id,
        "programs": len(found.candidates),
        "calls": found.spent.calls,
        "steps": [step.model_dump(mode="json", exclude_defaults=True)],
    }


STAGE = Stage("prompts", 1, ("parts",), settings, work, wanted)
