"""The application: its commands, one a file."""

from typing import Annotated

import typer

from .demo import demo
from .export import export
from .init import init
from .optimize import optimize
from .run import run
from .serve import serve
from .validate import validate

HELP = """Turn the tables you have into training data that is grounded, executed and proven answerable,
and into a fine-tuned local model.

Example: source2synth init tables/ -o recipe.yaml && source2synth run recipe.yaml

Exit codes: 0 done, 1 failed, 2 you must act, 130 interrupted (the same command goes on from there).
"""

app = typer.Typer(
    name="source2synth",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (run, init, optimize, demo, validate, export, serve):
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback(help=HELP)
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = (
        False
    ),
) -> None:
    """Hold what comes before a command; the help above is shown for it."""
