"""What a model is given when it is made: nonsense is said at once, before anything waits for it."""

from typing import Any

import dspy
import pytest

from source2synth.backends import make_lm, speaking
from source2synth.backends.arguments import address_fault
from source2synth.backends.serving.vllm import vllm_models
from source2synth.errors import ConfigError

from .misbehaving import Misbehaving


@pytest.mark.parametrize(
    "address",
    ["localhost:9/v1", "", "//host/v1", "http:///v1", "ftp://host/v1", "http://host:many/v1", "http://[::1/v1"],
)
@pytest.mark.parametrize("name", ["openai/x", "ollama_chat/x"])
def test_an_address_that_is_none_is_refused(name: str, address: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: write the server's address like `http://localhost:8000/v1`"):
        make_lm(name, api_base=address)


def test_so_is_one_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTED_VLLM_API_BASE", "localhost:9/v1")
    with pytest.raises(ConfigError, match="write the server's address"):
        make_lm("hosted_vllm/x")


@pytest.mark.parametrize("address", ["http://localhost:8000/v1", "https://host/v1/", "HTTP://[::1]:80"])
def test_an_address_is_taken_as_it_is_spelled(address: str) -> None:
    assert address_fault(address) is None


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("https://host/v1?key=SECRET", "`extra_body`.* `key_env`"),
        ("https://host/v1?", "ends before any"),
        ("https://host/v1#SECRET", "ends before any"),
        ("https://SECRET@host/v1", "`key_env`"),
        ("https://me:SECRET@host/v1", "`key_env`"),
        ("https://@host/v1", "`key_env`"),
        (" https://host/SECRET", "blanks"),
        ("https://host/SECRET\n", "blanks"),
        ("https://host/SECRET /v1", "blanks"),
        ("https://host/SECRET\0", "blanks"),
    ],
)
@pytest.mark.parametrize("name", ["openai/x", "ollama_chat/x"])
def test_an_address_with_more_than_an_address_is_refused_and_not_shown(name: str, address: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: .*{message}") as raised:
        make_lm(name, api_base=address)
    assert "SECRET" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"concurrency": 0}, "at least 1; it is 0"),
        ({"concurrency": -3}, "at least 1; it is -3"),
        ({"timeout": 0}, "more than 0; it is 0"),
        ({"timeout": float("nan")}, "more than 0"),
    ],
)
def test_bounds_within_which_nothing_is_answered_are_refused(bounds: Any, message: str) -> None:
    with Misbehaving() as server:
        with pytest.raises(ConfigError, match=message):
            make_lm("openai/m", api_base=server.api_base, **bounds)
        with speaking(make_lm("openai/m", api_base=server.api_base)):  # the same pace, and it does not stand still
            assert dspy.Predict("question -> answer")(question="6 times 7?").answer == "42"
    with pytest.raises(ConfigError, match=message), vllm_models(["tiny"], executable="python", **bounds):
        pass


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Tiny", "tiny"), (" tiny", "tiny"), ("TINY-reader\n", "tiny-reader"), ("local", "local/<folder or hub id>"),
     ("Local/x", "local/x"), ("openai/x ", "openai/x"), ("Offline", "offline")],
)  # fmt: skip
def test_a_name_beside_the_mark_says_which_was_meant(name: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"did you mean `{meant}`"):
        make_lm(name)


@pytest.mark.parametrize(
    "settings",
    [{"api_base": "http://localhost:1/v1"}, {"key_env": "KEY"}, {"extra_body": {"top_k": 1}}, {"price": (1.0, 2.0)},
     {"engine": "litellm"}, {"async_engine": None}, {"provider": None}],
)  # fmt: skip
def test_what_is_for_servers_is_refused_for_a_model_of_this_process(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"`{next(iter(settings))}` is for models behind a server; tiny runs in this"):
        make_lm("tiny", **settings)
