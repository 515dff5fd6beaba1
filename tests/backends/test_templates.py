"""Chat templates of all kinds: what is trained is what is asked, on every day, and what is refused is said."""

import datetime
import json
from pathlib import Path
from typing import Any

import dspy
import pytest
import trl
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig
from transformers.utils import chat_template_utils

from source2synth.backends import make_lm, train
from source2synth.backends.local.asks import RefusedError
from source2synth.backends.local.fingerprint import fingerprint_of, folder_of
from source2synth.backends.local.models import LocalModel, load_base
from source2synth.backends.local.templates import IGNORED, encode, render, turn_end
from source2synth.backends.training import sft
from source2synth.errors import ConfigError

from .conftest import make_model

TEMPLATES = Path(trl.__file__).parent / "chat_templates"
CHATML, TEXTS = ["<|im_start|>", "<|im_end|>"], ["<|endoftext|>", "<|begin_of_text|>"]
LLAMA, GEMMA = ["<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"], ["<start_of_turn>", "<end_of_turn>"]
DEEPSEEK, COHERE = (
    ["<｜Assistant｜>", "<｜User｜>", "<｜end▁of▁sentence｜>"],
    ["<|END_OF_TURN_TOKEN|>", "<|CHATBOT_TOKEN|>"],
)
GPT = ["<|return|>", "<|start|>", "<|message|>", "<|channel|>", "<|system|>"]
ORDINARY = ["qwen2_5", "qwen3_instruct_2507", "llama3", "llama3_1", "phi3", "gemma3", "cohere"]
THINKING = ["qwen3", "qwen3_5_think", "qwen3_6", "deepseek_r1_distill", "nemotron_3_nano", "gptoss", "glm4moe"]
TURNS = [{"role": "user", "content": "t a\nq one?"}, {"role": "assistant", "content": "SELECT a"}]
SYSTEM = {"role": "system", "content": "Be brief."}


@pytest.fixture(scope="session")
def plain_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows the special tokens of many templates; its own end is that of texts, as a base model's."""
    folder = make_model(tmp_path_factory.mktemp("plain") / "plain", settings={"adapter": "CompactAdapter"})
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
    tokenizer.add_special_tokens(
        {"additional_special_tokens": [*CHATML, *TEXTS, *LLAMA, *GEMMA, *DEEPSEEK, *COHERE, *GPT]}
    )
    tokenizer.add_tokens(["<think>", "</think>"])
    tokenizer.eos_token = tokenizer.pad_token = "<|endoftext|>"
    tokenizer.bos_token = "<|begin_of_text|>"
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    model.generation_config = GenerationConfig(eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def speller(folder: Path, template: str) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = (TEMPLATES / f"{template}.jinja").read_text()
    return tokenizer


def with_template(folder: Path, template: str, place: Path) -> str:
    """Copy the model with another template and return its name."""
    place.mkdir()
    for path in folder.iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    (place / "chat_template.jinja").write_text(template)
    return f"local/{place}"


@pytest.mark.parametrize("system", [[], [SYSTEM]])
@pytest.mark.parametrize("template", [*ORDINARY, *THINKING, "gemma", "llama3_2"])
def test_what_is_trained_is_what_is_asked_then_the_bare_answer_and_its_end(
    plain_model: Path, template: str, system: list[dict[str, str]]
) -> None:
    tokenizer = speller(plain_model, template)
    (row,) = sft._dataset([{"messages": [*system, *TURNS]}], tokenizer)
    asked = encode(tokenizer, render(tokenizer, [*system, TURNS[0]]))
    assert row["input_ids"][: len(asked)] == asked
    assert row["labels"] == [IGNORED] * len(asked) + row["input_ids"][len(asked) :]
    end = turn_end(tokenizer)
    learned = tokenizer.decode(row["input_ids"][len(asked) :])
    assert learned.startswith("SELECT a" + tokenizer.decode(tokenizer.eos_token_id if end is None else end))


@pytest.mark.parametrize("template", ["qwen3", "qwen3_5_think"])
def test_models_that_can_think_are_asked_for_the_answer(plain_model: Path, template: str) -> None:
    tokenizer = speller(plain_model, template)
    assert render(tokenizer, TURNS[:1]).endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    (row,) = sft._dataset([{"messages": TURNS}], tokenizer)
    assert tokenizer.decode(row["input_ids"]) == tokenizer.apply_chat_template(TURNS, tokenize=False)


@pytest.mark.parametrize("template", ORDINARY)
def test_ordinary_templates_are_trained_as_they_render(plain_model: Path, template: str) -> None:
    tokenizer = speller(plain_model, template)
    (row,) = sft._dataset([{"messages": TURNS}], tokenizer)
    whole = tokenizer.apply_chat_template(TURNS, tokenize=False)
    assert row["input_ids"] == encode(tokenizer, whole)


@pytest.mark.parametrize("model", ["tiny", "tiny-reader"])
def test_embedded_students_are_trained_and_asked_as_ever(model: str) -> None:
    tokenizer, module = load_base(model)
    (row,) = sft._dataset([{"messages": TURNS}], tokenizer)
    prompt = "<|user|>t a\nq one?<|assistant|>"
    asked = LocalModel(model, tokenizer, module, None)
    assert (asked.prompt(TURNS[:1]), asked.eos) == (prompt, {tokenizer.eos_token_id})
    assert row["input_ids"] == asked.encode(prompt + "SELECT a<|end|>")


def test_an_answer_that_would_grow_together_with_the_prompt_is_set_apart(plain_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(plain_model)
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m.content }}{% if m.role == 'user' %}: SELE{% endif %}{% endfor %}"
    )
    (row,) = sft._dataset([{"messages": [TURNS[0], {"role": "assistant", "content": "CT a"}]}], tokenizer)
    asked = encode(tokenizer, render(tokenizer, TURNS[:1]))
    assert row["input_ids"] == [*asked, *encode(tokenizer, "CT a"), tokenizer.eos_token_id]
    with pytest.raises(ConfigError, match="no text"):
        sft._dataset([{"messages": [TURNS[0], {"role": "assistant", "content": None}]}], tokenizer)


