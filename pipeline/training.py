"""Fine-tuned models of a run: trained once into a stage's folder, found again afterwards."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .lessons import HERE, Teaching
from .stage import Figures, Run


def train_models(run: Run, teachings: Sequence[Teaching]) -> list[Figures]:
    """Fine-tune the student on each set of examples, once for each seed, `training.at_once` of them side by side.

    Returns:
        The figures of each set.

    Raises:
        TrainingError: There are no examples, or it failed.
    """
    from ..backends import train_all

    run.served.close()  # the GPU is the training's
    tell = _Steps(run, teachings)
    lessons = [
        _lesson(run, one, seed, tell.of(at, seed)) for at, one in enumerate(teachings) for seed in range(one.seeds)
    ]
    models = iter(train_all(run.student, lessons, at_once=run.recipe.training.at_once))
    return [_figures([_portable(next(models).model, run.path) for _ in range(one.seeds)], one) for one in teachings]


def _figures(names: list[str], teaching: Teaching) -> Figures:
    return {f"models{teaching.label}": list(names), f"rows{teaching.label}": len(teaching.examples)}


def _lesson(run: Run, teaching: Teaching, seed: int, progress: Callable[..., None]) -> Any:
    from ..optimizers.training import lesson_on

    training = {
        **run.recipe.training.arguments,
        "seed": run.recipe.seed + seed,
        "output_dir": str(teaching.folder.path),
        "progress": progress,
    }
    return lesson_on(
        run.kind.solver(run), run.student, teaching.examples, run.sources, what=teaching.what, training=training
    )


class _Steps:
    """Adds up the steps of several trainings; those that have not begun count as the longest that has."""

    def __init__(self, run: Run, teachings: Sequence[Teaching]) -> None:
        self._run = run
        self._stage = teachings[0].folder.name
        self._trainings = sum(one.seeds for one in teachings)
        self._steps: dict[tuple[int, int], tuple[int, int]] = {}

    def of(self, teaching: int, seed: int) -> Callable[[int, int, float | None], None]:
        """Return what is told the steps of one training."""

        def progress(step: int, steps: int, loss: float | None) -> None:
            self._steps[teaching, seed] = step, steps
            begun = list(self._steps.values())
            unknown = (self._trainings - len(begun)) * max(steps for _, steps in begun)
            done, total = sum(step for step, _ in begun), sum(steps for _, steps in begun) + unknown
            figures = {} if loss is None else {"loss": round(loss, 4)}
            self._run.say("advanced", self._stage, done=done, total=total, unit="steps", figures=figures)

        return progress


def trained_models(run: Run, stage: str, label: str = "") -> list[Any]:
    """Return the models of a finished stage, recorded, one for each seed."""
    names = run.figures[stage][f"models{label}"]
    if not isinstance(names, list):
        raise TypeError(f"{stage}: not a list of models")
    return [run.student.copy(model=_absolute(str(name), run.path)) for name in names]


def _portable(model: str, path: Path) -> str:
    folder = Path(model.removeprefix("local/"))
    return f"{HERE}{folder.relative_to(path).as_posix()}" if folder.is_relative_to(path) else model


def _absolute(name: str, path: Path) -> str:
    return f"local/{path / name.removeprefix(HERE)}" if name.startswith(HERE) else name
