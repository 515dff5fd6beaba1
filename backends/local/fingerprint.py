"""What a folder of weights says about itself: how to ask it, what it was made from."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...errors import ConfigError

TINY = "tiny"
"""The embedded student for tables."""
TINY_READER = "tiny-reader"
"""The embedded student for documents."""
EMBEDDED = {TINY: "tiny", TINY_READER: "tiny_reader"}
"""Names of the models that come with the package, and their folders in `data/models`."""
PREFIX = "local/"
SETTINGS_FILE = "source2synth.json"
"""Written by hand beside a base model: `{"finetune": "full", "adapter": "CompactAdapter"}`, either may be left out."""
FINGERPRINT_FILE = "fingerprint.json"
"""Written by training: signature, adapter, base, data, hyperparameters, versions."""


def is_local(model: str) -> bool:
    """Tell whether a model name runs in this process."""
    return model in EMBEDDED or model.startswith(PREFIX)


def looks_like_path(model: str) -> bool:
    """Tell whether a local model's name can only be a folder: no hub id is spelled so."""
    rest = model.removeprefix(PREFIX)
    return model in EMBEDDED or rest.startswith((".", "/", "~")) or rest.count("/") > 1


def folder_of(model: str) -> Path | None:
    """Return the folder of a local model, or None if the name is a hub id."""
    if model in EMBEDDED:
        return Path(__file__).parents[2] / "data" / "models" / EMBEDDED[model]
    folder = Path(model.removeprefix(PREFIX)).expanduser()
    return folder if folder.is_dir() else None


def read_json(folder: Path | None, name: str) -> dict[str, Any]:
    """Read a JSON object of a model folder; empty if there is none; raises ConfigError if it is not JSON."""
    path = folder / name if folder else None
    if path is None or not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} should hold a JSON object.")
    return content


@lru_cache(maxsize=1024)
def fingerprint_of(model: str) -> dict[str, Any]:
    """Return what is known of a local model: its settings, overlaid by its fingerprint; empty for other models.

    Raises:
        ConfigError: a file is there but is not JSON.
    """
    if not is_local(model):
        return {}
    folder = folder_of(model)
    found = {**read_json(folder, SETTINGS_FILE), **read_json(folder, FINGERPRINT_FILE)}
    base = found.get("base")
    if isinstance(base, dict) and folder_of(str(base.get("model"))) is None and _is_folder(base.get("folder")):
        found["base"] = {**base, "model": f"{PREFIX}{base['folder']}"}  # its name counts from another working folder
    return found


def _is_folder(place: object) -> bool:
    return isinstance(place, str) and bool(place) and Path(place).is_dir()


def check_base(model: str) -> None:
    """Check that what an adapter stands on is here; for any other model there is nothing to check.

    Raises:
        ConfigError: its fingerprint names no base, or one that is neither a folder nor a model of the hub.
    """
    folder = folder_of(model)
    if folder is None or not (folder / "adapter_config.json").is_file():
        return
    base = fingerprint_of(model).get("base", {})
    name = base.get("model")
    if name is None:
        raise ConfigError(f"{folder} holds an adapter, but no fingerprint.json that names its base model.")
    if not may_be_loaded(name, base.get("id", "")):
        raise ConfigError(
            f"{folder} is an adapter on {name}, which is missing: there is neither such a folder nor such a model in "
            "the cache of the hub. Put the base back, or train with `merge: true`, which makes models that need no "
            "base."
        )


def may_be_loaded(model: str, known: str = "") -> bool:
    """Tell whether a local model's name is a folder, a model in the cache of the hub, or one to be fetched from it.

    Args:
        model: The name.
        known: Its hash of contents where one is known: those of a hub have an `@`.
    """
    if folder_of(model) is not None:
        return True
    if looks_like_path(model) or (known and "@" not in known):
        return False
    from huggingface_hub import constants, try_to_load_from_cache

    cached = try_to_load_from_cache(model.removeprefix(PREFIX), "config.json")
    return isinstance(cached, str) or not constants.HF_HUB_OFFLINE


def forget() -> None:
    """Read fingerprints anew: a folder has appeared."""
    fingerprint_of.cache_clear()
    check_signature.cache_clear()


def spell_signature(signature: Any) -> str:
    """Spell a dspy signature as fingerprints hold it: `table: str, question: str -> sql: str`.

    Instructions are left out: the compact adapter does not send them.
    """
    if isinstance(signature, str):
        import dspy

        signature = dspy.Signature(signature)  # pyright: ignore[reportCallIssue]  # its metaclass takes the text
    sides = (signature.input_fields, signature.output_fields)
    return " -> ".join(
        ", ".join(f"{name}: {getattr(info.annotation, '__name__', info.annotation)}" for name, info in side.items())
        for side in sides
    )


@lru_cache(maxsize=4096)
def check_signature(model: str, signature: Any) -> None:
    """Check that a model is asked what it was trained for.

    Raises:
        ConfigError: its fingerprint names another signature.
    """
    trained = fingerprint_of(model).get("signature")
    asked = spell_signature(signature)
    if trained and trained != asked:
        raise ConfigError(
            f"{model} was fine-tuned to be asked `{trained}`, not `{asked}`. "
            "Ask it through the program it was trained for, or train a model for this one."
        )


def check_adapter(model: str, adapter: str) -> None:
    """Check that a model is asked in the form it was trained on.

    Raises:
        ConfigError: its fingerprint names another adapter.
    """
    trained = fingerprint_of(model).get("adapter")
    if trained and trained != adapter:
        raise ConfigError(f"{model} was fine-tuned to be asked through {trained}, not through {adapter}.")
