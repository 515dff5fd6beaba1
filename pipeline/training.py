"""Fine-tuned models of a run: trained once into a stage's folder, found again afterwards."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..data.document_records import Example
from .prompting import HERE
from .stage import Figures, Run
from .store import StageFolder


def train_models(
    run: Run, folder: StageFolder, examples: Sequence[Example], what: str, seeds: int, label: str = ""
) -> Figures:
    """Fine-tune the student on these examples, once for each seed.

    Args:
        run: The run.
        folder: Of the stage; the models lie in it.
        examples: What to train on.
        what: Name of the model in errors.
        seeds: How many trainings.
        label: Tells the models of one stage apart.

    Raises:
        TrainingError: There are no examples, or it failed.
    """
    names = [_portable(_train(run, folder, examples, what, seed, seeds).model, run.path) for seed in range(seeds)]
    return {f"models{label}": list(names), f"rows{label}": len(examples)}


def _train(run: Run, folder: StageFolder, examples: Sequence[Example], what: str, seed: int, seeds: int) -> Any:
    from ..optimizers.training import train_on

    run.served.close()  # the GPU is the training's

    def progress(step: int, steps: int, loss: float | None) -> None:
        done, total = seed * steps + step, seeds * steps
        figures = {} if loss is None else {"loss": round(loss, 4)}
        run.say("advanced", folder.name, done=done, total=total, unit="steps", figures=figures)

    training = {
        **run.recipe.training.arguments,
        "seed": run.recipe.seed + seed,
        "output_dir": str(folder.path),
        "progress": progress,
    }
    return train_on(run.kind.solver(run), run.student, examples, run.sources, what=what, training=training)


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
