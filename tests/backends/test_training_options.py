"""Options of fine-tuning: DoRA, merging, packing, held-out rows, early stop, several processes, the model card."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from source2synth.backends import make_lm, train
from source2synth.backends.training import launching, sft
from source2synth.backends.training.plan import device_defaults, split_rows
from source2synth.backends.training.provider import make_plan
from source2synth.errors import ConfigError, TrainingError

from .test_training import OPTIONS, rows


def folder_of(lm: Any) -> Path:
    return Path(lm.model.removeprefix("local/"))


def fingerprint(lm: Any) -> dict[str, Any]:
    return dict(json.loads((folder_of(lm) / "fingerprint.json").read_text()))


def test_dora_is_learned_and_merging_makes_a_folder_that_needs_no_base(small_model: str, tmp_path: Path) -> None:
    options = {**OPTIONS, "method": "dora", "rank": 4, "dropout": 0.1, "learning_rate": 3e-2, "max_steps": 10}
    apart = train(make_lm(small_model), rows(), output_dir=tmp_path, **options)
    whole = train(make_lm(small_model), rows(), output_dir=tmp_path, merge=True, **options)
    config = json.loads((folder_of(apart) / "adapter_config.json").read_text())
    assert (config["use_dora"], config["r"], config["lora_alpha"], config["lora_dropout"]) == (True, 4, 8, 0.1)
    names = {name.rsplit(".", 1)[-1] for name in config["target_modules"]}
    assert names == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}, "all-linear"
    assert not (folder_of(whole) / "adapter_config.json").exists()
    ask = {"max_tokens": 12}
    assert apart("number 7", **ask) == whole("number 7", **ask) != make_lm(small_model)("number 7", **ask)


def test_named_modules_only(small_model: str, tmp_path: Path) -> None:
    options = {**OPTIONS, "method": "lora", "target_modules": ["q_proj"], "alpha": 3, "max_steps": 1}
    made = train(make_lm(small_model), rows(8), output_dir=tmp_path, **options)
    config = json.loads((folder_of(made) / "adapter_config.json").read_text())
    assert (config["target_modules"], config["lora_alpha"]) == (["q_proj"], 3)


def test_a_bare_name_of_a_module_is_no_expression(small_model: str, tmp_path: Path) -> None:
    trained = {}
    for modules in ("q_proj", "self_attn.q_proj", r".*\.1\..*q_proj"):
        options = {**OPTIONS, "method": "lora", "target_modules": modules, "max_steps": 1}
        made = train(make_lm(small_model), rows(8), output_dir=tmp_path, **options)
        trained[modules] = len(load_file(folder_of(made) / "adapter_model.safetensors"))
    assert list(trained.values()) == [4, 4, 2]


@pytest.mark.parametrize("more", [{"method": "full"}, {"method": "lora", "merge": True}])
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"eos_token_id": 3, "temperature": 0.6}, {"do_sample": True, "temperature": 0.6}),
        ({"eos_token_id": [3, 7], "num_beams": 1, "early_stopping": True}, {"eos_token_id": [3, 7]}),
    ],
)
def test_generation_settings_that_are_not_valid_lose_no_training(
    small_model: str, tmp_path: Path, given: dict[str, Any], kept: dict[str, Any], more: dict[str, Any]
) -> None:
    shutil.copytree(small_model.removeprefix("local/"), tmp_path / "base")
    (tmp_path / "base" / "generation_config.json").write_text(json.dumps(given))
    made = train(make_lm(f"local/{tmp_path / 'base'}"), rows(8), output_dir=tmp_path / "out", max_steps=1, **more)
    written = json.loads((folder_of(made) / "generation_config.json").read_text())
    assert kept.items() <= written.items()
    assert "early_stopping" not in written


def test_what_embedding_and_head_share_is_not_merged_on_one_side(tmp_path: Path) -> None:
    options = {"method": "lora", "merge": True, "max_steps": 1, "output_dir": tmp_path}
    with pytest.raises(ConfigError, match="cannot add low-rank matrices to embedding or head"):
        train(make_lm("tiny"), rows(8), target_modules=["q_proj", "embed_tokens"], **options)
    assert train(make_lm("tiny"), rows(8), target_modules=["q_proj"], **options)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_training_that_gets_worse_ends_early_with_its_best_weights(
    small_model: str, tmp_path: Path, method: str
) -> None:
    options = {**OPTIONS, "method": method, "learning_rate": 0.3, "max_steps": 40, "warmup": 0.5}
    made = train(make_lm(small_model), rows(), output_dir=tmp_path, evaluation_share=0.25, patience=3, **options)
    told = fingerprint(made)
    losses = told["figures"]["held_out_losses"]
    assert told["steps"] < 40
    assert len(losses) == losses.index(min(losses)) + 4
    plan = make_plan(small_model, rows(), {**OPTIONS, "max_steps": 1, "evaluation_share": 0.25})
    from source2synth.backends.local.models import Shelf

    kept = Shelf().get(made.model)
    trainer = sft.make_trainer(plan, kept.tokenizer, kept.module, tmp_path / "again", sft.Watch(None, bool, 99))
    sft.arrange(trainer, plan, kept.module)
    assert trainer.evaluate()["eval_loss"] == pytest.approx(min(losses), rel=1e-3)


def test_held_out_rows_are_not_learned() -> None:
    learned, held = split_rows(50, 0.1, 3)
    assert sorted(learned + held) == list(range(50))
    assert len(held) == 5
    assert split_rows(50, 0.1, 3) == (learned, held)
    assert split_rows(50, 0.1, 4) != (learned, held)
    assert split_rows(50, 0.0, 3) == (list(range(50)), [])
    assert split_rows(1, 0.5, 3) == ([0], [])


def test_packed_rows_do_not_see_each_other(small_model: str, tmp_path: Path) -> None:
    losses, sequences = [], []
    for packing in (False, True):
        plan = make_plan(small_model, rows(12), {"max_steps": 1, "batch_size": 12, "packing": packing})
        tokenizer, model = sft.load_base(small_model)
        trainer = sft.make_trainer(plan, tokenizer, model, tmp_path, sft.Watch(None, bool, 99))
        sft.arrange(trainer, plan, model)
        batch = next(iter(trainer.get_train_dataloader()))
        losses.append(float(trainer.compute_loss(trainer.model.eval(), dict(batch)).detach()))
        learned = batch["labels"] != -100
        sequences.append(len(set(map(str, trainer.train_dataset))))
        assert "SELECT a<|end|>" in tokenizer.decode(batch["labels"][learned])
    assert sequences[1] < sequences[0] == 12
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)


def test_a_packed_training_learns(small_model: str, tmp_path: Path) -> None:
    options = {**OPTIONS, "max_steps": 30, "batch_size": 1, "packing": True}
    made = train(make_lm(small_model), rows(), output_dir=tmp_path, **options)
    assert fingerprint(made)["figures"]["loss"] < 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "qlora"}, "Method `qlora` needs .*bitsandbytes.*; here use `lora`"),
        ({"patience": 2}, "give `evaluation_share`"),
        ({"method": "full", "merge": True}, "nothing to merge"),
        ({"batch_size": 5, "processes": 2}, "cannot be shared by 2 processes"),
        ({"method": "best"}, "method"),
    ],
)
def test_what_cannot_be_is_said(
    small_model: str, tmp_path: Path, options: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source2synth.backends.training.plan.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=message):
        train(make_lm(small_model), rows(4), output_dir=tmp_path, max_steps=1, **options)


def test_precision_and_checkpointing_follow_the_device_unless_they_are_given(
    small_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert device_defaults() == {"precision": "bfloat16", "gradient_checkpointing": True}
    given = make_plan(small_model, rows(2), {"precision": "float32"}).hyperparameters
    assert (given.precision, given.gradient_checkpointing) == ("float32", True)
    monkeypatch.undo()
    assert device_defaults() == {"precision": "float32", "gradient_checkpointing": False}


def test_the_card_tells_data_recipe_and_figures(small_model: str, tmp_path: Path) -> None:
    options = {**OPTIONS, "max_steps": 4, "evaluation_share": 0.1}
    made = train(make_lm(small_model), rows(20), output_dir=tmp_path, **options)
    card, told = (folder_of(made) / "README.md").read_text(), fingerprint(made)
    for word in (
        small_model,
        told["data"]["id"],
        told["base"]["id"],
        "20 synthetic examples",
        "| learning rate | 0.003 |",
    ):
        assert word in card
    assert f"| training loss at the end | {told['figures']['loss']} |" in card
    assert f"| best | {round(min(told['figures']['held_out_losses']), 4)} |" in card


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(small_model: str, tmp_path: Path) -> None:
    options = {**OPTIONS, "max_steps": 10}
    told: list[tuple[int, int, Any]] = []
    one = train(make_lm(small_model), rows(), output_dir=tmp_path, **options)
    two = train(
        make_lm(small_model), rows(), output_dir=tmp_path, processes=2, progress=lambda *s: told.append(s), **options
    )
    assert two.model != one.model
    losses = [fingerprint(lm)["figures"]["loss"] for lm in (one, two)]
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
    assert told[-1][:2] == (10, 10)


def test_a_process_that_fails_is_told(small_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(small_model, rows(4), {"max_steps": 1, "batch_size": 4, "processes": 2})
    made = launching.command(Path("p.json"), Path("f"), 30.0, 2, cpu=True)
    assert made[made.index("--num_processes") + 1] == "2"
    assert "--cpu" in made
    assert "--multi_gpu" in launching.command(Path("p.json"), Path("f"), 30.0, 2, cpu=False)
    monkeypatch.setattr(launching, "command", lambda *a, **k: ["sh", "-c", "echo ValueError: no such thing; exit 3"])
    with pytest.raises(TrainingError, match="Training in 2 processes failed: ValueError: no such thing"):
        launching.launch(plan, tmp_path / "x")
