"""`student: prompt`: a model behind a server learns by its prompt, in every role that a fine-tuned one has."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from source2synth.cli.app import app
from source2synth.data.datasets import read_dataset, read_parquet
from source2synth.data.records import Attempt, content_id
from source2synth.errors import ConfigError
from source2synth.pipeline.judged import JudgedExample
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.result import load_result
from source2synth.pipeline.run import run_recipe
from source2synth.pipeline.serving import models_of

from .scripted_generator import Server

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "tables"
TABLES = ["cities", "islands", "lakes", "languages", "moons", "rivers", "novels", "volcanoes"]
QUESTION = re.compile(r"\[\[ ## question ## \]\]\n(.*?)\n\nRespond with", re.DOTALL)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


class Student:
    """Knows the SQL of a run's questions: of three in ten as it is, of eight in ten once it is shown how."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.known: dict[str, str] = {}
        self.asked = 0
        self.victim: tuple[int, subprocess.Popen[str]] | None = None
        """Killed before the answer to this request."""

    def __call__(self, messages: list[dict[str, str]]) -> str:
        self.asked += 1
        if self.victim is not None and self.asked == self.victim[0]:
            self.victim[1].kill()
        found = QUESTION.search(messages[-1]["content"])
        assert found, messages[-1]["content"]
        question = found[1].strip()
        if not self.known:
            shards = (self.run / "examples").glob("*.parquet")
            made = [one.example for path in shards for one in read_parquet(path, Attempt) if one.example]
            self.known = {example.asked: example.sql for example in made}
        luck = int(content_id("luck", question), 16) % 10
        sql = self.known[question] if luck < (8 if len(messages) > 2 else 3) else "SELECT 1"
        return f"[[ ## reasoning ## ]]\nAs asked.\n\n[[ ## sql ## ]]\n{sql}\n\n[[ ## completed ## ]]\n"


def recipe(api_base: str, **student: Any) -> dict[str, Any]:
    return {
        "name": "prompted",
        "source": {"path": str(SAMPLES), "tables": TABLES},
        "examples": {"count": 160},
        "student": {"model": "openai/scripted", "api_base": api_base, "tuned": "prompt", "concurrency": 1, **student},
        "curation": {"k": 1},
        "optimize": {"optimizer": "bootstrap", "seen": 16, "choosing": 8, "measured": 4},
    }


