"""Runs one plan with TRL: from rows to a folder of weights, resumable after a kill."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, disable_progress_bars, enable_progress_bars, is_progress_bar_enabled
from transformers import PrinterCallback, Trainer, TrainerCallback
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from ...errors import TrainingError
from ..local.fingerprint import FINGERPRINT_FILE, SETTINGS_FILE, folder_of
from ..local.models import load_base, quiet, threads
from .plan import Plan, order_rows

CHECKPOINT_SECONDS = 30.0
"""Time between two checkpoints: what a kill can cost."""
_COMPLETE = "complete"
"""Marks a checkpoint that was written to its end."""

Progress = Callable[[int, int, float | None], None]
"""Called after every step (200 times in a long run) with the step, the steps in all, and the loss since the last."""


class _Trainer(SFTTrainer):  # type: ignore[misc]  # trl is untyped
    """TRL's trainer without its messages home and without figures nobody looks at."""

    def _send_telemetry(self) -> None:
        """Send nothing."""

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the loss as transformers does; TRL adds entropy and token accuracy at every step."""
        return Trainer.compute_loss(self, *args, **kwargs)


class _Watch(TrainerCallback):  # type: ignore[misc]  # transformers is loosely typed
    """Reports every step, saves now and then, and stops when told to."""

    def __init__(self, progress: Progress | None, stopping: Callable[[], bool], seconds: float) -> None:
        self._progress, self._stopping, self._seconds = progress, stopping, seconds
        self._saved = time.monotonic()
        self._loss: float | None = None

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        self._loss = (logs or {}).get("loss", self._loss)
        if self._progress is not None and "loss" in (logs or {}):
            self._progress(state.global_step, state.max_steps, self._loss)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        stop = self._stopping()
        if stop or (time.monotonic() - self._saved >= self._seconds and state.global_step < state.max_steps):
            control.should_save = True
        if stop:
            control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        (Path(args.output_dir) / f"checkpoint-{state.global_step}" / _COMPLETE).touch()
        self._saved = time.monotonic()


def run(
    plan: Plan,
    folder: Path,
    *,
    progress: Progress | None = None,
    stopping: Callable[[], bool] = lambda: False,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> None:
    """Train, and leave the weights with their fingerprint in `folder`, which appears only when it is complete.

    Checkpoints lie in `.<folder name>.partial` beside it until then; a run that finds them goes on from the last one,
    to the same weights as without the break.

    Raises:
        TrainingError: it was stopped, or no row fits into the model's context.
        ConfigError: the base model cannot be loaded.
    """
    if folder.is_dir():
        return
    partial = folder.parent / f".{folder.name}.partial"
    partial.mkdir(parents=True, exist_ok=True)
    with quiet(), _quiet_datasets():
        torch.set_num_threads(threads())
        tokenizer, model = load_base(plan.base)
        trainer = _trainer(plan, tokenizer, model, partial, _Watch(progress, stopping, checkpoint_seconds))
        too_long = _arrange(trainer, plan, model)
        trainer.train(resume_from_checkpoint=_last_checkpoint(partial))
        if trainer.state.global_step < trainer.args.max_steps:
            raise TrainingError(
                f"Fine-tuning was stopped at step {trainer.state.global_step} of {trainer.args.max_steps}; "
                "it goes on from there when it is started again."
            )
        _finish(plan, trainer, tokenizer, partial / "result", too_long)
    (partial / "result").rename(folder)
    shutil.rmtree(partial)


@contextmanager
def _quiet_datasets() -> Iterator[None]:
    shown = is_progress_bar_enabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            enable_progress_bars()


def _trainer(plan: Plan, tokenizer: Any, model: Any, partial: Path, watch: _Watch) -> _Trainer:
    hyper = plan.hyperparameters
    total = hyper.steps(len(plan.rows))
    arguments = SFTConfig(
        output_dir=str(partial),
        max_steps=total,
        per_device_train_batch_size=hyper.batch_size,
        learning_rate=hyper.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=round(hyper.warmup * total),
        weight_decay=hyper.weight_decay,
        seed=hyper.seed,
        max_length=None,
        pad_to_multiple_of=None,
        packing=False,
        train_sampling_strategy="sequential",
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=False,
        save_strategy="no",
        save_total_limit=2,
        logging_strategy="steps",
        logging_steps=max(1, total // 200),
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
    )
    trainer = _Trainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list([_prompt_and_completion(row) for row in plan.rows]),
        processing_class=tokenizer,
        peft_config=_lora(hyper.rank) if hyper.method == "lora" else None,
        callbacks=[watch],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _prompt_and_completion(row: dict[str, Any]) -> dict[str, Any]:
    messages = row["messages"]
    return {"prompt": messages[:-1], "completion": messages[-1:]}


def _lora(rank: int) -> Any:
    from peft import LoraConfig

    return LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")


def _arrange(trainer: _Trainer, plan: Plan, model: Any) -> int:
    """Put the tokenised rows into training order; returns how many are left out, being longer than the context."""
    hyper = plan.hyperparameters
    rows = trainer.train_dataset
    assert isinstance(rows, Dataset)
    lengths = [len(ids) for ids in rows["input_ids"]]
    context = getattr(model.config, "max_position_embeddings", None) or max(lengths)
    fitting = [row for row, length in enumerate(lengths) if length <= context]
    if not fitting:
        raise TrainingError(f"None of the {len(lengths)} rows fits into the {context} tokens that {plan.base} reads.")
    draws = trainer.args.max_steps * hyper.batch_size
    order = order_rows([lengths[row] for row in fitting], draws, hyper.batch_size, hyper.seed)
    trainer.train_dataset = rows.select([fitting[row] for row in order])
    return len(lengths) - len(fitting)


def _last_checkpoint(partial: Path) -> str | None:
    complete = [path.parent for path in partial.glob(f"checkpoint-*/{_COMPLETE}")]
    return str(max(complete, key=lambda path: int(path.name.split("-")[1]))) if complete else None


def _finish(plan: Plan, trainer: _Trainer, tokenizer: Any, folder: Path, too_long: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    trainer.accelerator.unwrap_model(trainer.model).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    base = folder_of(plan.base)
    if base is not None and (base / SETTINGS_FILE).is_file():
        shutil.copyfile(base / SETTINGS_FILE, folder / SETTINGS_FILE)
    fingerprint = {
        "signature": plan.signature,
        "adapter": plan.adapter,
        "base": {"model": plan.base, "id": plan.base_id},
        "data": {"id": plan.data_id, "rows": len(plan.rows), "too_long": too_long},
        "hyperparameters": plan.hyperparameters.model_dump(mode="json"),
        "steps": trainer.state.global_step,
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "peft")},
    }
    text = json.dumps(fingerprint, indent=2, ensure_ascii=False) + "\n"
    (folder / FINGERPRINT_FILE).write_text(text, encoding="utf-8")
