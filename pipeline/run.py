"""Runs a recipe: its stages one after another, each only if it is not complete already.

    result = run_recipe(load_recipe("recipe.yaml"), Path("runs/demo"))

The folder holds everything; killed at any moment and called again, a run goes on where it was and comes to the same.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..backends.recording import Replies
from ..backends.replies import ReplyLog
from ..errors import ConfigError
from . import people, programs
from .failing import answering
from .progress import Progress, RunLog, silent
from .reading import save_recipe
from .recipe import Recipe
from .result import RunResult
from .stage import Run, Stage
from .stages import STAGES, imputed
from .students import check_student
from .summary import summarize
from .turns import is_offline
from .weighing import check_weights


def run_recipe(
    recipe: Recipe,
    run_dir: str | Path,
    *,
    progress: Progress = silent,
    generator: Any = None,
    student: Any = None,
    judge: Any = None,
    reflection: Any = None,
) -> RunResult:
    """Run a recipe, or what is left of it.

    Args:
        recipe: What to do.
        run_dir: Folder of this run; made if it is not there. A run of another recipe in it is not lost: stages that
            the recipes have in common are used again, the others are moved to `.old`.
        progress: Told everything that happens, see `progress.Event`.
        generator: A `dspy.LM` of your own to write the examples, instead of the one that the recipe names.
        student: A `dspy.LM` of your own to fine-tune, likewise; its provider must be able to.
        judge: A `dspy.LM` of your own that the ablation asks, likewise.
        reflection: A `dspy.LM` of your own that proposes prompts, likewise.

    Raises:
        ConfigError: The recipe cannot be carried out as it stands, or the folder is in use.
        SourceError: A source cannot be read.
        TrainingError: Fine-tuning failed.
        ReplyError: A model's server failed again and again; the same call goes on from there.
        KeyboardInterrupt: Interrupted; the same call goes on from there.
    """
    path = Path(run_dir).resolve()
    roles = {"generator": generator, "student": student, "judge": judge, "reflection": reflection}
    given = {role: lm for role, lm in roles.items() if lm is not None}
    with locked(path), opened(recipe, path, progress, given) as run:
        try:
            _refuse(run)
            with answering(path):
                for stage in STAGES:
                    if stage.wanted(run):
                        do_stage(stage, run)
                    if stage.name == "sources":
                        people.check_people(run)
        except KeyboardInterrupt:
            message = f"Interrupted. Everything so far is kept in {path}; the same command goes on from there."
            run.say("interrupted", message=message)
            raise
        return summarize(run)


def _refuse(run: Run) -> None:
    """Find what would stop the run later, before anything is done or paid; raises ConfigError."""
    for field, path in people.files(run):
        if not path.is_file():
            raise ConfigError(f"recipe: {field}: {path}: no such file of human questions")
    check_student(run)
    if not is_offline(run):
        _ = run.generator
    imputed.refuse(run)
    check_weights(run)
    programs.refuse(run)
    _refuse_serving(run.recipe)


def _refuse_serving(recipe: Recipe) -> None:
    """Find what vLLM would refuse hours later."""
    served = next((role for role in ("student", "judge") if getattr(recipe, role).serve), None)
    if served is None:
        return
    from ..backends.serving.vllm import check_vllm

    try:
        check_vllm()
    except ConfigError as error:
        raise ConfigError(f"recipe: {served}.serve: {error}") from error
    if recipe.student.serve and recipe.judge.serve and recipe.curation.imputation == "judge":
        raise ConfigError(
            "recipe: judge.serve: imputation asks judge and LLMSynth by turns, and a GPU holds one vLLM; leave `serve` "
            "out of one of them"
        )
    if recipe.student.serve and recipe.training.method == "dora" and not recipe.training.merge:
        raise ConfigError("recipe: student.serve: vLLM takes no DoRA adapters; set `training.merge` to true")


def do_stage(stage: Stage, run: Run) -> None:
    """Do a stage, unless it is complete."""
    folder = run.folders[stage.name] = stage.folder(run)
    figures = folder.done
    if figures is None or stage.reopened(run, folder):
        run.say("started", stage.name)
        figures = stage.work(run, folder)
        folder.finish(figures)
        run.say("finished", stage.name, figures=figures)
    else:
        run.say("reused", stage.name, figures=figures)
    run.figures[stage.name] = figures


@contextmanager
def opened(recipe: Recipe, path: Path, progress: Progress, given: dict[str, Any]) -> Iterator[Run]:
    """Open a run: its log, its replies."""
    save_recipe(path / "recipe.yaml", recipe)
    log = RunLog(path / "log.jsonl", progress)
    replies = ReplyLog(path / "replies")
    run = Run(recipe, path, log, Replies(replies, log.paid), given)
    for notice in replies.notices:
        run.say("note", message=f"{notice.file}, line {notice.row}: {notice.message}")
    # dspy logs to the terminal of its own accord, across a progress bar
    logging.getLogger("dspy").setLevel(logging.ERROR)
    try:
        yield run
    finally:
        run.served.close()
        replies.close()
        log.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep a second process out of the folder; a killed process holds no lock."""
    path.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield
        return
    with (path / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(f"{path}: another process is at work on this run") from error
        yield
