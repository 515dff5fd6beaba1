"""Compiled prompts in a run: of the program that makes its examples, of who answers by a prompt, of what imputes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..data.records import Verdict
from ..errors import ConfigError
from .prompting import tunes_prompt
from .recipe import Recipe
from .stage import Run
from .turns import has_role

if TYPE_CHECKING:
    from ..programs.compiled import StagePrompts

What = Literal["generator", "solver", "imputation"]
"""Whose prompts they are, as `optimize.what` and `programs` of a recipe spell it."""
IMPUTES = ("rebuild", "compose")
"""Stages of imputation that a run takes from compiled prompts: who answers is LLMSynth, with a prompt of its own."""


def program_of(run: Run) -> Any:
    """Return the program that makes examples; raises ConfigError if the compiled prompts are not of such a program."""
    made = run.kind.program(run)
    if run.figures.get("prompts", {}).get("better"):  # the run itself found better ones than the recipe's
        from ..programs.compiled import load_program

        return load_program(made, run.folders["prompts"].path / "programs")
    return _prompted(run, "generator", made)


def solver_of(run: Run, solver: Any) -> Any:
    """Return a solver that asks by a prompt with the recipe's compiled one; raises ConfigError if it is of another."""
    return _prompted(run, "solver", solver)


def student_of(run: Run, solver: Any) -> Any:
    """Return the solver of the student; one whose weights are trained learns to do without instructions, so as it is.

    Raises:
        ConfigError: the compiled prompts are of another solver.
    """
    return solver_of(run, solver) if tunes_prompt(run) else solver


def imputation_of(run: Run, solver: Any = None) -> Any:
    """Return the program that imputes, its stages `rebuild` and `compose` with the recipe's compiled prompts.

    Raises:
        ConfigError: the compiled prompts are of another program.
    """
    from ..programs import Imputation

    return _prompted(run, "imputation", Imputation(solver=solver))


def compiled_id(run: Run, what: What = "generator") -> str | None:
    """Return the hash of a compiled program, None where there is none; raises ConfigError if it cannot be read."""
    from ..programs.provenance import program_id, stages_id

    if what == "generator":
        given = run.recipe.programs.generator or run.figures.get("prompts", {}).get("better")
        return program_id(program_of(run)) if given else None
    folder = getattr(run.recipe.programs, what)
    return stages_id(_stages(what, folder)) if folder else None


def named_by(run: Run, verdicts: Sequence[Verdict], solver: Any) -> list[Verdict]:
    """Return verdicts with the hash of the prompt that judged, in a run that was given a compiled one."""
    if run.recipe.programs.solver is None:
        return list(verdicts)
    from ..programs.provenance import program_id

    told = {"program": program_id(solver)}
    return [one.model_copy(update={"evidence": {**one.evidence, **told}}) for one in verdicts]


def refuse(run: Run) -> None:
    """Find compiled prompts that do not fit, or that nothing in the run would use, before anything is paid.

    Raises:
        ConfigError: there are some; the message says what differs, or what would use them.
    """
    compiled_id(run)
    given = run.recipe.programs
    if given.solver is not None:
        check_use(run.recipe, "solver", judged=_ablates(run), alternates=run.recipe.optimize.alternate)
        from .searching import solver_program

        if tunes_prompt(run):
            run.kind.solver(run)
        if _ablates(run):
            judging_program(run)
        if run.recipe.optimize.alternate:
            solver_program(run)
    if given.imputation is not None:
        check_use(run.recipe, "imputation")
        imputation_of(run)


def check_use(recipe: Recipe, what: What, *, judged: bool | None = None, alternates: bool = False) -> None:
    """Raise ConfigError if no stage of a run would use compiled prompts.

    Args:
        recipe: Of the run.
        what: Whose prompts.
        judged: Whether a prompted judge ablates; None: as the recipe has it.
        alternates: Whether the run optimizes prompts itself.
    """
    documents = recipe.source.kind == "documents"
    if judged is None:
        judged = documents and recipe.curation.ablation and recipe.judge.model is not None
    if what == "solver" and not (recipe.student.tuned == "prompt" or judged or alternates):
        raise ConfigError(
            "recipe: programs.solver: nobody answers by a prompt in this run, since the student is fine-tuned to do "
            "without one; write `student: prompt`, or, of documents, name a `judge.model`"
        )
    if what == "imputation" and recipe.curation.imputation in ("none", "offline"):
        raise ConfigError(
            "recipe: programs.imputation: no model imputes in this run; set `curation.imputation` to generator, judge "
            "or synth"
        )


def judging_program(run: Run) -> Any:
    """Return the program by which a prompted judge of documents is asked; raises ConfigError as `solver_of` does."""
    from ..programs import HopReasoner

    return solver_of(run, HopReasoner())


def _ablates(run: Run) -> bool:
    return run.kind.ablates and run.recipe.curation.ablation and has_role(run, "judge")


def _prompted(run: Run, what: What, program: Any) -> Any:
    folder = getattr(run.recipe.programs, what)
    if folder is None:
        return program
    from ..programs.compiled import with_prompts

    stages = _stages(what, folder)
    taken = {name: stages[name] for name in IMPUTES if name in stages} if what == "imputation" else stages
    try:
        return with_prompts(program, taken)
    except ConfigError as error:
        raise ConfigError(f"recipe: programs.{what}: {folder}: {error}") from error


def _stages(what: What, folder: str) -> "Mapping[str, StagePrompts]":
    from ..programs.compiled import read_stages

    try:
        stages = read_stages(folder)
    except ConfigError as error:
        raise ConfigError(f"recipe: programs.{what}: {error}") from error
    found = _whose(stages)
    if found != what:
        names = ", ".join(sorted(stages))
        raise ConfigError(
            f"recipe: programs.{what}: {folder} holds prompts of the {found} ({names}); name it as `programs.{found}`"
        )
    return stages


def _whose(stages: "Mapping[str, StagePrompts]") -> What:
    """Tell whose prompts they are by the names of their stages."""
    if set(stages) == {"ask"}:
        return "solver"
    return "imputation" if {"rebuild", "solver"} & set(stages) else "generator"
