"""The training provider behind `LM.finetune`, and `train`, which waits for it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dspy.clients.provider import Provider, TrainingJob
from pydantic import ValidationError

from ...errors import ConfigError, TrainingError
from ..local.fingerprint import PREFIX, fingerprint_of, forget, is_local, spell_signature
from .launching import alone, launch
from .plan import Hyperparameters, Plan, base_id, check_method, partial_of

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
                `checkpoint_seconds`, `apart` (in a process of its own; a number: one of so many side by side).

        Raises:
            ConfigError: arguments that make no sense, or a base model that cannot be loaded.
            TrainingError: it failed or was stopped.
        """
        if getattr(train_data_format, "value", train_data_format) not in (None, "chat"):
            raise ConfigError(f"Local models are fine-tuned on conversations (CHAT), not on {train_data_format}.")
        options = dict(train_kwargs or {})
        output_dir = Path(options.pop("output_dir", DEFAULT_FOLDER))
        progress = options.pop("progress", None)
        seconds, apart = options.pop("checkpoint_seconds", None), options.pop("apart", False)
        plan = make_plan(model, train_data, options)
        folder = output_dir / plan.id
        if not folder.is_dir():
            check_method(plan.hyperparameters.method)
            stopping = getattr(job, "stopping", threading.Event()).is_set
            more = {} if seconds is None else {"checkpoint_seconds": seconds}
            if apart or plan.hyperparameters.processes > 1:
                launch(plan, folder, progress=progress, stopping=stopping, beside=max(1, int(apart)), **more)
            else:
                _run_here(plan, folder, progress=progress, stopping=stopping, **more)
            forget()
        return f"{PREFIX}{folder}"


def _run_here(plan: Plan, folder: Path, *, stopping: Callable[[], bool], **more: Any) -> None:
    from .sft import run

    with alone(partial_of(folder), stopping):
        run(plan, folder, stopping=stopping, **more)


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
            `checkpoint_seconds`, `apart` (in a process of its own; a number: one of so many side by side).

    Returns:
        A `dspy.LM` for the fine-tuned model; at once if the same was trained before.

    Raises:
        ConfigError: the options make no sense, or the model cannot be fine-tuned.
        TrainingError: the run failed.
    """
    return train_all(lm, [Lesson(rows, options)])[0]


class Lesson(NamedTuple):
    """What one fine-tuning is given."""

    rows: Sequence[Mapping[str, Any]]
    options: Mapping[str, Any]
    """As `train` takes them."""


def train_all(lm: Any, lessons: Sequence[Lesson], *, at_once: int = 1) -> list[Any]:
    """Fine-tune a model once for each lesson, every time from the same base.

    Args:
        lm: The `dspy.LM` to start from.
        lessons: What each fine-tuning is given.
        at_once: How many go on side by side, each in a process of its own if there are several: one for every core or
            GPU that has the memory. The weights are the same as one after another; of a model that is not small
            (`local.cores.SMALL`) but for rounding, since each then has fewer threads.

    Returns:
        A `dspy.LM` for each lesson, in their order.

    Raises:
        ConfigError, TrainingError: as `train`; the others are stopped with a checkpoint.
    """
    from dspy.clients.utils_finetune import TrainDataFormat

    if not getattr(lm.provider, "finetunable", False):
        raise ConfigError(f"{lm.model} cannot be fine-tuned here; use `tiny` or a `local/…` model as student.")
    several: dict[str, Any] = {"apart": beside} if (beside := min(at_once, len(lessons))) > 1 else {}
    jobs: list[Any] = []
    try:
        for lesson in lessons:
            _wait(lm, jobs, max(at_once, 1) - 1)
            jobs.append(lm.finetune(list(lesson.rows), TrainDataFormat.CHAT, {**lesson.options, **several}))
        _wait(lm, jobs, 0)
    except BaseException:
        for job in jobs:
            job.cancel()
        for job in jobs:
            job.thread.join()
        raise
    return [job.result() for job in jobs]


def _wait(lm: Any, jobs: Sequence[Any], running: int) -> None:
    """Wait until no more jobs than that are under way; raise the error of one that failed."""
    while True:
        under_way = [job for job in jobs if not job.done()]
        for job in jobs:
            if job not in under_way and isinstance(outcome := job.result(), Exception):
                raise _told(lm, outcome)
        if len(under_way) <= running:
            return
        under_way[0].thread.join(0.2)


def _told(lm: Any, error: Exception) -> Exception:
    if isinstance(error, ConfigError | TrainingError):
        return error
    failed = TrainingError(f"Fine-tuning {lm.model} failed: {type(error).__name__}: {error}")
    failed.__cause__ = error
    return failed
