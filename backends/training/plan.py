"""What a fine-tuning run is to do, and the id that follows from it: the same plan gives the same folder."""

import hashlib
import math
import random
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, JsonValue, model_validator

from ...data.records import Record, content_id
from ...errors import ConfigError
from ..local.fingerprint import PREFIX, fingerprint_of, folder_of

VERSION = 1
"""Raised whenever the same plan would give other weights than before."""
_WEIGHTS = ("*.safetensors", "config.json", "tokenizer*.json", "chat_template*", "generation_config.json")


class Hyperparameters(Record):
    """How to train. Everything here takes part in the id of the result."""

    epochs: float = Field(default=3.0, gt=0)
    """Passes over the rows; left aside if `max_steps` is given."""
    max_steps: int | None = Field(default=None, ge=1)
    """Optimizer steps."""
    learning_rate: float = Field(gt=0)
    """At its height; 5e-4 for `full` and 2e-4 for `lora` if left out."""
    batch_size: int = Field(default=16, ge=1)
    """Rows a step."""
    warmup: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps over which the learning rate rises; it falls linearly to zero after."""
    weight_decay: float = Field(default=0.0, ge=0)
    method: Literal["full", "lora"]
    rank: int = Field(default=16, ge=1)
    """Of the LoRA matrices; their scale is twice that."""
    seed: int = 0

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        given = {key: value for key, value in values.items() if value is not None}
        return {"learning_rate": 5e-4 if given.get("method") == "full" else 2e-4, **given}

    def steps(self, rows: int) -> int:
        """Count the optimizer steps for that many rows, at least 1."""
        return self.max_steps or max(1, math.ceil(self.epochs * rows / self.batch_size))


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
