"""The program that makes a run's examples: as the recipe wants it, with compiled prompts where it names some."""

from pathlib import Path
from typing import Any

from .stage import Run


def program_of(run: Run) -> Any:
    """Return the program; raises ConfigError if the compiled prompts are not those of such a program."""
    made = run.kind.program(run)
    folder = _folder(run)
    if folder is None:
        return made
    from ..programs.compiled import load_program

    return load_program(made, folder)


def _folder(run: Run) -> str | Path | None:
    """Return where the compiled prompts lie: those that the run itself found better, else the recipe's."""
    if run.figures.get("prompts", {}).get("better"):
        return run.folders["prompts"].path / "programs"
    return run.recipe.programs


def compiled_id(run: Run) -> str | None:
    """Return the hash of the compiled program, None where there is none; raises as `program_of` does."""
    if _folder(run) is None:
        return None
    from ..programs.provenance import program_id

    return program_id(program_of(run))
