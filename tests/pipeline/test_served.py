"""`serve: vllm`: a run starts vLLM for what it asks, never beside a training, and leaves none; a stand-in is asked."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from source2synth.backends.local.engine import AsyncLocalEngine
from source2synth.cli.app import app
from source2synth.data.datasets import read_parquet
from source2synth.data.document_records import MultiHopAttempt
from source2synth.data.records import Attempt, content_id
from source2synth.errors import ConfigError
from source2synth.pipeline.progress import Event
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.run import run_recipe

from ..backends.conftest import make_model
from ..backends.misbehaving import Misbehaving
from ..backends.test_vllm import STANDIN, alive

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
TABLES = ["islands", "lakes", "moons", "rivers", "cities", "volcanoes"]
SMALL: dict[str, Any] = {
    "name": "served",
    "source": {"path": str(SAMPLES / "tables"), "tables": TABLES},
    "examples": {"count": 60},
    "training": {"max_steps": 3, "batch_size": 2},
    "evaluation": {"held_out_limit": 4},
}


class Answers:
    """Knows the answers to a run's questions; gives three of four."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.known: dict[str, str] = {}

    def __call__(self, body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        if not self.known:
            for path in (self.run / "examples").glob("*.parquet"):
                made = [attempt.example for attempt in read_parquet(path, Attempt) if attempt.example]
                self.known |= {example.asked: example.sql for example in made}
        asked = [question for question in self.known if question in prompt]
        right = int(content_id(body["model"][-16:], prompt), 16) % 4 > 0
        return self.known[max(asked, key=len)] if asked and right else "SELECT 'wrong'"


async def never_asked(self: AsyncLocalEngine, request: Any) -> Any:
    raise AssertionError("asked in this process")


@pytest.fixture
def behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Misbehaving]:
    """A stand-in for vLLM on the PATH; what it is asked arrives here."""
    script = tmp_path / "bin" / "vllm"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {sys.executable} {STANDIN} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    monkeypatch.setenv("STANDIN_NOTES", str(tmp_path / "notes"))
    monkeypatch.setattr(AsyncLocalEngine, "complete", never_asked)
    with Misbehaving(Answers(tmp_path / "run")) as server:
        monkeypatch.setenv("STANDIN_BEHIND", server.api_base)
        yield server


