"""From names to models: which engine, which adapter, and that nothing leaves the machine."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import dspy
import pytest
from dspy.lm15 import Message, Request, Response, TextPart, Usage
from dspy.utils.exceptions import LMConfigurationError

from source2synth.backends import adapter_for, make_lm, speaking, training_adapter
from source2synth.backends.local.fingerprint import TINY, fingerprint_of, forget
from source2synth.errors import ConfigError


@pytest.mark.parametrize("name", ["offline", "", "openai/", "local/./no/such/folder", "local//no/such"])
def test_a_name_that_is_no_model_is_a_config_error(name: str) -> None:
    with pytest.raises(ConfigError):
        make_lm(name)


def test_hosted_models_go_through_litellm_and_cannot_be_fine_tuned() -> None:
    lm = make_lm("openai/gpt-5-mini")
    assert lm.engine == "litellm"
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert type(adapter_for(lm)).__name__ == "PromptedChat"
    assert not lm.provider.finetunable
    with pytest.raises(dspy.utils.exceptions.LMUnsupportedFeatureError):
        lm.finetune([], None)


@pytest.mark.parametrize("name", ["ollama_chat/llama3.1", "anthropic/claude-sonnet-4-5", "together_ai/some/model"])
def test_an_address_that_speaks_another_protocol_is_litellm_s(name: str) -> None:
    lm = make_lm(name, api_base="http://localhost:1/x", extra_body={"top_k": 3})
    assert lm.engine == "litellm"
    assert lm.kwargs["api_base"] == "http://localhost:1/x"
    with pytest.raises(ConfigError, match="key_env goes with"):
        make_lm(name, key_env="MY_KEY")


def test_a_server_is_asked_at_one_pace_with_and_without_its_last_slash() -> None:
    one, other = (make_lm("openai/m", api_base=f"http://localhost:1/v1{slash}") for slash in ("", "/"))
    assert one.pace is other.pace
    assert one.engine.identity == other.engine.identity


def test_settings_that_a_model_does_not_take_are_a_config_error() -> None:
    with pytest.raises(ConfigError, match="reasoning models"):
        make_lm("openai/gpt-5-mini", temperature=0.2)


def test_local_models_share_one_engine_that_survives_copies(small_model: str) -> None:
    one, two = make_lm(small_model), make_lm("local/someone/model")
    assert one.engine is two.engine
    assert copy.deepcopy(one).engine is one.engine
    assert one.copy(temperature=1.0).engine is one.engine
    assert one.cache is False
    assert one.provider.finetunable
    assert type(adapter_for(one)).__name__ == "CompactAdapter"  # its folder says so


def test_a_model_that_was_not_trained_on_the_compact_form_is_asked_with_instructions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def complete(self: object, request: Request) -> Response:
        assert "Your output fields are" in str(request.system)
        assert request.messages[-1].text.startswith("[[ ## question ## ]]")
        message = Message.assistant([TextPart("[[ ## sql ## ]]\nSELECT 1\n\n[[ ## completed ## ]]")])
        return Response(id=None, model=request.model, message=message, finish_reason="stop", usage=Usage())

    monkeypatch.setattr("source2synth.backends.local.engine.LocalEngine.complete", complete)
    (tmp_path / "source2synth.json").write_text(json.dumps({"finetune": "full"}))
    lm = make_lm(f"local/{tmp_path}")
    assert type(training_adapter(lm)).__name__ == "CompactAdapter"
    with speaking(lm):
        assert dspy.Predict("question -> sql")(question="How many?").sql == "SELECT 1"
    assert type(adapter_for(make_lm("local/someone/model"))).__name__ == "PromptedChat"
    assert type(training_adapter(make_lm("openai/gpt-5-mini"))) is dspy.ChatAdapter


def test_a_fine_tuned_model_is_asked_and_trained_on_in_its_own_form(tmp_path: Path) -> None:
    for adapter in ("ChatAdapter", "CompactAdapter"):
        (tmp_path / adapter).mkdir()
        (tmp_path / adapter / "fingerprint.json").write_text(json.dumps({"adapter": adapter}))
        lm = make_lm(f"local/{tmp_path / adapter}")
        assert getattr(adapter_for(lm), "form", adapter) == type(training_adapter(lm)).__name__ == adapter


def test_the_embedded_student_says_that_it_knows_the_compact_form() -> None:
    assert fingerprint_of(TINY)["adapter"] == "CompactAdapter"
    assert type(adapter_for(make_lm(TINY))).__name__ == "CompactAdapter"


def test_speaking_sets_model_and_adapter_and_takes_them_back(small_model: str) -> None:
    lm = make_lm(small_model)
    before = dspy.settings.lm
    with speaking(lm):
        assert dspy.settings.lm is lm
        assert type(dspy.settings.adapter).__name__ == "CompactAdapter"
        assert dspy.settings.disable_history
    assert dspy.settings.lm is before


@pytest.fixture
def tuned(tmp_path: Path) -> Any:
    (tmp_path / "fingerprint.json").write_text(
        json.dumps({"signature": "table: str, question: str -> sql: str", "adapter": "CompactAdapter"})
    )
    forget()
    return make_lm(f"local/{tmp_path}")


def test_a_tuned_model_refuses_another_signature(tuned: Any) -> None:
    with speaking(tuned, signature=dspy.Signature("table, question -> sql")):
        pass
    with (
        pytest.raises(ConfigError, match="not `text: str -> label: str`"),
        speaking(tuned, signature="text: str -> label: str"),
    ):
        pass
    with speaking(tuned), pytest.raises(ConfigError, match="fine-tuned to be asked"):
        dspy.Predict("text -> label")(text="x")


def test_a_tuned_model_refuses_another_adapter(tuned: Any) -> None:
    with pytest.raises(ConfigError, match="not through ChatAdapter"), speaking(tuned, adapter=dspy.ChatAdapter()):
        pass
    with (
        dspy.context(lm=tuned, adapter=dspy.ChatAdapter(use_json_adapter_fallback=False)),
        pytest.raises(dspy.utils.exceptions.LMInvalidRequestError, match="CompactAdapter"),
    ):
        dspy.Predict("table, question -> sql")(table="t", question="q")


def test_a_broken_fingerprint_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "fingerprint.json").write_text("{")
    with (
        pytest.raises(ConfigError, match=r"fingerprint\.json is not valid JSON"),
        speaking(make_lm(f"local/{tmp_path}")),
    ):
        pass


def test_importing_the_room_brings_no_heavy_library() -> None:
    code = (
        "import sys, source2synth.backends;"
        "heavy = {'torch', 'transformers', 'trl', 'dspy', 'litellm', 'datasets', 'peft'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_adapter_whose_base_is_gone_says_so_when_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "fingerprint.json").write_text('{"base": {"model": "local/models/gone", "id": "0"}}')
    with pytest.raises(LMConfigurationError, match="is an adapter on local/models/gone, which is missing"):
        make_lm(f"local/{tmp_path}")("x")
