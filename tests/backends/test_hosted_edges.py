"""Servers that answer in ways of their own: keys in what they say, finish reasons, errors with 200, redirects."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import dspy
import pytest
from dspy.lm15 import LM15Error, Message, Request, TransportError
from dspy.utils.exceptions import AdapterParseError, LMError

from source2synth.backends import make_lm, pace, speaking
from source2synth.backends.faults import Fault, hide_values_of, kind_of, without_secrets
from source2synth.backends.http.refusals import refusal
from source2synth.backends.http.streaming import events
from source2synth.backends.http.wire import answers_of, finish_of
from source2synth.pipeline.failing import answering

from . import misbehaving
from .misbehaving import GOOD, Misbehaving

KEY = "sk-0123456789-secret"
REQUEST = Request(model="openai/m", messages=(Message.user("?"),))


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "FIRST_WAIT", 0.01)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Misbehaving]:
    monkeypatch.setitem(misbehaving.KINDS, "this", "bad_request")
    with Misbehaving(script=lambda key, before: "this") as running:
        yield running


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the server say this, whatever it is asked; `{key}` in it is the key that it was sent."""

    def say(status: int, said: Any, **headers: str) -> None:
        monkeypatch.setitem(misbehaving.REFUSALS, "this", (status, headers, said))

    return say


def model(server: Misbehaving, **settings: Any) -> tuple[Any, list[Fault]]:
    lm: Any = make_lm("openai/m", api_base=server.api_base, **settings)
    faults: list[Fault] = []
    lm.on_fault = faults.append
    return lm, faults


def failing(lm: Any) -> str:
    """Return how a run tells of a model that does not answer."""
    with pytest.raises(Exception) as raised, answering(Path("here")):  # noqa: PT011  # either of our errors
        lm("?")
    return f"{type(raised.value).__name__}: {raised.value}"


def choice(content: Any, finish: Any, **more: Any) -> dict[str, Any]:
    return {"finish_reason": finish, "message": {"role": "assistant", "content": content, **more}}


def body(*choices: dict[str, Any]) -> dict[str, Any]:
    return {"choices": list(choices), "usage": {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}}


# Keys