@pytest.mark.parametrize("more", [{"method": "full"}, {"method": "lora"}, {"method": "lora", "merge": True}])
def test_a_base_model_ends_where_its_template_ends_a_turn(
    plain_model: Path, tmp_path: Path, more: dict[str, Any]
) -> None:
    name = with_template(plain_model, (TEMPLATES / "qwen2_5.jinja").read_text(), tmp_path / "base")
    tokenizer, module = load_base(name)
    ends = tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_end|>"])
    assert LocalModel(name, tokenizer, module, None).eos == set(ends)
    made = train(make_lm(name), [{"messages": TURNS}] * 4, output_dir=tmp_path / "out", max_steps=1, **more).model
    if more == {"method": "lora"}:
        assert fingerprint_of(made)["turn_end"] == "<|im_end|>"
        return
    assert "turn_end" not in fingerprint_of(made)
    folder = folder_of(made)
    assert folder is not None
    assert json.loads((folder / "generation_config.json").read_text())["eos_token_id"] == ends


def test_a_refused_system_text_goes_into_the_first_user_turn(plain_model: Path) -> None:
    tokenizer = speller(plain_model, "gemma")
    folded = [{"role": "user", "content": "Be brief.\n\nt a\nq one?"}]
    assert render(tokenizer, [SYSTEM, TURNS[0]]) == render(tokenizer, folded)
    assert render(tokenizer, [SYSTEM]) == render(tokenizer, [{**SYSTEM, "role": "user"}])
    with pytest.raises(RefusedError, match=r"refuses these turns: Conversation roles must alternate"):
        render(tokenizer, [SYSTEM, TURNS[0], TURNS[0]])


def test_refused_turns_are_an_invalid_request(plain_model: Path, tmp_path: Path) -> None:
    lm = make_lm(with_template(plain_model, "{{ raise_exception('Never ask me.') }}", tmp_path / "mute"))
    with pytest.raises(dspy.utils.exceptions.LMInvalidRequestError, match="refuses these turns: Never ask me"):
        lm("one?", max_tokens=4)


@pytest.mark.parametrize("apart", [False, True])
def test_refused_rows_are_told_before_the_training(plain_model: Path, tmp_path: Path, apart: bool) -> None:
    lm = make_lm(with_template(plain_model, (TEMPLATES / "gemma.jinja").read_text(), tmp_path / "gemma"))
    refused = [{"messages": [TURNS[0], *TURNS]}] * 2
    with pytest.raises(ConfigError, match="refuses these turns: Conversation roles must alternate"):
        train(lm, refused, output_dir=tmp_path / "out", max_steps=1, apart=apart)


@pytest.mark.parametrize("template", ["llama3_2", "gptoss", "muse_glimmer"])
def test_the_prompt_does_not_change_at_midnight(
    plain_model: Path, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = speller(plain_model, template)
    before = render(tokenizer, TURNS[:1])
    assert "26 Jul 2024" in before or "2024-07-26" in before

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Later":
            return cls(2031, 1, 2)

    monkeypatch.setattr(chat_template_utils, "datetime", Later)
    assert render(tokenizer, TURNS[:1]) == before
    assert "2031" not in before


def test_a_clock_hidden_from_a_template_changes_no_white_space(plain_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(plain_model)
    tokenizer.chat_template = "\n  {% if true %}\n{{ strftime_now('%d %B %Y') }}\n{% endif %}"
    assert render(tokenizer, TURNS[:1]) == "\n26 July 2024\n"
    tokenizer.chat_template = "{{ date_string }}"
    assert render(tokenizer, TURNS[:1]) == "26 Jul 2024"


def test_a_broken_template_is_told_at_loading(plain_model: Path, tmp_path: Path) -> None:
    name = with_template(plain_model, "{% for x in %}", tmp_path / "broken")
    with pytest.raises(ConfigError, match=r"chat template of the model '.*/broken' is broken: Expected an expression"):
        load_base(name)
