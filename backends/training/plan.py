"""What a fine-tuning run is to do, and the id that follows from it: the same plan gives the same folder."""

import hashlib
import math
import random
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, JsonValue, model_validator

from ...data.records import Record, content_id
from ...errors import ConfigError
from ..local.fingerprint import PREFIX, fingerprint_of, folder_of

VERSION = 2
"""Raised whenever the same plan would give other weights than before."""
_WEIGHTS = ("*.safetensors", "config.json", "tokenizer*.json", "chat_template*", "generation_config.json")


Method = Literal["full", "lora", "dora", "qlora"]
Precision = Literal["float32", "bfloat16"]


def device_defaults() -> dict[str, JsonValue]:
    """Choose precision and gradient checkpointing for the device of this machine."""
    import torch

    gpu = torch.cuda.is_available()
    half = gpu and torch.cuda.is_bf16_supported()
    return {"precision": "bfloat16" if half else "float32", "gradient_checkpointing": gpu}


def check_method(method: str) -> None:
    """Check that this machine can train by a method.

    Raises:
        ConfigError: QLoRA without a GPU or without bitsandbytes.
    """
    if method != "qlora":
        return
    import torch

    missing = [] if torch.cuda.is_available() else ["a GPU"]
    missing += [] if find_spec("bitsandbytes") else ["bitsandbytes (`pip install bitsandbytes`)"]
    if missing:
        raise ConfigError(f"Method `qlora` needs {' and '.join(missing)}; here use `lora`.")


class Hyperparameters(Record):
    """How to train. Everything here takes part in the id of the result."""

    epochs: float = Field(default=3.0, gt=0)
    """Passes over the rows; left aside if `max_steps` is given."""
    max_steps: int | None = Field(default=None, ge=1)
    """Optimizer steps."""
    learning_rate: float = Field(gt=0)
    """At its height; 5e-4 for `full` and 2e-4 for the others if left out."""
    batch_size: int = Field(default=16, ge=1)
    """Rows a step."""
    warmup: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps over which the learning rate rises; it falls linearly to zero after."""
    weight_decay: float = Field(default=0.0, ge=0)
    method: Method
    """All weights, low-rank adapters (LoRA, or DoRA, which also learns magnitudes), or LoRA on a 4-bit base (QLoRA)."""
    rank: int = Field(default=16, ge=1)
    """Of the low-rank matrices."""
    alpha: float = Field(gt=0)
    """The low-rank product is scaled by `alpha / rank`; twice the rank if left out."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Of the inputs of the low-rank matrices."""
    target_modules: str | tuple[str, ...] = "all-linear"
    """Which layers get low-rank matrices: all linear ones but the head, or names of modules."""
    precision: Precision
    """What is computed in; bfloat16 on a GPU that has it, else float32, if left out."""
    gradient_checkpointing: bool
    """Compute activations twice to save memory; on a GPU if left out."""
    packing: bool = False
    """Put several rows into one sequence as long as the context; no row sees another. `batch_size` counts sequences."""
    sharing: int = Field(default=1, ge=1)
    """Rows that may share one reading of the beginning they have in common (`sharing.py`); `batch_size` counts rows."""
    renaming: float = Field(default=0.0, ge=0, le=1)
    """Share of the tables and of their words that get new names each time they are shown (`renaming.py`)."""
    evaluation_share: float = Field(default=0.0, ge=0, le=0.5)
    """Share of the rows on which the loss is only measured."""
    patience: int | None = Field(default=None, ge=1)
    """End after so many of the 20 measurements without a better one, and keep the best weights."""
    merge: bool = False
    """Add low-rank matrices to the weights, so that the folder needs no base."""
    processes: int = Field(default=1, ge=1)
    """Processes that share a step (one a GPU), started by `accelerate launch`."""
    seed: int = 0

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        given = {key: value for key, value in values.items() if value is not None}
        rate = 5e-4 if given.get("method") == "full" else 2e-4
        rank = given.get("rank", 16)
        doubled = {"alpha": 2 * rank} if isinstance(rank, int) else {}
        device = {} if {"precision", "gradient_checkpointing"} <= given.keys() else device_defaults()
        return {"learning_rate": rate, **doubled, **device, **given}

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.patience is not None and not self.evaluation_share:
            raise ValueError("`patience` needs rows to measure on: give `evaluation_share`, 0.1 for one row in ten")
        if self.merge and self.method == "full":
            raise ValueError("`merge` is for low-rank methods; `full` has nothing to merge")
        if self.batch_size % self.processes:
            raise ValueError(f"`batch_size` {self.batch_size} cannot be shared by {self.processes} processes")
        if self.processes > 1 and (self.packing or self.sharing > 1):
            raise ValueError("`packing` and `sharing` work in one process only")
        if self.packing and self.sharing > 1:
            raise ValueError("`packing` and `sharing` are two ways to fill a sequence; choose one")
        if self.batch_size % self.sharing:
            raise ValueError(f"`batch_size` {self.batch_size} is no multiple of `sharing` {self.sharing}")
        return self

    @property
    def sequences(self) -> int:
        """Sequences a step."""
        return self.batch_size // self.sharing

    def steps(self, sequences: float) -> int:
        """Count the optimizer steps for an epoch of that many sequences, at least 1."""
        return self.max_steps or max(1, math.ceil(self.epochs * sequences / self.sequences))

    def copies(self, rows: int) -> int:
        """Count how often each row is prepared: once, or for every epoch if names are new in each."""
        if not self.renaming:
            return 1
        return math.ceil(self.epochs if self.max_steps is None else self.max_steps * self.batch_size / rows)


