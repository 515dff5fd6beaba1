"""The reply log: durable, found again, whole after a torn end; and around any model, nothing is asked twice."""

import asyncio
import copy
import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dspy
import pytest
from dspy.lm15 import Config, Message, Request, Response, TextPart, Usage

from source2synth.backends.recording import Replies, recorded
from source2synth.backends.replies import ReplyLog


class Engine:
    """Answers with the number of the ask, so that a repeated ask shows."""

    def __init__(self) -> None:
        self.asked = 0
        self.fail = False

    def __deepcopy__(self, memo: object) -> "Engine":
        return self

    def complete(self, request: Request) -> Response:
        self.asked += 1
        if self.fail:
            raise RuntimeError("down")
        return Response(
            id=None,
            model=request.model,
            message=Message.assistant([TextPart(f"[[ ## answer ## ]]\n{self.asked}")]),
            finish_reason="stop",
            usage=Usage(input_tokens=3, output_tokens=2, total_tokens=5),
        )


class AsyncEngine:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def complete(self, request: Request) -> Response:
        await asyncio.sleep(0.01)
        return self.engine.complete(request)


def scripted(engine: Engine, model: str = "scripted/one", **settings: Any) -> Any:
    return dspy.LM(model, engine=engine, async_engine=AsyncEngine(engine), num_retries=0, **settings)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ReplyLog]:
    log = ReplyLog(tmp_path / "replies")
    yield log
    log.close()


def test_what_is_put_is_there_after_reopening(tmp_path: Path) -> None:
    log = ReplyLog(tmp_path)
    for number in range(20):
        log.put(f"k{number}", {"text": f"Lake No. {number} \u2028 \n é"})
    assert log.get("k7") == {"text": "Lake No. 7 \u2028 \n é"}
    log.close()
    again = ReplyLog(tmp_path)
    assert len(again) == 20
    assert again.get("k19") == {"text": "Lake No. 19 \u2028 \n é"}
    assert again.get("k20") is None
    assert again.notices == ()


def test_a_torn_or_damaged_line_costs_only_itself(tmp_path: Path) -> None:
    log = ReplyLog(tmp_path)
    for key in "abc":
        log.put(key, {"text": key})
    log.close()
    segment = tmp_path / "segment-00001.log"
    content = segment.read_bytes()
    for damaged, left in ((content[:-3], "ab"), (content[:10] + b"#" + content[11:], "bc"), (content + b"0bad", "abc")):
        segment.write_bytes(damaged)
        again = ReplyLog(tmp_path)
        assert [key for key in "abc" if key in again] == list(left)
        assert [again.get(key) for key in left] == [{"text": key} for key in left]
        assert len(again.notices) == 1
        again.put("d", {"text": "d"})  # goes to a segment of its own, never behind the torn end
        again.close()
        assert ReplyLog(tmp_path).get("d") == {"text": "d"}
        (tmp_path / "segment-00002.log").unlink()


def test_many_threads_write_at_once(log: ReplyLog) -> None:
    def write(worker: int) -> None:
        for number in range(25):
            log.put(f"{worker}-{number}", {"n": number})
            assert log.get(f"{worker}-{number}") == {"n": number}

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ReplyLog(log.folder)) == 200


def test_a_killed_process_loses_no_reply_that_was_put(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal\nfrom source2synth.backends.replies import ReplyLog\n"
        f"log = ReplyLog(pathlib.Path({str(tmp_path)!r}))\n"
        "for n in range(5): log.put(f'k{n}', {'n': n})\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert len(ReplyLog(tmp_path)) == 5


def test_a_full_disk_costs_no_reply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = ReplyLog(tmp_path / "replies")
    log.put("a", {"text": "first"})
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _no_space)
        with pytest.raises(OSError, match="No space left"):
            log.put("b", {"text": "second"})
    log.put("c", {"text": "third, and longer"})
    for found in (log, ReplyLog(log.folder)):
        assert [(found.get(key) or {}).get("text") for key in "abc"] == ["first", "second", "third, and longer"]
    log.close()


