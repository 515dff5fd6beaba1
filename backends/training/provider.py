"""The training provider behind `LM.finetune`, and `train`, which waits for it."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dspy.clients.provider import Provider, TrainingJob
from pydantic import ValidationError

from ...errors import ConfigError, TrainingError
from ..local.fingerprint import PREFIX, fingerprint_of, forget, is_local, spell_signature
from .plan import Hyperparameters, Plan, base_id, check_method

DEFAULT_FOLDER = "models"
"""Where fine-tuned models go if the caller does not say, under the working directory."""


class LocalJob(TrainingJob):  # type: ignore[misc]  # dspy is untyped
    """A fine-tuning run in a thread of this process."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stopping = threading.Event()

    def cancel(self) -> bool:
        """Stop after the step under way, with a checkpoint from which the same job goes on; False if it is done."""
        if self.done():
            return False
        self.stopping.set()
        return True

    def status(self) -> str:
        """Say `running`, `stopping`, `failed` or `done`."""
        if not self.done():
            return "stopping" if self.stopping.is_set() else "running"
        return "failed" if isinstance(self.result(), Exception) else "done"


class TrlProvider(Provider):  # type: ignore[misc]  # dspy is untyped
    """Fine-tunes local models with TRL, in this process. The rows never leave the machine."""

    def __init__(self) -> None:
        super().__init__()
        self.finetunable = True
        self.TrainingJob = LocalJob

    @staticmethod
    def is_provider_model(model: str) -> bool:
        """Tell whether this provider trains that model."""
        return is_local(model)

    @staticmethod
    def finetune(job: Any, model: str, train_data: Any, train_data_format: Any = None, train_kwargs: Any = None) -> str:
        """Train (or find what the same data gave before) and return the new model's name.

        Args:
            job: The job this runs in; its `stopping` event ends it.
            model: Name of the base model.
            train_data: Conversations, `{"messages": [...]}`.
            train_data_format: `TrainDataFormat.CHAT` or None.
            train_kwargs: Fields of `Hyperparameters`, and `output_dir`, `signature`, `adapter`, `progress`,
                `checkpoint_seconds`.

        Raises:
            ConfigError: arguments that make no sense, or a base model that cannot be loaded.
            TrainingError: it failed or was stopped.
        """
        if getattr(train_data_format, "value", train_data_format) not in (None, "chat"):
            raise ConfigError(f"Local models are fine-tuned on conversations (CHAT), not on {train_data_format}.")
        options = dict(train_kwargs or {})
        output_dir = Path(options.pop("output_dir", DEFAULT_FOLDER))
        progress = options.pop("progress", None)
        seconds = options.pop("checkpoint_seconds", None)
        plan = make_plan(model, train_data, options)
        folder = output_dir / plan.id
        if not folder.is_dir():
            check_method(plan.hyperparameters.method)
            stopping = getattr(job, "stopping", threading.Event()).is_set
            more = {} if seconds is None else {"checkpoint_seconds": seconds}
            if plan.hyperparameters.processes > 1:
                from .launching import launch as run
            else:
                from .sft import run
            run(plan, folder, progress=progress, stopping=stopping, **more)
            forget()
        return f"{PREFIX}{folder}"


def make_plan(model: str, rows: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> Plan:
    """Check the arguments of a run and put them together.

    Raises:
        ConfigError: no rows, rows that are not conversations, an unknown or impossible option.
    """
    fields = dict(options)
    signature, adapter = fields.pop("signature", None), fields.pop("adapter", None)
    fields["method"] = fields.get("method") or fingerprint_of(model).get("finetune", "lora")
    if not rows:
        raise ConfigError("There is nothing to fine-tune on: no rows.")
    for number, row in enumerate(rows):
        messages = row.get("messages") or [{}]
        if len(messages) < 2 or messages[-1].get("role") != "assistant":
            raise ConfigError(f"Row {number} is not a conversation that ends with the assistant's turn.")
    try:
        return Plan(
            base=model,
            base_id=base_id(model),
            rows=tuple({"messages": row["messages"]} for row in rows),
            hyperparameters=Hyperparameters(**fields),
            signature=None if signature is None else spell_signature(signature),
            adapter=adapter if isinstance(adapter, str) else type(adapter).__name__ if adapter else "CompactAdapter",
        )
    except ValidationError as error:
        problem = error.errors()[0]
        raise ConfigError(f"Fine-tuning cannot use {'.'.join(map(str, problem['loc']))}: {problem['msg']}.") from error


def train(lm: Any, rows: Sequence[Mapping[str, Any]], **options: Any) -> Any:
    """Fine-tune a model and wait for it.

    Args:
        lm: The `dspy.LM` to start from; local, or `recorded` around a local one.
        rows: Conversations, `{"messages": [...]}`, as `adapter.format_finetune_data` makes them.
        **options: `output_dir` (folder; the model goes to `<output_dir>/<hash of everything that shapes it>`),
            every field of `Hyperparameters` (`method` left out: what the base says), `signature` and `adapter` (kept in
            the fingerprint and checked when the model is asked), `progress` (called with step, steps, loss),
            `checkpoint_seconds`.

    Returns:
        A `dspy.LM` for the fine-tuned model; at once if the same was trained before.

    Raises:
        ConfigError: the options make no sense, or the model cannot be fine-tuned.
        TrainingError: the run failed.
    """
    from dspy.clients.utils_finetune import TrainDataFormat

    if not getattr(lm.provider, "finetunable", False):
        raise ConfigError(f"{lm.model} cannot be fine-tuned here; use `tiny` or a `local/…` model as student.")
    job = lm.finetune(list(rows), TrainDataFormat.CHAT, options)
    try:
        while not job.done():
            job.thread.join(0.2)
    except BaseException:
        job.cancel()
        job.thread.join()
        raise
    outcome = job.result()
    if isinstance(outcome, ConfigError | TrainingError):
        raise outcome
    if isinstance(outcome, Exception):
        raise TrainingError(f"Fine-tuning {lm.model} failed: {type(outcome).__name__}: {outcome}") from outcome
    return outcome
