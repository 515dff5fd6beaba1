"""Models behind servers: what goes over the wire, what comes back, what it cost; and that no key or row gets out."""

import asyncio
import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import dspy
import pytest
from dspy.utils.exceptions import LMError, LMUnsupportedFeatureError
from pydantic import BaseModel

from source2synth.backends import close_engines, make_lm, pace, speaking
from source2synth.backends.faults import Fault, kind_of
from source2synth.backends.recording import Replies, recorded
from source2synth.backends.replies import ReplyLog
from source2synth.errors import ConfigError
from source2synth.pipeline.failing import answering

from .misbehaving import KINDS, Misbehaving

KEY = "sk-0123456789-secret"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "FIRST_WAIT", 0.01)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")


class Town(BaseModel):
    name: str
    people: int


class FindTown(dspy.Signature):
    """Find the town."""

    text: str = dspy.InputField()
    town: Town = dspy.OutputField()


def test_what_goes_over_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with Misbehaving() as server:
        lm = make_lm(
            "openai/big/model", api_base=f"{server.api_base}/", temperature=0.5, max_tokens=99, extra_body={"top_k": 3}
        )
        assert lm("Hello?") == [server.answer({})]
    assert server.bodies == [
        {
            "model": "big/model",
            "messages": [{"role": "user", "content": "Hello?"}],
            "temperature": 0.5,
            "max_tokens": 99,
            "top_k": 3,
        }
    ]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_the_key_may_stand_in_another_variable_and_there_need_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", KEY)
    with Misbehaving() as server:
        make_lm("openai/m", api_base=server.api_base, key_env="OTHER_KEY")("Hello?")
        make_lm("hosted_vllm/m", api_base=server.api_base)("Hello?")
    assert [headers.get("authorization") for headers in server.headers] == [f"Bearer {KEY}", None]


def test_an_address_in_the_environment_is_asked_by_our_engine_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with Misbehaving() as server:
        monkeypatch.setenv("HOSTED_VLLM_API_BASE", server.api_base)
        make_lm("hosted_vllm/m")("Hello?")
    assert server.headers[0]["user-agent"].startswith("Python")  # aiohttp's


def test_several_answers_are_one_request_and_paid_once() -> None:
    with Misbehaving() as server:
        lm: Any = make_lm("openai/m", api_base=server.api_base, price=(1.0, 2.0))
        assert len(lm("Hello?", n=3, temperature=1.0)) == 3
    assert [body["n"] for body in server.bodies] == [3]
    assert (lm.meter.input_tokens, lm.meter.output_tokens) == (50, 10)
    assert lm.meter.dollars == pytest.approx(70e-6)


def test_a_server_that_gives_one_answer_at_a_time_is_asked_for_the_others() -> None:
    with Misbehaving() as server:
        server.single = True
        assert len(make_lm("openai/m", api_base=server.api_base)("Hello?", n=3)) == 3
    assert [body.get("n") for body in server.bodies] == [3, 2, None]


def test_scores_of_tokens_come_back() -> None:
    with Misbehaving() as server:
        lm = make_lm("openai/m", api_base=server.api_base)
        lm("Hello?", logprobs=True, top_logprobs=2)
    assert (server.bodies[0]["logprobs"], server.bodies[0]["top_logprobs"]) == (True, 2)


