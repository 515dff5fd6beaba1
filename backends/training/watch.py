"""What a training is watched for: progress, checkpoints, a wish to stop, and the best loss on held-out rows."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

COMPLETE = "complete"
"""Marks a checkpoint that was written to its end."""
BEST = "best"
"""Folder of the weights with the best loss on held-out rows, beside the checkpoints."""

Progress = Callable[[int, int, float | None], None]
"""Called after every step (200 times in a long run) with the step, the steps in all, and the loss since the last."""


class Watch(TrainerCallback):  # type: ignore[misc]  # transformers is loosely typed
    """Reports every step, saves now and then, and stops when told to or when nothing gets better."""

    def __init__(
        self, progress: Progress | None, stopping: Callable[[], bool], seconds: float, patience: int | None = None
    ) -> None:
        self._progress, self._stopping, self._seconds, self._patience = progress, stopping, seconds, patience
        self._saved = time.monotonic()
        self._loss: float | None = None
        self.satisfied = False
        """The training ended early because the held-out loss got no better."""

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        """Report progress."""
        self._loss = (logs or {}).get("loss", self._loss)
        if self._progress is not None and state.is_world_process_zero and "loss" in (logs or {}):
            self._progress(state.global_step, state.max_steps, self._loss)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for a checkpoint when it is time, and for an end when it is wished for."""
        stop = self._stopping()
        if stop or (time.monotonic() - self._saved >= self._seconds and state.global_step < state.max_steps):
            control.should_save = True
        if stop:
            control.should_training_stop = True

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Keep the best weights, and end when nothing gets better."""
        if self._patience is None:
            return
        losses = evaluation_losses(state)
        best = min(range(len(losses)), key=lambda at: losses[at])
        if best == len(losses) - 1 and state.is_world_process_zero:
            keep_best(kwargs["model"], Path(args.output_dir))
        if len(losses) - 1 - best >= self._patience:
            self.satisfied = control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Mark the checkpoint as complete."""
        (Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE).touch()
        self._saved = time.monotonic()


def evaluation_losses(state: Any) -> list[float]:
    """Return the losses on held-out rows, in the order they were measured."""
    return [float(entry["eval_loss"]) for entry in state.log_history if "eval_loss" in entry]


def keep_best(model: Any, partial: Path) -> None:
    """Write the weights in place of the best so far; a kill leaves the old or the new ones."""
    fresh = partial / f"{BEST}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    getattr(model, "module", model).save_pretrained(fresh)  # unwrapped, where several processes train it
    shutil.rmtree(partial / BEST, ignore_errors=True)
    fresh.rename(partial / BEST)


def restore(model: Any, best: Path) -> None:
    """Put the best weights back into the model they were taken from."""
    from safetensors.torch import load_file

    weights = {name: tensor for file in sorted(best.glob("*.safetensors")) for name, tensor in load_file(file).items()}
    if (best / "adapter_config.json").is_file():
        from peft import set_peft_model_state_dict

        set_peft_model_state_dict(model, weights)
    else:
        model.load_state_dict(weights, strict=False)  # tied weights stand in the file once


def last_checkpoint(partial: Path) -> str | None:
    """Return the last complete checkpoint of a training that was broken off."""
    complete = [path.parent for path in partial.glob(f"checkpoint-*/{COMPLETE}")]
    return str(max(complete, key=lambda path: int(path.name.split("-")[1]))) if complete else None
