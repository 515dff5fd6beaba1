"""Loads a local model once: tokenizer, weights, and the LoRA adapters that sit on the same base."""

import contextlib
import hashlib
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from .fingerprint import PREFIX, check_base, fingerprint_of, folder_of
from .templates import check_tokenizer, encode, render, turn_end

ADAPTER_FILE = "adapter_config.json"
_RENDERED = 512
"""Prompts whose tokens are kept, for their other tries."""


class LocalModel:
    """Tokenizer and weights of one model name, ready to generate."""

    def __init__(self, name: str, tokenizer: Any, module: Any, adapter: str | None) -> None:
        self.name = name
        self.tokenizer = tokenizer
        self.module = module
        self.adapter = adapter
        """Name of the LoRA adapter on `module` that makes this model; None for the base itself."""
        self.device = module.device
        self.eos = _eos_ids(tokenizer, module)
        self.context = int(getattr(module.config, "max_position_embeddings", 0) or 1 << 20)
        """Most tokens of prompt and reply together."""
        self.rendered = lru_cache(maxsize=_RENDERED)(self._rendered)
        """From turns, as an `Ask` has them, to the text the model reads and its tokens."""
        self.weights = sum(part.numel() for part in module.parameters())

    def prompt(self, messages: Sequence[dict[str, str]]) -> str:
        """Render turns as the text the model reads, up to where it answers; raises RefusedError if it takes none."""
        return render(self.tokenizer, messages)

    def _rendered(self, turns: tuple[tuple[str, str], ...]) -> tuple[str, tuple[int, ...]]:
        text = self.prompt([{"role": role, "content": content} for role, content in turns])
        return text, tuple(self.encode(text))

    def encode(self, prompt: str) -> list[int]:
        """Tokenise a rendered prompt (the chat template has already put in the special tokens)."""
        return encode(self.tokenizer, prompt)

    def decode(self, tokens: Sequence[int]) -> str:
        """Turn reply tokens into text, without special tokens."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True))

    def chosen(self) -> contextlib.AbstractContextManager[Any]:
        """Make the shared base act as this model, inside the block."""
        if self.adapter is not None:
            self.module.set_adapter(self.adapter)
        elif hasattr(self.module, "disable_adapter"):
            return self.module.disable_adapter()  # type: ignore[no-any-return]  # peft is untyped
        return contextlib.nullcontext()


class Shelf:
    """The models of one engine, by name. Adapters of one base share its weights. For one thread only."""

    def __init__(self) -> None:
        self._models: dict[str, LocalModel] = {}

    def get(self, name: str) -> LocalModel:
        """Return a model, loading it at first use; raises ConfigError if it cannot be loaded."""
        if name not in self._models:
            self._models[name] = self._load(name)
        return self._models[name]

    def _load(self, name: str) -> LocalModel:
        folder = folder_of(name)
        with quiet():
            if folder is not None and (folder / ADAPTER_FILE).is_file():
                return self._load_adapter(name, folder)
            tokenizer, module = load_base(name)
        return LocalModel(name, tokenizer, module.eval(), None)

    def _load_adapter(self, name: str, folder: Path) -> LocalModel:
        from peft import PeftModel

        check_base(name)
        base_name = fingerprint_of(name)["base"]["model"]
        base = self.get(base_name)
        # By its place: folders of adapters may bear the same name.
        label = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        with _loading(name):
            if hasattr(base.module, "load_adapter") and hasattr(base.module, "disable_adapter"):
                base.module.load_adapter(str(folder), adapter_name=label)
            else:
                base.module = PeftModel.from_pretrained(base.module, str(folder), adapter_name=label).eval()
        for model in self._models.values():
            if model.adapter is not None and fingerprint_of(model.name).get("base", {}).get("model") == base_name:
                model.module = base.module
        return LocalModel(name, base.tokenizer, base.module, label)


def load_base(name: str, **more: Any) -> tuple[Any, Any]:
    """Load tokenizer and float32 weights of a model that is not an adapter.

    Args:
        name: The model, as `make_lm` takes it.
        **more: Arguments of transformers' `from_pretrained`, such as a `quantization_config`.

    Raises:
        ConfigError: the folder or hub id cannot be loaded; the message says why.
    """
    import torch

    with _loading(name):
        tokenizer, module, missing = _read(name, more)
    if missing:
        raise ConfigError(f"The model {name!r} cannot be loaded: its weights lack {_some(missing)}.")
    check_tokenizer(tokenizer, name)
    if "quantization_config" in more:  # laid out on the GPU already
        return tokenizer, module
    return tokenizer, module.to("cuda" if torch.cuda.is_available() else "cpu")


@contextlib.contextmanager
def _loading(name: str) -> Iterator[None]:
    """Say of a folder or hub id that cannot be loaded, inside the block, which it is; raises ConfigError."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"The model {name!r} cannot be loaded: {why}") from error


def _read(name: str, more: dict[str, Any]) -> tuple[Any, Any, set[str]]:
    """Return tokenizer, model, and the names of weights that no file holds: transformers makes those up."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = folder_of(name)
    where = str(folder) if folder is not None else name.removeprefix(PREFIX)
    local = folder is not None  # never look a folder up on the hub
    tokenizer = AutoTokenizer.from_pretrained(where, local_files_only=local, padding_side="left")
    loaded: Any = AutoModelForCausalLM.from_pretrained(
        where, local_files_only=local, dtype=torch.float32, output_loading_info=True, **more
    )
    module, told = loaded
    return tokenizer, module, set(told["missing_keys"])


def _some(names: set[str]) -> str:
    shown = sorted(names)[:3]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


@contextlib.contextmanager
def quiet() -> Any:
    """Keep the progress bars and warnings of the model libraries off the user's terminal, inside the block."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _eos_ids(tokenizer: Any, module: Any) -> frozenset[int]:
    configured = getattr(module.generation_config, "eos_token_id", None)
    ids = configured if isinstance(configured, list) else [configured]
    # A base model's own end is that of texts, not that of turns.
    ends = [*ids, tokenizer.eos_token_id, turn_end(tokenizer)]
    return frozenset(int(token) for token in ends if token is not None)
