"""Runs one plan with TRL: from rows to a folder of weights, resumable after a kill."""

import json
import math
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, disable_progress_bars, enable_progress_bars, is_progress_bar_enabled
from transformers import PrinterCallback, Trainer
from trl.data_utils import pack_dataset
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from ...errors import ConfigError, TrainingError
from ..local.cores import threads
from ..local.fingerprint import EMBEDDED, FINGERPRINT_FILE, SETTINGS_FILE, folder_of
from ..local.models import load_base, quiet
from ..local.templates import learned_row, turn_end
from .card import figures, model_card
from .generation import end_with_turns, make_valid, said_of_adapters
from .plan import Hyperparameters, Plan, check_method, order_rows, partial_of, split_rows
from .renaming import renamed
from .sharing import Branches, share
from .watch import BEST, Progress, Watch, last_checkpoint, restore

CHECKPOINT_SECONDS = 30.0
"""Time between two checkpoints: what a kill can cost."""


class _Trainer(SFTTrainer):  # type: ignore[misc]  # trl is untyped
    """TRL's trainer without its messages home and without figures nobody looks at."""

    def _send_telemetry(self) -> None:
        """Send nothing."""

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the loss as transformers does; TRL adds entropy and token accuracy at every step."""
        return Trainer.compute_loss(self, *args, **kwargs)


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
        ConfigError: the base model cannot be loaded, or its template refuses a row, or it cannot be merged.
    """
    if folder.is_dir():
        return
    partial = partial_of(folder)
    partial.mkdir(parents=True, exist_ok=True)
    watch = Watch(progress, stopping, checkpoint_seconds, plan.hyperparameters.patience)
    with quiet(), _quiet_datasets():
        tokenizer, model = load_base(plan.base, **_loading(plan.hyperparameters.method))
        make_valid(model)
        torch.set_num_threads(threads(model.num_parameters()))
        trainer = make_trainer(plan, tokenizer, model, partial, watch)
        too_long = arrange(trainer, plan, model)
        trainer.train(resume_from_checkpoint=last_checkpoint(partial))
        if trainer.state.global_step < trainer.args.max_steps and not watch.satisfied:
            raise TrainingError(
                f"Fine-tuning was stopped at step {trainer.state.global_step} of {trainer.args.max_steps}; "
                "it goes on from there when it is started again."
            )
        if not trainer.is_world_process_zero():
            return
        _finish(plan, trainer, tokenizer, partial, too_long)
    (partial / "result").rename(folder)
    shutil.rmtree(partial)


def _loading(method: str) -> dict[str, Any]:
    """Return what loading the base takes besides its name."""
    check_method(method)
    if method != "qlora":
        return {}
    from transformers import BitsAndBytesConfig

    four_bits = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {"quantization_config": four_bits}


@contextmanager
def _quiet_datasets() -> Iterator[None]:
    shown = is_progress_bar_enabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            enable_progress_bars()


def make_trainer(plan: Plan, tokenizer: Any, model: Any, partial: Path, watch: Watch) -> _Trainer:
    """Make TRL's trainer for a plan; `arrange` then puts its rows in order and counts its steps."""
    hyper = plan.hyperparameters
    learned, held = split_rows(len(plan.rows), hyper.evaluation_share, hyper.seed)
    arguments = SFTConfig(
        output_dir=str(partial),
        per_device_train_batch_size=hyper.sequences // hyper.processes,
        per_device_eval_batch_size=hyper.batch_size,
        learning_rate=hyper.learning_rate,
        lr_scheduler_type="linear",
        weight_decay=hyper.weight_decay,
        seed=hyper.seed,
        max_length=None,
        pad_to_multiple_of=None,
        padding_free=hyper.packing,
        train_sampling_strategy="sequential",
        gradient_checkpointing=hyper.gradient_checkpointing,
        bf16=hyper.precision == "bfloat16",
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=False,
        save_strategy="no",
        save_total_limit=2,
        eval_strategy="steps" if held else "no",
        eval_steps=1,  # both are set anew when the steps are known
        logging_strategy="steps",
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
    )
    if arguments.n_gpu > 1:  # transformers would divide each step among them by threads; several are for `processes`
        arguments._n_gpu = 1
    trainer = _Trainer(
        model=model,
        args=arguments,
        train_dataset=_dataset(_shown(plan, learned, tokenizer), tokenizer),
        eval_dataset=_dataset([plan.rows[row] for row in held], tokenizer) if held else None,
        processing_class=tokenizer,
        peft_config=None if hyper.method == "full" else _lora(hyper),
        callbacks=[watch],
    )
    trainer.remove_callback(PrinterCallback)
    if hyper.merge:
        check_mergeable(trainer.model)
    return trainer


def _shown(plan: Plan, learned: list[int], tokenizer: Any) -> list[dict[str, Any]]:
    """Return the rows as they are to be seen: once each, or with other names for every epoch."""
    hyper, rows = plan.hyperparameters, [plan.rows[row] for row in learned]
    if not hyper.renaming:
        return rows
    return renamed(rows, tokenizer.get_vocab(), hyper.renaming, hyper.copies(len(rows)), hyper.seed)


def _dataset(rows: Sequence[dict[str, Any]], tokenizer: Any) -> Dataset:
    """Tokenise rows; TRL would leave out what a template adds to prompts only, and learn what it adds to answers."""
    end = turn_end(tokenizer)
    text = (tokenizer.eos_token or "") if end is None else tokenizer.convert_ids_to_tokens(end)
    return Dataset.from_list([learned_row(tokenizer, row["messages"], text) for row in rows])