class Plan(Record):
    """One fine-tuning run."""

    base: str
    """Name of the model to start from, as `make_lm` takes it."""
    base_id: str
    """Hash of its weights and tokenizer, or hub id and commit."""
    rows: tuple[dict[str, JsonValue], ...] = Field(repr=False)
    """Conversations: `{"messages": [{"role": ..., "content": ...}, ...]}`, the assistant last."""
    hyperparameters: Hyperparameters
    signature: str | None = None
    """What the model will be asked, spelled by `spell_signature`; None if nobody should check."""
    adapter: str = "CompactAdapter"
    """Class name of the adapter that made the rows."""

    @property
    def data_id(self) -> str:
        """Hash of the rows, in their order."""
        return content_id(list(self.rows))

    @property
    def id(self) -> str:
        """Name of the folder: a hash of everything that shapes the weights."""
        return content_id(
            VERSION,
            self.base_id,
            self.data_id,
            self.hyperparameters.model_dump(mode="json"),
            self.signature,
            self.adapter,
        )


def partial_of(folder: Path) -> Path:
    """Return where the checkpoints of a training lie until its folder is complete."""
    return folder.parent / f".{folder.name}.partial"


def base_id(model: str) -> str:
    """Identify a base model by content.

    Raises:
        ConfigError: the model is itself a LoRA adapter, or cannot be found.
    """
    folder = folder_of(model)
    if folder is None:
        return _hub_id(model.removeprefix(PREFIX))
    if (folder / "adapter_config.json").is_file():
        raise ConfigError(f"{model} is a LoRA adapter; fine-tune from its base, {fingerprint_of(model).get('base')}.")
    digest = hashlib.sha256()
    files = sorted({path for pattern in _WEIGHTS for path in folder.glob(pattern)})
    for path in files:
        digest.update(f"{path.name}\n".encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    if not any(path.suffix == ".safetensors" for path in files):
        raise ConfigError(f"{folder} holds no weights (*.safetensors).")
    return digest.hexdigest()[:16]


def _hub_id(name: str) -> str:
    from transformers import AutoConfig

    try:
        commit = getattr(AutoConfig.from_pretrained(name), "_commit_hash", None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"The model {name!r} cannot be found: {str(error).splitlines()[0]}") from error
    return f"{name}@{commit}"


def split_rows(count: int, share: float, seed: int) -> tuple[list[int], list[int]]:
    """Choose which rows are trained on and which the loss is only measured on, both in their order.

    At least one row is on each side unless the share is 0.
    """
    rows = list(range(count))
    random.Random(f"evaluation {seed}").shuffle(rows)
    held = min(max(1, round(share * count)), count - 1) if share else 0
    return sorted(rows[held:]), sorted(rows[:held])


def order_rows(lengths: Sequence[int], draws: int, batch_size: int, seed: int) -> list[int]:
    """Order rows for training, as often over as `draws` needs; rows of like length come together, to save padding.

    The order is fixed beforehand, not left to a sampler, so that a resumed run sees the rows it has not seen.

    Args:
        lengths: Tokens of each row.
        draws: How many rows to draw in all.
        batch_size: Rows a step.
        seed: Of the shuffling.
    """
    rng = random.Random(seed)
    order: list[int] = []
    while len(order) < draws:
        rows = list(range(len(lengths)))
        rng.shuffle(rows)
        pool = 8 * batch_size
        batches = []
        for start in range(0, len(rows), pool):
            alike = sorted(rows[start : start + pool], key=lambda row: lengths[row])
            batches += [alike[first : first + batch_size] for first in range(0, len(alike), batch_size)]
        whole = [batch for batch in batches if len(batch) == batch_size]
        rng.shuffle(whole)
        rest = [batch for batch in batches if len(batch) < batch_size]
        order += [row for batch in [*whole, *rest] for row in batch]
    return order[:draws]
