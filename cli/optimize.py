"""`source2synth optimize`: rewrites the prompts of a recipe's program until more can be answered."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .failures import reported
from .run import overrides

if TYPE_CHECKING:
    from ..optimizers.prompts import Optimized


def optimize(
    recipe: Annotated[Path, typer.Argument(help="Recipe, a YAML file, whose `optimize` says what to optimize.")],
    source: Annotated[
        Path | None, typer.Option(help="Read this file or folder instead of the recipe's source.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Override a field of the recipe; repeatable."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs; this one gets a folder of its name in it.")] = Path(
        "runs"
    ),
    then_run: Annotated[bool, typer.Option("--run", help="Then run the recipe with the prompts that were found.")] = (
        False
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Optimize prompts within a budget, measure them on held-out sources, and write them as JSON.

    Killed or interrupted at any moment, the same command goes on where it was and spends the rest of the budget.

    Example: source2synth optimize recipe.yaml --set optimize.budget_calls=1500
    """
    with reported():
        from rich.console import Console

        from ..pipeline import load_recipe
        from ..pipeline.optimizing import folder_of, optimize_recipe
        from ..pipeline.programs import check_use
        from .bars import Bars
        from .running import carry_out

        wanted = load_recipe(recipe, overrides(settings or [], source))
        what = wanted.optimize.what
        if then_run:
            check_use(wanted, what)
        folder = out / wanted.name
        with Bars(Console(stderr=True)) as bars:
            found = optimize_recipe(wanted, folder, progress=bars)
        programs = (folder / folder_of(wanted) / "programs").resolve()
        _say(found, programs, what, as_json and not then_run, err=then_run)
        if then_run:
            given = wanted.programs.model_copy(update={what: str(programs)})
            carry_out(wanted.model_copy(update={"programs": given}), out, as_json=as_json)


def _say(found: "Optimized", programs: Path, what: str, as_json: bool, *, err: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**found.summary(), "programs": str(programs)}, ensure_ascii=False))
        return
    typer.echo(str(found), err=err)
    for note in found.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"Wrote {programs}; a run takes it as `programs: {{{what}: {programs}}}`", err=err)