def _lora(hyper: Hyperparameters) -> Any:
    from peft import LoraConfig

    modules = hyper.target_modules
    if isinstance(modules, str) and re.fullmatch(r"\w[\w.]*", modules):
        modules = (modules,)  # a bare name; peft would take it for an expression that names whole paths
    alpha: Any = hyper.alpha  # peft divides it by the rank, whole or not
    return LoraConfig(
        r=hyper.rank,
        lora_alpha=alpha,
        lora_dropout=hyper.dropout,
        use_dora=hyper.method == "dora",
        target_modules=modules if isinstance(modules, str) else list(modules),
        task_type="CAUSAL_LM",
    )


def check_mergeable(model: Any) -> None:
    """Check that merging gives the weights that were trained.

    Raises:
        ConfigError: matrices on one side only of weights that embedding and head share.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer

    base = model.get_base_model()
    ends = (base.get_input_embeddings(), base.get_output_embeddings())
    if base.config.get_text_config().tie_word_embeddings and any(isinstance(end, BaseTunerLayer) for end in ends):
        raise ConfigError(
            "`merge` cannot add low-rank matrices to embedding or head, which share their weights in this model; "
            "leave them out of `target_modules`, or train without `merge`."
        )


def arrange(trainer: _Trainer, plan: Plan, model: Any) -> int:
    """Put the tokenised rows into training order, and set the number of steps.

    Returns:
        How many rows are left out, being longer than the context; of rows shown under several names, on average.
    """
    hyper, args = plan.hyperparameters, trainer.args
    copies = hyper.copies(len(split_rows(len(plan.rows), hyper.evaluation_share, hyper.seed)[0]))
    rows, left_out = _fitting(trainer.train_dataset, plan, model)
    left_out = math.ceil(left_out / copies)
    if trainer.eval_dataset is not None:
        trainer.eval_dataset, more = _fitting(trainer.eval_dataset, plan, model)
        left_out += more
    if hyper.packing:
        rows = pack_dataset(
            rows.select_columns(["input_ids", "labels"]), _context(model) or max(map(len, rows["input_ids"])), "bfd"
        )
    if hyper.sharing > 1:
        tokenizer: Any = trainer.processing_class
        rows = share(rows, hyper.sharing, hyper.seed)
        trainer.data_collator = Branches(tokenizer.pad_token_id)
        if trainer.eval_dataset is not None:
            trainer.eval_dataset = share(trainer.eval_dataset, 1, hyper.seed)
    args.max_steps = total = hyper.steps(len(rows) / copies)
    args.warmup_steps, args.logging_steps = round(hyper.warmup * total), max(1, total // 200)
    args.eval_steps = trainer.state.eval_steps = max(1, total // 20)
    lengths = [len(ids) for ids in rows["input_ids"]]
    trainer.train_dataset = rows.select(order_rows(lengths, total * hyper.sequences, hyper.sequences, hyper.seed))
    return left_out


def _fitting(rows: Any, plan: Plan, model: Any) -> tuple[Any, int]:
    lengths = [len(ids) for ids in rows["input_ids"]]
    context = _context(model) or max(lengths)
    fitting = [row for row, length in enumerate(lengths) if length <= context]
    if not fitting:
        raise TrainingError(f"None of the {len(lengths)} rows fits into the {context} tokens that {plan.base} reads.")
    return rows.select(fitting), len(lengths) - len(fitting)


def _context(model: Any) -> int | None:
    return getattr(model.config, "max_position_embeddings", None)


def _finish(plan: Plan, trainer: _Trainer, tokenizer: Any, partial: Path, too_long: int) -> None:
    """Write weights, tokenizer, settings, fingerprint and card."""
    hyper, folder = plan.hyperparameters, partial / "result"
    shutil.rmtree(folder, ignore_errors=True)
    model = trainer.accelerator.unwrap_model(trainer.model)
    if hyper.patience is not None and (partial / BEST).is_dir():
        restore(model, partial / BEST)
    if hyper.merge:
        model = model.merge_and_unload()
    end_with_turns(model, tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    base = folder_of(plan.base)
    if base is not None and (base / SETTINGS_FILE).is_file():
        shutil.copyfile(base / SETTINGS_FILE, folder / SETTINGS_FILE)
    fingerprint = {
        "signature": plan.signature,
        "adapter": plan.adapter,
        "base": {"model": plan.base, "id": plan.base_id, **_lying(base, plan.base)},
        "data": {"id": plan.data_id, "rows": len(plan.rows), "too_long": too_long},
        "hyperparameters": hyper.model_dump(mode="json"),
        **said_of_adapters(model, tokenizer),
        "steps": trainer.state.global_step,
        "figures": figures(trainer.state),
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "peft")},
    }
    text = json.dumps(fingerprint, indent=2, ensure_ascii=False) + "\n"
    (folder / FINGERPRINT_FILE).write_text(text, encoding="utf-8")
    (folder / "README.md").write_text(model_card(fingerprint), encoding="utf-8")


def _lying(folder: Path | None, name: str) -> dict[str, str]:
    """Say where a base lies that its name finds from this working folder only."""
    return {} if folder is None or name in EMBEDDED else {"folder": str(folder.resolve())}
