"""The program that makes a run's examples: as the recipe wants it, with compiled prompts where it names some."""

from typing import Any

from .stage import Run


def program_of(run: Run) -> Any:
    """Return the program; raises ConfigError if the compiled prompts are not those of such a program."""
    made = run.kind.program(run)
    folder = run.recipe.programs
    if folder is None:
        return made
    from ..programs.compiled import load_program

    return load_program(made, folder)


def compiled_id(run: Run) -> str | None:
    """Return the hash of the compiled program, None where the recipe names none; raises as `program_of` does."""
    if run.recipe.programs is None:
        return None
    from ..programs.provenance import program_id

    return program_id(program_of(run))