def test_a_key_is_hidden_whatever_its_variable_is_called(
    server: Misbehaving, says: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORP_AUTH", KEY)
    says(401, {"error": {"message": "Incorrect: {key}"}})
    told = failing(model(server, key_env="CORP_AUTH")[0])
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert told.startswith("ConfigError: The model did not answer: [openai/m] openai/m: Incorrect: … (HTTP 401)")


def test_of_two_keys_the_longer_one_is_hidden_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    hide_values_of(["CORP_AUTH", "CORP_TEAM"])
    monkeypatch.setenv("CORP_AUTH", KEY)
    monkeypatch.setenv("CORP_TEAM", f" {KEY}-team\n")
    assert without_secrets(f"{KEY} and {KEY}-team") == "… and …"


@pytest.mark.parametrize("before", [75, 190, 275, 295])
def test_no_half_of_a_key_is_left_at_a_cut(before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    long = "x" * (before - 12) + KEY
    for said in (json.dumps({"error": {"message": long}}), json.dumps({"error": long}), long):
        assert "sk-" not in str(refusal(401, said.encode(), None, "openai/m"))
    for answer in (long.encode(), json.dumps({"its": long}).encode()):
        with pytest.raises(LM15Error) as raised:
            answers_of(answer, REQUEST)
        assert "sk-" not in str(raised.value)


async def lines(*said: Any) -> AsyncIterator[bytes]:
    for one in said:
        yield b"data: " + (one if isinstance(one, bytes) else json.dumps(one).encode())


async def streamed(*said: Any) -> Any:
    return [event async for event in events(lines(*said), REQUEST)][-1]


@pytest.mark.parametrize("before", [0, 180])
async def test_nor_in_what_a_stream_says(before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(TransportError, match="the server gave up") as raised:
        await streamed({"error": "x" * before + KEY})
    assert "sk-" not in str(raised.value)


def test_blanks_around_a_key_are_left_out(server: Misbehaving, says: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\r\n")
    says(200, body(choice("hi", "stop")))
    assert model(server)[0]("?") == ["hi"]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_what_is_no_key_is_told_of_by_the_name_of_its_variable(
    server: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORP_AUTH", f"{KEY}\nanother")
    lm, faults = model(server, key_env="CORP_AUTH")
    told = failing(lm)
    assert told.startswith("ConfigError: The model did not answer: [openai/m] CORP_AUTH holds more than a key")
    assert KEY not in told
    assert [one.kind for one in faults] == ["refused_key"]
    assert server.bodies == []


# Finish reasons


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (None, "stop"), ("", "stop"), ("stop", "stop"), ("STOP", "stop"), ("eos", "stop"), ("eos_token", "stop"),
        ("end_turn", "stop"), ("stop_sequence", "stop"), ("tool_calls", "stop"), ("function_call", "stop"),
        ("length", "length"), ("MAX_TOKENS", "length"), ("model_length", "length"), ("something new", "length"),
        ({"type": "stop"}, "length"), ("content_filter", "content_filter"), ("sensitive", "content_filter"),
        ("content_filter: SAFETY", "content_filter"), ("error", "error"), ("abort", "error"),
        ("insufficient_system_resource", "error"), ("network_error", "error"),
    ],
)  # fmt: skip
async def test_finish_reasons_mean_the_same_everywhere(said: Any, meant: str) -> None:
    assert finish_of(said) == meant
    answer = [{"choices": [{"delta": {"content": "4"}}]}, {"choices": [{"delta": {}, "finish_reason": said}]}]
    every = (choice("4", said), choice([{"type": "text", "text": "4"}], said), choice("", said, refusal="no"))
    if meant == "error":
        for one in every:
            with pytest.raises(TransportError, match="gave up"):
                answers_of(json.dumps(body(choice("4", "stop"), one)).encode(), REQUEST)
    else:
        answers = answers_of(json.dumps(body(*every)).encode(), REQUEST)
        assert [answer.finish_reason for answer in answers] == [meant] * 3
    if meant == "error" or not said:
        with pytest.raises(TransportError, match="before its answer did"):
            await streamed(*answer)
    else:
        assert (await streamed(*answer)).finish_reason == meant


def test_a_call_of_a_tool_stays_one_unless_it_was_cut_off() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    every = [choice(None, said, tool_calls=[call]) for said in ("tool_calls", "stop", "length")]
    answers = answers_of(json.dumps(body(*every)).encode(), REQUEST)
    assert [answer.finish_reason for answer in answers] == ["tool_call", "tool_call", "length"]


@pytest.mark.parametrize("content", [GOOD, [{"type": "text", "text": GOOD}]])
@pytest.mark.parametrize(
    ("finish", "kind"), [("model_length", "cut_off"), ("odd", "cut_off"), ("sensitive", "filtered")]
)
def test_what_is_unfinished_in_a_server_s_own_words_is_no_answer(
    content: Any, finish: str, kind: str, server: Misbehaving, says: Any
) -> None:
    says(200, body(choice(content, finish)))
    lm, faults = model(server)
    with speaking(lm), pytest.raises(AdapterParseError):
        dspy.Predict("question -> answer")(question="?")
    assert {one.kind for one in faults} == {kind}


@pytest.mark.parametrize("more", [{"content": [{"type": "text", "text": "hi"}]}, {"content": None, "refusal": "no"}])
def test_several_answers_of_any_kind_are_paid_once(more: dict[str, Any], server: Misbehaving, says: Any) -> None:
    says(200, body(*[choice(finish="stop", **more)] * 3))
    lm, _ = model(server)
    assert len(lm("?", n=3, temperature=1.0)) == 3
    assert (lm.meter.input_tokens, lm.meter.output_tokens) == (50, 10)


# Refusals


def error(code: Any, message: str = "no", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


@pytest.mark.parametrize(
    ("status", "said", "kind", "tries"),
    [
        (200, error(401), "refused_key", 1), (200, error("402"), "no_credit", 1), (200, error(429), "rate_limited", 3),
        (200, error(None), "server_error", 3), (200, error(7), "server_error", 3),
        (200, {"error": "no"}, "server_error", 3), (200, {**error(402), "choices": []}, "no_credit", 1),
        (200, [error(401)], "refused_key", 1), (200, {"error": None}, "wrong_shape", 3), (200, [1], "wrong_shape", 3),
        (429, error("billing_not_active"), "no_credit", 1),
        (429, error("exceeded_current_quota_error"), "no_credit", 1),
        (429, [error(429, "no", type="insufficient_quota")], "no_credit", 1),
        (401, error("bad_request"), "refused_key", 1), (400, error("broken_off"), "bad_request", 1),
        (403, error(403, metadata={"provider": "x"}), "refused_key", 1),
    ],
)  # fmt: skip
def test_refusals_are_known_by_what_they_say(
    status: int, said: Any, kind: str, tries: int, server: Misbehaving, says: Any
) -> None:
    says(status, said)
    lm, faults = model(server)
    lm.pace.retries = 2
    with pytest.raises(LMError) as raised:
        lm("?")
    assert kind_of(raised.value) == kind
    assert [one.kind for one in faults] == [kind] * tries
    assert kind == "wrong_shape" or ": no (HTTP" in str(raised.value)


@pytest.mark.parametrize("status", [200, 403])
def test_one_request_that_was_moderated_ends_nothing(status: int, server: Misbehaving, says: Any) -> None:
    says(status, error(403, metadata={"reasons": ["violence"], "flagged_input": "…"}))
    lm, _ = model(server)
    assert lm("?") == [{"text": "", "finish_reason": "content_filter"}]
    assert lm.pace.ended is None


@pytest.mark.parametrize(("status", "kind"), [(200, "not_json"), (500, "server_error")])
def test_json_that_is_nested_without_end_is_none(status: int, kind: str) -> None:
    endless = b"[" * 200_000
    with pytest.raises(LM15Error) as raised:
        raise refusal(status, endless, None, "m") if status != 200 else answers_of(endless, REQUEST)[0]  # type: ignore[misc]
    assert kind_of(dspy.clients.errors.wrap_error(raised.value, model="m")) == kind


async def test_nor_is_it_an_event_of_a_stream() -> None:
    for said in (b"[" * 200_000, b"null"):
        with pytest.raises(TransportError, match="holds no event"):
            await streamed(said)


# Where a server is


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "told"),
    [
        (
            "https://me:hunter2@host/v2/chat/completions?token=hunter2#x",
            "at https://host/v2 (HTTP {status}); write that",
        ),
        ("/v2/chat/completions/", "at {address}/v2 (HTTP {status}); write that"),
        ("https://[hunter2", "to what is no address"),
        ("", "does not say where"),
    ],
)
def test_a_server_that_sends_one_elsewhere_says_where(
    status: int, location: str, told: str, server: Misbehaving, says: Any
) -> None:
    says(status, "", **({"Location": location} if location else {}))
    lm, faults = model(server)
    message = failing(lm)
    assert told.format(address=server.address, status=status) in message
    assert message.startswith("ConfigError")
    assert "hunter2" not in message
    assert len(faults) == len(server.bodies) == 1
