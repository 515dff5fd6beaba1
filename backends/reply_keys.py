"""What makes a reply: the key under which the reply log keeps it.

The model (a local one by the contents of its folder), the server it is asked at, the whole request and its settings
with temperature, seed and rollout id. Who pays and how long to wait make no difference; secrets never get in.
"""

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from dspy._vendor.lm15.serde import request_to_dict
from dspy.lm15 import Request
from pydantic import BaseModel

from ..data.records import content_id
from ..errors import ConfigError
from .local.fingerprint import folder_of, is_local

UNKEYED = frozenset({
    "api_key", "azure_ad_token_provider", "cache", "custom_llm_provider", "extra_headers", "headers", "num_retries",
    "organization", "project", "request", "timeout",
})  # fmt: skip
"""Settings that do not make the reply: who pays, how long to wait."""
WEIGHTS = (
    "*.safetensors",
    "config.json",
    "adapter_config.json",
    "tokenizer*.json",
    "chat_template*",
    "generation_config.json",
)
"""Files of a model folder that make its replies."""
ADDRESSES = ("api_base", "base_url")


class Asked(NamedTuple):
    """One call of a model."""

    key: str
    material: str
    """What the key hashes, as JSON."""
    typed: bool
    """The call was made with a dspy `Request`, so that its answer is a `Response`."""


def asked_for(lm: Any, prompt: Any, messages: Any, kwargs: dict[str, Any]) -> Asked:
    """Return what a call of a model asks; raises ConfigError for settings that are no plain data."""
    request = prompt if isinstance(prompt, Request) else kwargs.get("request")
    settings = {**({} if request is not None else lm.kwargs), **kwargs}
    material = {
        "model": model_identity(lm.model),
        "type": lm.model_type,
        "engine": _engine_identity(lm, settings),
        "settings": plain({key: value for key, value in sorted(settings.items()) if _keyed(key, value)}),
    }
    if request is not None:  # plain already
        material["request"] = {**request_to_dict(request), "model": material["model"]}
    else:
        material["messages"] = plain(messages if messages is not None else [{"role": "user", "content": prompt}])
    spelled = json.dumps(material, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    # `content_id(material)`, of a text that the log keeps anyway
    key = hashlib.sha256(f"[{spelled}]".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Asked(key, spelled, request is not None)


def _keyed(key: str, value: Any) -> bool:
    return value is not None and key not in UNKEYED and key not in ADDRESSES


def _engine_identity(lm: Any, settings: dict[str, Any]) -> str:
    """Name what answers, apart from the model's name: the server's address, or the engine's own identity."""
    engine = getattr(lm, "engine", None)
    if engine is not None and not isinstance(engine, str):
        return str(getattr(engine, "identity", "") or f"{type(engine).__module__}.{type(engine).__qualname__}")
    prefix = lm.model.split("/", 1)[0].upper()
    address = next((settings[key] for key in ADDRESSES if settings.get(key)), None)
    address = address or os.environ.get(f"{prefix}_API_BASE") or os.environ.get(f"{prefix}_BASE_URL") or ""
    parts = urlsplit(str(address))
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def model_identity(model: str) -> str:
    """Name a model by what it is: a local folder by the hash of its files, wherever it lies; others by their name."""
    folder = folder_of(model) if is_local(model) else None
    if folder is None or not folder.is_dir():
        return model
    return f"local:{folder_identity(folder)}"


def folder_identity(folder: Path) -> str:
    """Hash the weights, tokenizer and settings of a model folder to 16 hex digits; how it was trained is left out."""
    files = sorted({path for pattern in WEIGHTS for path in folder.glob(pattern)})
    stamps = tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
    return _hash_files(folder, stamps)


@lru_cache(maxsize=256)
def _hash_files(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> str:
    return content_id(*(f"{name} {hashlib.sha256((folder / name).read_bytes()).hexdigest()}" for name, _, _ in stamps))


def plain(value: Any) -> Any:
    """Turn a request into JSON; raises ConfigError for what cannot be told apart by its contents."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="json"))
    if isinstance(value, type) and issubclass(value, BaseModel):
        return plain(value.model_json_schema())
    raise ConfigError(f"A model setting of type {type(value).__name__} cannot be recorded; give it as plain JSON.")