def _no_space(file: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_reply_that_comes_between_two_looks_is_not_asked_for_again(
    log: ReplyLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, replies = Engine(), Replies(log)
    lm = recorded(scripted(engine), replies)
    found, looks = lm("one?"), iter([None])
    real = replies._find
    monkeypatch.setattr(replies, "_find", lambda key: next(looks, real(key)))  # the first look is too early
    assert lm("one?") == found
    assert engine.asked == 1


def test_the_same_call_is_asked_once_ever(log: ReplyLog) -> None:
    engine = Engine()
    lm = recorded(scripted(engine), Replies(log))
    assert lm("one?") == lm("one?")
    assert engine.asked == 1
    again = recorded(scripted(engine), Replies(ReplyLog(log.folder)))
    assert again("one?") == lm("one?")
    assert engine.asked == 1


def test_whatever_makes_a_reply_makes_its_key(log: ReplyLog) -> None:
    engine, replies = Engine(), Replies(log)
    lm = recorded(scripted(engine, temperature=0.7), replies)
    lm("one?")
    lm("two?")
    lm("one?", temperature=0.8)
    lm("one?", rollout_id=1)
    lm("one?", rollout_id=2)
    lm("one?", seed=1)
    lm.copy(rollout_id=3)("one?")
    recorded(scripted(engine, "scripted/two", temperature=0.7), replies)("one?")
    lm(Request(model=lm.model, messages=(Message.user("one?"),), config=Config(seed=1)))
    assert engine.asked == len(log) == 9
    lm.copy(rollout_id=3)("one?")
    lm("one?", temperature=0.7)
    assert engine.asked == 9


def test_a_typed_request_is_replayed_as_a_response(log: ReplyLog) -> None:
    engine = Engine()
    lm = recorded(scripted(engine), Replies(log))
    request = Request(model=lm.model, messages=(Message.user("one?"),), config=Config(temperature=0.7))
    first, second = lm(request=request, rollout_id=1), lm(request=request, rollout_id=1)
    assert engine.asked == 1
    assert second.text == first.text
    assert second.usage == first.usage
    assert second.finish_reason == "stop"


def test_programs_see_the_same_and_count_the_same_tokens(log: ReplyLog) -> None:
    engine = Engine()
    lm = recorded(scripted(engine), Replies(log))
    program = dspy.Predict("question -> answer")
    seen = []
    for _ in range(2):
        with dspy.context(lm=lm, track_usage=True):
            prediction = copy.deepcopy(program)(question="How many?")
        seen.append((prediction.answer, prediction.get_lm_usage()["scripted/one"]["completion_tokens"]))
    assert seen == [("1", 2), ("1", 2)]
    assert engine.asked == 1


async def test_concurrent_asks_of_the_same_are_one_ask(log: ReplyLog) -> None:
    engine = Engine()
    lm = recorded(scripted(engine), Replies(log))
    answers = await asyncio.gather(*(lm.acall(f"{n % 3}?") for n in range(12)))
    assert engine.asked == 3
    assert len({json.dumps(answer) for answer in answers}) == 3


async def test_a_failure_is_not_recorded(log: ReplyLog) -> None:
    engine = Engine()
    lm = recorded(scripted(engine), Replies(log))
    engine.fail = True
    with pytest.raises(Exception, match="down"):
        lm("one?")
    with pytest.raises(Exception, match="down"):
        await lm.acall("one?")
    engine.fail = False
    assert lm("one?") == ["[[ ## answer ## ]]\n3"]


def test_no_secret_reaches_the_disk(log: ReplyLog, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(**request: Any) -> Any:
        return dspy.clients.call_result.attributes(
            {"model": "m", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}], "usage": {}}
        )

    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setattr("litellm.completion", answer)
    address = "https://me:hunter2@host.example/v1"
    lm = dspy.LM("together_ai/x", engine="litellm", api_key="sk-secret", api_base=address, extra_body={"top_k": 3})
    assert recorded(lm, Replies(log))("one?") == ["hi"]
    text = "".join(path.read_text() for path in log.folder.iterdir())
    assert "host.example/v1" in text
    assert "top_k" in text
    assert "hunter2" not in text
    assert "sk-secret" not in text


def test_every_new_reply_is_reported_with_its_usage(log: ReplyLog) -> None:
    paid: list[dict[str, Any]] = []
    lm = recorded(scripted(Engine()), Replies(log, paid.append))
    lm("one?")
    lm("one?")
    assert [entry["usage"]["completion_tokens"] for entry in paid] == [2]


async def test_a_second_log_asks_nothing_that_the_first_one_holds(log: ReplyLog, tmp_path: Path) -> None:
    engine, paid = Engine(), list[dict[str, Any]]()
    first = recorded(scripted(engine, temperature=0.7), Replies(log, paid.append))
    other, third = ReplyLog(tmp_path / "other"), ReplyLog(tmp_path / "third")
    second = recorded(first, Replies(other))
    assert first("one?") == second("one?") == second("one?")
    assert await second.acall("two?") == await first.acall("two?")
    assert second.copy(temperature=0.0)("three?") == first.copy(temperature=0.0)("three?")
    assert recorded(second, Replies(third))("one?") == first("one?")  # the first log stays beneath
    assert engine.asked == len(paid) == len(log) == len(other) == 3
    assert {key: log.get(key) for key in log} == {key: other.get(key) for key in other}
    assert len(third) == 1
    assert first.kwargs["temperature"] == 0.7


def test_a_local_model_is_known_by_its_contents(log: ReplyLog, tmp_path: Path) -> None:
    engine, replies = Engine(), Replies(log)
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(b"weights")
    ask = [recorded(scripted(engine, f"local/{tmp_path / name}"), replies) for name in "ab"]
    assert ask[0]("one?") == ask[1]("one?")
    os.utime(tmp_path / "a" / "model.safetensors", (1, 1))
    assert ask[0]("one?") == ask[1]("one?")
    (tmp_path / "b" / "model.safetensors").write_bytes(b"other weights")
    ask[1]("one?")
    assert engine.asked == 2


def test_a_unit_of_local_work_reaches_the_log_as_a_whole_or_not_at_all(log: ReplyLog) -> None:
    engine, replies = Engine(), Replies(log)
    local, hosted = (recorded(scripted(engine, name), replies) for name in ("local/some/model", "scripted/one"))

    def broken_off() -> None:
        with replies.unit():
            assert local("one?") == local("one?")
            assert hosted("one?") == hosted("one?")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert engine.asked == 2
    assert len(log) == 1
    with replies.unit():
        local("one?")
    assert engine.asked == 3
    assert len(ReplyLog(log.folder)) == 2
