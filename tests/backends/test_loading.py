"""Folders of models that are broken or whole: what is missing is told, and nothing is made up."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from source2synth.backends import make_lm, train
from source2synth.backends.local.models import Shelf, load_base
from source2synth.errors import ConfigError

from .test_training import rows


def cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])


def lose_a_layer(folder: Path) -> None:
    path = folder / "model.safetensors"
    kept = {name: weights for name, weights in load_file(path).items() if "layers.1." not in name}
    save_file(kept, path, metadata={"format": "pt"})


def grow(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 128}))


def lose_the_tokenizer(folder: Path) -> None:
    for path in folder.glob("token*"):
        path.unlink()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (cut, "Error while deserializing header"),
        (lose_a_layer, r"its weights lack model\.layers\.1\.input_layernorm\.weight, .* and 8 more"),
        (grow, "ignore_mismatched_sizes"),
        (lose_the_tokenizer, "a tokenizer that knows no letters"),
    ],
)
def test_a_broken_folder_is_named(
    small_model: str, tmp_path: Path, change: Callable[[Path], None], message: str
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(small_model.removeprefix("local/"), folder)
    change(folder)
    with pytest.raises(ConfigError, match=rf"The model 'local/{folder}' .*{message}"):
        load_base(f"local/{folder}")


def test_what_needs_an_absent_library_is_told(small_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoModelForCausalLM

    def missing(*args: object, **more: object) -> None:
        raise ImportError

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", missing)
    with pytest.raises(ConfigError, match="small' cannot be loaded: ImportError"):
        load_base(small_model)


def test_weights_that_a_model_uses_twice_are_not_missing() -> None:
    _, module = load_base("tiny")
    assert module.config.tie_word_embeddings


def test_a_broken_adapter_is_named(small_model: str, tmp_path: Path) -> None:
    made = train(make_lm(small_model), rows(8), output_dir=tmp_path, method="lora", max_steps=1).model
    path = Path(made.removeprefix("local/")) / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ConfigError, match=rf"The model '{made}' cannot be loaded: "):
        Shelf().get(made)
