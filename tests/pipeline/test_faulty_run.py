"""A run of 500 examples whose server gets three replies in ten wrong, by script, in every way it can."""

import hashlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from source2synth.backends import pace
from source2synth.backends.replies import ReplyLog
from source2synth.cli.app import app
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.run import run_recipe

from ..backends.misbehaving import KINDS, Misbehaving
from .scripted_generator import answer

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "tables"
FAULTS = (
    "429", "429 with Retry-After", "500", "503", "not JSON", "cut JSON", "a list", "no choices", "a number", "empty",
    "null", "garbage", "cut off", "withheld", "reset", "half",
)  # fmt: skip
EXAMPLES = 500


def three_in_ten(key: str, before: int) -> str:
    draw = int(hashlib.sha256(f"{key} {before}".encode()).hexdigest()[:12], 16)
    return FAULTS[draw // 100 % len(FAULTS)] if draw % 100 < 30 else ""


@pytest.mark.slow
def test_it_ends_with_every_example_every_reply_paid_once_and_every_fault_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "FIRST_WAIT", 0.005)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with Misbehaving(lambda body: answer(body["messages"]), three_in_ten) as server:
        values: dict[str, Any] = {
            "name": "faulty",
            "source": str(SAMPLES),
            "generator": {"model": "openai/scripted", "api_base": server.api_base, "seeds": "model"},
            "examples": {"count": EXAMPLES},
            "checks": ["executes"],
            "training": {"max_steps": 1, "batch_size": 2},
            "curation": {"k": 1},
            "parts": {"held_out": 0.48, "slice_0": 0.48, "slice_1": 0.04},
            "evaluation": {"held_out_limit": 2},
        }
        result = run_recipe(make_recipe(values), tmp_path / "faulty")
    assert result.funnel.examples == EXAMPLES
    assert sum(server.faults.values()) > 0.25 * len(server.bodies)
    counted = dict(result.faults["generator"])
    assert counted.pop("mended") > 0
    assert counted == dict(server.faults)
    assert set(counted) == {KINDS[fault] for fault in FAULTS}
    log = ReplyLog(tmp_path / "faulty" / "replies")
    logged = [log.get(key) for key in log]
    assert sum(reply["model"] == "openai/scripted" for reply in logged if reply) == sum(server.paid.values())
    assert any("rate limited" in note and "put right" in note for note in result.notes)
    assert json.loads((tmp_path / "faulty" / "summary.json").read_text())["faults"] == result.faults

    # the server is gone: what was paid for is enough to make it all again
    (tmp_path / "again").mkdir()
    (tmp_path / "faulty" / "replies").rename(tmp_path / "again" / "replies")
    again = run_recipe(make_recipe(values), tmp_path / "again")
    assert again.funnel == result.funnel
    assert {kind: again.faults["generator"].get(kind) for kind in ("cut_off", "empty", "mended")} == {
        kind: result.faults["generator"][kind] for kind in ("cut_off", "empty", "mended")
    }


def test_an_interrupted_run_keeps_the_replies_that_were_on_their_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what it starts in the background

    sent = list[int]()

    def interrupting(body: dict[str, Any]) -> str:
        if sum(server.paid.values()) >= 37 and not sent:  # three more of its wave are on their way
            sent.append(os.getpid())
            os.kill(os.getpid(), signal.SIGINT)
        return answer(body["messages"])

    with Misbehaving(interrupting) as server:
        server.delay = 0.2
        recipe = tmp_path / "n.yaml"
        generator = {"model": "openai/scripted", "api_base": server.api_base, "concurrency": 8}
        recipe.write_text(json.dumps({"source": str(SAMPLES), "generator": generator}))
        done = CliRunner().invoke(app, ["run", str(recipe), "--out", str(tmp_path / "runs")])
    assert done.exit_code == 130, done.output
    assert 40 <= len(server.bodies) <= 48
    assert len(ReplyLog(tmp_path / "runs" / "n" / "replies")) == sum(server.paid.values()) == len(server.bodies)


@pytest.mark.parametrize("fault", ["dead key", "unknown model", "no credit"])
def test_what_no_waiting_mends_stops_a_run_at_once_with_one_sentence(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789-secret")
    after = 25
    with Misbehaving(
        lambda body: answer(body["messages"]), lambda key, before: fault if len(server.bodies) > after else ""
    ) as server:
        recipe = tmp_path / "n.yaml"
        generator = {"model": "openai/scripted", "api_base": server.api_base, "concurrency": 4}
        recipe.write_text(json.dumps({"source": str(SAMPLES), "generator": generator}))
        done = CliRunner().invoke(app, ["run", str(recipe), "--out", str(tmp_path / "runs")])
    assert done.exit_code == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: The model did not answer: ")
    assert last.endswith("the same command goes on.")
    assert "Traceback" not in done.output
    assert len(server.bodies) <= after + 4
    folder = tmp_path / "runs" / "n"
    assert len(ReplyLog(folder / "replies")) == sum(server.paid.values()) > 0  # those on their way are kept, too
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"sk-0123456789-secret" not in everything + done.output.encode()
