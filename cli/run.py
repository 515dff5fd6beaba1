"""`source2synth run`: carries out a recipe, or what is left of it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .failures import reported


def run(
    recipe: Annotated[Path, typer.Argument(help="Recipe, a YAML file; `source2synth init` writes one.")],
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
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Make the dataset and the models of a recipe: generate, check, train, curate, measure.

    Killed or interrupted at any moment, the same command goes on where it was.

    Example: source2synth run recipe.yaml --source tables/ --set curation.k=5 --set examples.count=300
    """
    with reported():
        from ..pipeline import load_recipe
        from .running import carry_out

        carry_out(load_recipe(recipe, overrides(settings or [], source)), out, as_json=as_json)


def overrides(settings: list[str], source: Path | None = None) -> dict[str, str]:
    """Read `a.b=c` pairs; the values are YAML.

    Raises:
        ConfigError: One of them is no pair.
    """
    from ..errors import ConfigError

    # quoted, since a path may look like a number
    found = {} if source is None else {"source.path": json.dumps(str(source), ensure_ascii=False)}
    for setting in settings:
        field, equals, value = setting.partition("=")
        if not equals or not all(field.strip().split(".")):
            raise ConfigError(f"--set {setting}: write FIELD=VALUE, like `curation.k=5`")
        found[field.strip()] = value
    return found
