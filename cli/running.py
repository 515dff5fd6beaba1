"""What `run` and `demo` share: carry out a recipe with bars, then show what it came to."""

from pathlib import Path

import typer
from rich.console import Console

from ..pipeline.recipe import Recipe
from ..pipeline.result import RunResult
from ..report import show, write_card
from .bars import Bars


def carry_out(recipe: Recipe, out: Path, *, as_json: bool = False) -> RunResult:
    """Run a recipe into a folder of its name, write the dataset card and print the result.

    Args:
        recipe: What to do.
        out: Folder of the runs.
        as_json: Print the result as JSON instead of tables; bars go to stderr either way.

    Raises:
        Source2SynthError: Whatever the run raises.
    """
    from ..pipeline import run_recipe

    with Bars(Console(stderr=True)) as bars:
        result: RunResult = run_recipe(recipe, out / recipe.name, progress=bars)
    card = write_card(result)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        show(result, Console(), card=card)
    return result