@pytest.mark.slow
def test_a_run_curates_with_a_prompt_and_measures_it(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with Server(Student(run)) as server:
        result = run_recipe(make_recipe(recipe(server.api_base)), run)
        asked = sum(server.answered.values())
        assert asked == len(server.answered)  # the searches share examples, and ask nothing that another one has asked
        again = run_recipe(make_recipe(recipe(server.api_base)), run)
        assert sum(server.answered.values()) == asked
    assert again == result
    assert result.tuned == "prompt"
    (base, synth, curated, control) = [result.score(name) for name in ("base", "synth", "curated", "control")]
    assert base is not None
    for score in (synth, curated, control):
        assert score is not None
        assert score.accuracy > 0.6 > 0.45 > base.accuracy
    kept = read_dataset(run / "curated" / "kept.parquet", JudgedExample)
    assert 0.6 < len(kept) / result.funnel.judged < 0.95  # as many as it can answer once it is shown how
    for role, stage in (("synth", "synth-model"), ("curated", "curated-model"), ("control", "control-model")):
        assert result.models[role] == f"{stage}/prompt-0"
        assert json.loads((run / stage / "prompt-0" / "ask.json").read_text())["prompts"]["ask"]["demos"]
    shown = json.loads((run / "curated-model" / "prompt-0" / "ask.json").read_text())["prompts"]["ask"]["demos"]
    assert {demo["question"] for demo in shown} <= {row.asked for row in kept}
    with pytest.raises(ConfigError, match=r"tuned a prompt and trained no model; ask openai/scripted .*curated-model"):
        models_of(run)
    assert any(note.startswith("No weights were trained") for note in load_result(run).notes)


@pytest.mark.slow
def test_a_prompt_that_was_optimized_judges_in_the_same_command(tmp_path: Path) -> None:
    """The search finds demonstrations; the run, which looks for none itself, begins with them and judges by them."""
    run = tmp_path / "runs" / "prompted"
    with Server(Student(run)) as server:
        made = recipe(server.api_base)
        made["optimize"] |= {"what": "solver", "solver": "student", "measured": 16}
        (tmp_path / "prompted.yaml").write_text(json.dumps(made))
        command = ["optimize", str(tmp_path / "prompted.yaml"), "--out", str(tmp_path / "runs"), "--run", "--json"]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        assert sum(server.answered.values()) == len(server.answered)
    found = json.loads((run / "optimize-solver" / "result.json").read_text())
    assert found["better"]
    base = next(one for one in json.loads(done.stdout)["scores"] if one["model"] == "base")
    assert base["accuracy"] > 0.6  # the student as it is has the prompt already
    manifest = json.loads((run / "synth-model" / "prompt-0" / "program.json").read_text())
    assert manifest["about"] == {"began_with": found["id"]}
    kept = read_dataset(run / "curated" / "kept.parquet", JudgedExample)
    assert {row.evidence["program"] for row in kept} == {manifest["id"]}


def outcome(run: Path) -> tuple[bytes, dict[str, Any]]:
    figures = json.loads((run / "curated-model" / "done.json").read_text())["figures"]
    return (run / "curated" / "kept.jsonl").read_bytes(), figures


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_while_a_prompt_is_tuned_it_goes_on(tmp_path: Path) -> None:
    def go(server: Server, out: Path) -> "subprocess.Popen[str]":
        (tmp_path / "prompted.yaml").write_text(json.dumps(recipe(server.api_base)))
        command = [sys.executable, "-m", "source2synth", "run", str(tmp_path / "prompted.yaml"), "--out", str(out)]
        return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=os.environ)

    student = Student(tmp_path / "runs" / "prompted")
    with Server(student) as server:
        for last in (15, 25):  # both within the search for LLMSynth's prompt
            process = go(server, tmp_path / "runs")
            student.victim = (last, process)
            assert process.wait() == -signal.SIGKILL, process.stderr and process.stderr.read()
        assert not (tmp_path / "runs" / "prompted" / "synth-model" / "done.json").exists()
        student.victim = None
        process = go(server, tmp_path / "runs")
        assert process.wait() == 0, process.stderr and process.stderr.read()
        broken = sum(server.answered.values())
    whole = Student(tmp_path / "whole" / "prompted")
    with Server(whole) as server:
        assert go(server, tmp_path / "whole").wait() == 0
        assert broken <= sum(server.answered.values()) + 2  # what was under way when it was killed
    assert outcome(student.run) == outcome(whole.run)


def test_short_forms_and_faults_of_prompted_students() -> None:
    generator = {"model": "openai/mine", "api_base": "http://localhost:8000/v1"}
    short = make_recipe({"name": "n", "source": "/s", "generator": generator, "student": "prompt"}).student
    assert (short.tuned, short.model, short.api_base) == ("prompt", "openai/mine", generator["api_base"])
    for student, extra, told in (
        ("prompt", {}, r"`tuned: prompt` needs a language model; name one: `student: \{model: openai/"),
        ({"tuned": "prompts"}, {}, r"student\.tuned: 'weights' or 'prompt' is wanted"),
        ({"tuned": "prompt", "model": "openai/a"}, {"curation": {"learnability": True}}, "a tuned prompt has none"),
    ):
        with pytest.raises(ConfigError, match=told):
            make_recipe({"name": "n", "source": "/s", "student": student, **extra})


def test_what_cannot_learn_in_the_way_wanted_is_told_before_anything_is_done(tmp_path: Path) -> None:
    source = {"path": str(SAMPLES), "tables": TABLES[:3]}
    hosted = make_recipe({"name": "n", "source": source, "student": {"model": "openai/gpt-5-mini"}})
    with pytest.raises(ConfigError, match=r"cannot be fine-tuned here; .* tune its prompt: `student\.tuned: prompt`"):
        run_recipe(hosted, tmp_path / "hosted")
    tiny = make_recipe({"name": "n", "source": source, "student": {"model": "tiny", "tuned": "prompt"}})
    with pytest.raises(ConfigError, match=r"gepa rewrites instructions, and .* is shown none"):
        run_recipe(tiny, tmp_path / "tiny")
