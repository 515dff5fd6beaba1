"""What else than answerability a search for prompts counts: `optimize.weights` of a recipe, made into a metric."""

from pathlib import Path
from typing import Any, get_args

from pydantic import JsonValue

from ..errors import ConfigError
from .people import load_people
from .prompts_recipe import Weighed
from .stage import Run
from .turns import has_role, role_identity


def check_weights(run: Run) -> None:
    """Raise ConfigError if the recipe weighs what nothing is there to measure by."""
    weights, human = run.recipe.optimize.weights, run.recipe.curation.human
    if "naturalness" in weights and not has_role(run, "judge"):
        raise ConfigError(
            "recipe: optimize.weights: naturalness is rated by a judge, and there is none; name one: "
            "`judge: {model: openai/…}`"
        )
    if "diversity" in weights and human is None:
        raise ConfigError(
            "recipe: optimize.weights: diversity is being unlike the questions there are, and there are none; name a "
            "file of them as `curation.human`"
        )
    if "diversity" in weights and not Path(str(human)).is_file():
        raise ConfigError(f"recipe: curation.human: {human}: no such file of human questions")


def weighed(run: Run, answerability: Any, stage: str) -> Any:
    """Return a composite of answerability and what else the recipe weighs.

    Args:
        run: Its recipe has weights; `check_weights` found nothing amiss.
        answerability: The first part: it decides what is a demonstration, and difficulty counts its tries.
        stage: Under whose name it is told which human questions are about other sources.

    Raises:
        SourceError: a line of the human questions is none.
    """
    from ..optimizers import Composite, Part

    weights = run.recipe.optimize.weights
    ordered = sorted(weights, key=get_args(Weighed).index)  # the words of the metric come in their order
    return Composite(*(Part(weights[name], _measure(run, name, answerability, stage)) for name in ordered))


def _measure(run: Run, name: str, answerability: Any, stage: str) -> Any:
    from ..optimizers import Cost, Difficulty, Diversity, Naturalness

    if name == "answerability":
        return answerability
    if name == "difficulty":
        return Difficulty(answerability)
    if name == "naturalness":
        return Naturalness(run.asked("judge", run.judge))
    if name == "cost":
        return Cost(run.recipe.optimize.costly_tokens)
    return Diversity([example.question for example in load_people(run, stage, Path(str(run.recipe.curation.human)))])


def weighed_by(run: Run) -> dict[str, JsonValue]:
    """Return what the weights bring into the key of a search beside themselves: who rates, and what is known."""
    from .stages import sources

    weights, found = run.recipe.optimize.weights, dict[str, JsonValue]()
    if "naturalness" in weights:
        found["judge"] = role_identity(run, "judge")
    if "diversity" in weights:
        found["human"] = sources.fingerprint(Path(str(run.recipe.curation.human)))
    return found