def test_a_server_that_keeps_to_a_schema_gets_it() -> None:
    with Misbehaving(lambda body: '{"town": {"name": "Ulm", "people": 126000}}') as server:
        lm = make_lm("hosted_vllm/m", api_base=server.api_base, structured=True)
        with speaking(lm):
            assert dspy.Predict(FindTown)(text="Ulm").town == Town(name="Ulm", people=126000)
    wanted = server.bodies[0]["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["schema"]["required"] == ["town"]


def test_price_and_tokens_reach_whoever_counts(tmp_path: Path) -> None:
    paid: list[dict[str, Any]] = []
    with Misbehaving() as server:
        lm = make_lm("openai/m", api_base=server.api_base, price=(2.0, 10.0))
        log = recorded(lm, Replies(ReplyLog(tmp_path), paid.append))
        with speaking(log), dspy.context(track_usage=True):
            answer = dspy.Predict("question -> answer")(question="?")
        usage = answer.get_lm_usage()["openai/m"]
        assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (50, 10, 60)
    assert [(one["usage"]["prompt_tokens"], one["cost"]) for one in paid] == [(50, pytest.approx(200e-6))]


PROVIDERS = {"openai/m": "api_base", "anthropic/claude-3-5-haiku-20241022": "address"}


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_litellm_asks_is_tried_again_counted_and_ended_alike(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    script: dict[int, str] = {0: "429", 1: "500", 2: "garbage"}
    with Misbehaving(script=lambda key, before: script.get(len(server.bodies) - 1, "")) as server:
        lm: Any = make_lm(name, api_base=getattr(server, PROVIDERS[name]), engine="litellm", max_tokens=50)
        faults: list[Fault] = []
        lm.on_fault = faults.append
        with speaking(lm):
            predict = dspy.Predict("question -> answer")
            assert predict(question="?").answer == "42"
            assert [one.kind for one in faults] == ["rate_limited", "server_error", "out_of_form", "out_of_form"]
            script[4] = script[5] = "cut off"
            with pytest.raises(dspy.utils.exceptions.AdapterParseError, match="cut off"):
                predict(question="??")
            del faults[:]
            script[6] = "withheld" if name.startswith("anthropic") else "filtered"
            with pytest.raises(dspy.utils.exceptions.AdapterParseError, match="content filter"):
                predict(question="????")
            assert [one.kind for one in faults] == ["filtered"]
            script[7] = "dead key"
            with pytest.raises(LMError) as raised:
                predict(question="???")
            assert kind_of(raised.value) == KINDS["dead key"]
            asked = len(server.bodies)
            with pytest.raises(LMError):
                predict(question="?????")
            assert len(server.bodies) == asked


@pytest.mark.parametrize("name", ["openai/gpt-4.1-mini", "gpt-4.1-mini", "anthropic/claude-sonnet-4-5"])
def test_a_key_that_is_missing_is_not_waited_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    lm: Any = make_lm(name)
    faults: list[Fault] = []
    lm.on_fault = faults.append
    with pytest.raises(LMError, match="_API_KEY"):
        lm("Hello?")
    assert [one.kind for one in faults] == ["refused_key"]


def test_no_key_reaches_a_log_a_program_or_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    fault = {"": ""}
    with Misbehaving(script=lambda key, before: fault[""]) as server:
        for engine in (None, "litellm"):
            lm: Any = recorded(
                make_lm("openai/m", api_base=server.api_base, engine=engine), Replies(ReplyLog(tmp_path))
            )
            program = dspy.Predict("question -> answer")
            program.lm = lm
            with speaking(lm):
                program(question=f"{engine}?")
            program.save(str(tmp_path / f"{engine}.json"))
            loaded = dspy.Predict("question -> answer")
            loaded.load(str(tmp_path / f"{engine}.json"))
            assert loaded.lm.model == "openai/m"
            assert KEY not in repr(lm.dump_state())
        fault[""] = "dead key"
        with pytest.raises(ConfigError) as raised, answering(tmp_path), speaking(lm):
            program(question="!")
    assert "Incorrect API key provided" in str(raised.value)
    assert KEY not in str(raised.value)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"openai/m" in written
    assert KEY.encode() not in written


@pytest.mark.parametrize("settings", [{"api_key": KEY}, {"api_base": f"https://me:{KEY}@host/v1"}])
def test_a_key_among_the_settings_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as raised:
        make_lm("openai/m", **settings)  # type: ignore[arg-type]
    assert KEY not in str(raised.value)


def test_training_data_is_never_uploaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    rows = [{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}]
    with Misbehaving() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.api_base)  # where an upload would go
        for made in (make_lm("openai/gpt-4.1-mini"), make_lm("openai/gpt-4.1-mini", engine="litellm")):
            for lm in (
                made,
                made.copy(temperature=1.0),
                copy.deepcopy(made),
                recorded(made, Replies(ReplyLog(tmp_path))),
            ):
                with pytest.raises(LMUnsupportedFeatureError):
                    lm.finetune(rows, None)
        program = dspy.Predict("question -> answer")
        program.lm = made
        examples = [dspy.Example(question="q", answer="a").with_inputs("question")]
        with pytest.raises(LMError, match="fine-tuning"):
            dspy.BootstrapFinetune(metric=lambda *given: True).compile(program, trainset=examples)
    assert all("messages" in body for body in server.bodies)  # questions only, no rows, no jobs


def test_connections_of_loops_that_ended_are_let_go() -> None:
    with Misbehaving() as server:
        lm: Any = make_lm("openai/m", api_base=server.api_base)
        for _ in range(3):
            assert len(asyncio.run(lm.acall("Hello?"))) == 1
        assert len(lm.engine.server.sessions._open) <= 2
        assert len(lm("Hello?")) == 1
        close_engines()
        assert len(lm("Hello?")) == 1


def test_a_script_that_ends_says_nothing_of_connections() -> None:
    with Misbehaving() as server:
        script = (
            "import asyncio\nfrom source2synth.backends import make_lm\n"
            f"lm = make_lm('openai/m', api_base={server.api_base!r})\n"
            "print(len(lm('Hello?')), len(asyncio.run(lm.acall('Hello?'))))\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1 1\n", "")