def starts(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "notes"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def running(tmp_path: Path) -> list[int]:
    return [start["pid"] for start in starts(tmp_path) if alive(start["pid"])]


def not_beside_a_training(tmp_path: Path) -> Callable[[Event], None]:
    def progress(event: Event) -> None:
        if event.kind == "advanced" and event.stage.endswith("-model"):
            assert running(tmp_path) == []

    return progress


def adapters(start: dict[str, Any]) -> list[str]:
    """Name the stages that made the adapters of a start."""
    line = start["arguments"]
    modules = line[line.index("--lora-modules") + 1 :] if "--lora-modules" in line else []
    return [Path(module.split("=")[1]).parent.name for module in modules]


def test_adapters_of_one_base_are_asked_together(tmp_path: Path, behind: Misbehaving) -> None:
    base = make_model(tmp_path / "base", settings={"finetune": "lora", "adapter": "CompactAdapter"})
    student = {"model": f"local/{base}", "serve": "vllm --max-model-len 512", "temperature": 0.3}
    recipe = make_recipe({**SMALL, "student": student})
    result = run_recipe(recipe, tmp_path / "run", progress=not_beside_a_training(tmp_path))
    assert 0 < result.funnel.kept < result.funnel.judged
    assert [adapters(start) for start in starts(tmp_path)] == [
        ["synth-model"],
        ["synth-model", "curated-model", "control-model"],
    ]
    assert all(start["arguments"][1:4] == [str(base), "--max-model-len", "512"] for start in starts(tmp_path))
    assert len({body["model"] for body in behind.bodies}) == 4
    assert {score.model for score in result.scores} == {"base", "synth", "curated", "control"}
    assert running(tmp_path) == []

    asked = len(behind.bodies)
    again = run_recipe(recipe, tmp_path / "run")
    elsewhere = make_recipe({**SMALL, "student": {**student, "serve": "vllm"}})
    assert run_recipe(elsewhere, tmp_path / "run") == again == result  # where it runs makes no other model
    assert (len(behind.bodies), len(starts(tmp_path))) == (asked, 2)


def test_models_with_weights_of_their_own_take_turns(tmp_path: Path, behind: Misbehaving) -> None:
    values = {**SMALL, "student": {"model": "tiny", "serve": "vllm"}}
    result = run_recipe(make_recipe(values), tmp_path / "run", progress=not_beside_a_training(tmp_path))
    names = [start["arguments"][start["arguments"].index("--served-model-name") + 1] for start in starts(tmp_path)]
    synth, base, *others = names
    assert (base, len(others), len(set(names))) == ("tiny", 3, 4)
    assert synth in others
    assert result.funnel.kept > 0
    assert running(tmp_path) == []


def test_it_ends_with_a_run_that_is_interrupted(tmp_path: Path, behind: Misbehaving) -> None:
    def interrupt(event: Event) -> None:
        if (event.kind, event.stage) == ("advanced", "verdicts"):
            assert len(running(tmp_path)) == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_recipe(make_recipe({**SMALL, "student": {"serve": "vllm"}}), tmp_path / "run", progress=interrupt)
    assert running(tmp_path) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"student": {"serve": "vllm"}}, "recipe: student.serve: There is no vllm here; install it on a machine with"),
        ({"judge": {"model": "tiny", "serve": "vllm"}}, "recipe: judge.serve: There is no vllm here"),
        ({"judge": {"serve": "vllm"}}, "judge: `serve` is for models of this machine"),
        ({"student": {"serve": "sglang"}}, "student.serve"),
        ({"student": {"serve": "vllm --x '"}}, "`serve` is not a command line: No closing quotation"),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_is_done(
    fields: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    recipe = tmp_path / "served.yaml"
    recipe.write_text(json.dumps({**SMALL, **fields}))
    done = CliRunner().invoke(app, ["run", str(recipe), "--out", str(tmp_path / "runs")])
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert not (tmp_path / "runs" / "served" / "sources").exists()


def test_judge_and_student_are_not_served_by_turns(tmp_path: Path, behind: Misbehaving) -> None:
    judge = make_model(tmp_path / "judge", settings={"adapter": "ChatAdapter"})
    values = {
        **SMALL,
        "source": {"path": str(SAMPLES / "documents"), "kind": "documents"},
        "student": {"serve": "vllm"},
        "judge": {"model": f"local/{judge}", "serve": "vllm"},
        "curation": {"imputation": "judge"},
    }
    with pytest.raises(ConfigError, match="asks judge and LLMSynth by turns, and a GPU holds one vLLM"):
        run_recipe(make_recipe(values), tmp_path / "run")


def test_adapters_that_vllm_does_not_take_are_refused(tmp_path: Path, behind: Misbehaving) -> None:
    values = {**SMALL, "student": {"serve": "vllm"}, "training": {"method": "dora"}}
    with pytest.raises(ConfigError, match="vLLM takes no DoRA adapters"):
        run_recipe(make_recipe(values), tmp_path / "run")


def test_a_judge_is_served_to_the_ablation(tmp_path: Path, behind: Misbehaving) -> None:
    judge = make_model(tmp_path / "judge")
    known: dict[str, str] = {}

    def answer(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        if not known:
            for path in (tmp_path / "run" / "examples").glob("*.parquet"):
                made = [attempt.example for attempt in read_parquet(path, MultiHopAttempt) if attempt.example]
                known.update({example.asked: example.answer for example in made})
        asked = [question for question in known if question in prompt]
        return f"a {known[max(asked, key=len)] if asked else 'not stated'}"

    behind.answer = answer
    values = {
        **SMALL,
        "source": {"path": str(SAMPLES / "documents"), "kind": "documents"},
        "student": {"serve": "vllm"},
        "judge": {"model": f"local/{judge}", "serve": "vllm"},
    }
    result = run_recipe(make_recipe(values), tmp_path / "run")
    assert result.funnel.judged > 0
    served = [start["arguments"][start["arguments"].index("--served-model-name") + 1] for start in starts(tmp_path)]
    assert served[1] == f"local/{judge}"
    assert f"local/{judge}" in {body["model"] for body in behind.bodies}
    assert running(tmp_path) == []
