"""Optimize, then run with the compiled programs, in one command; the provenance of every example names their hash."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from source2synth.cli.app import app
from source2synth.data.datasets import read_dataset
from source2synth.errors import ConfigError
from source2synth.pipeline.judged import JudgedExample
from source2synth.pipeline.optimizing import optimize_recipe
from source2synth.pipeline.reading import load_recipe, make_recipe
from source2synth.pipeline.result import load_result
from source2synth.pipeline.run import run_recipe

from .scripted_generator import Server, answer

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "tables"
TABLES = ["cities", "islands", "lakes", "languages", "moons", "rivers", "novels", "volcanoes"]


pytestmark = pytest.mark.usefixtures("alone")


def recipe(api_base: str) -> dict[str, Any]:
    return {
        "name": "towns",
        "source": {"path": str(SAMPLES), "tables": TABLES},
        "generator": {"model": "openai/scripted", "api_base": api_base},
        "examples": {"count": 40},
        "curation": {"k": 1, "control": False},
        "evaluation": {"held_out_limit": 4},
        "training": {"max_steps": 1},
        "optimize": {
            "optimizer": "bootstrap",
            "solver": "student",
            "stages": ["sql", "question"],
            "seen": 4,
            "choosing": 3,
            "measured": 4,
        },
    }


@pytest.mark.slow
def test_optimize_run_train_and_measure_in_one_command(tmp_path: Path) -> None:
    path = tmp_path / "towns.yaml"
    with Server() as server:
        path.write_text(json.dumps(recipe(server.api_base)))
        done = CliRunner().invoke(app, ["optimize", str(path), "--out", str(tmp_path / "runs"), "--run", "--json"])
        assert done.exit_code == 0, done.output
        once = sum(server.answered.values())
        again = CliRunner().invoke(app, ["optimize", str(path), "--out", str(tmp_path / "runs"), "--json"])
        assert again.exit_code == 0, again.output
        assert sum(server.answered.values()) == once  # everything is answered from the log
    folder = tmp_path / "runs" / "towns"
    found = json.loads((folder / "optimize" / "result.json").read_text())
    assert json.loads(again.stdout)["id"] == found["id"]
    scores = json.loads(done.stdout)["scores"]
    assert {one["model"] for one in scores} >= {"base", "synth"}
    rows = [
        row for name in ("kept", "dropped") for row in read_dataset(folder / "curated" / f"{name}.jsonl", JudgedExample)
    ]
    assert rows
    assert {row.provenance.program for row in rows} == {found["id"]}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_while_it_optimizes_the_one_command_goes_on(tmp_path: Path) -> None:
    """The same command again: what was paid for is not asked again, and the run uses what an unbroken search finds."""
    victims: list[tuple[int, subprocess.Popen[bytes]]] = []
    asked = 0

    def said(messages: list[dict[str, str]]) -> str:
        nonlocal asked
        asked += 1
        if victims and asked == victims[0][0]:
            victims.pop(0)[1].kill()
        return answer(messages)

    def go() -> "subprocess.Popen[bytes]":
        command = ["optimize", str(tmp_path / "towns.yaml"), "--out", str(tmp_path / "broken"), "--run"]
        return subprocess.Popen([sys.executable, "-m", "source2synth", *command], stdout=subprocess.DEVNULL)

    with Server(said) as server:
        (tmp_path / "towns.yaml").write_text(json.dumps(recipe(server.api_base)))
        process = go()
        victims.append((12, process))
        assert process.wait() == -signal.SIGKILL
        assert not (tmp_path / "broken" / "towns" / "optimize" / "result.json").exists()
        assert go().wait() == 0
        assert sum(count - 1 for count in server.answered.values()) <= 8  # what the threads had under way
        optimize_recipe(load_recipe(tmp_path / "towns.yaml"), tmp_path / "whole" / "towns")
    broken, whole = tmp_path / "broken" / "towns", tmp_path / "whole" / "towns"
    found = [json.loads((run / "optimize" / "result.json").read_text()) for run in (broken, whole)]
    assert found[0]["id"] == found[1]["id"]
    assert found[0]["spent"] == found[1]["spent"]
    names = ("kept", "dropped")
    rows = [row for name in names for row in read_dataset(broken / "curated" / f"{name}.jsonl", JudgedExample)]
    assert {row.provenance.program for row in rows} == {found[0]["id"]}
    assert load_result(broken).scores


def test_compiled_prompts_reach_the_model_and_the_provenance(tmp_path: Path) -> None:
    from source2synth.pipeline.programs import compiled_id
    from source2synth.programs import TableQuestions, program_id
    from source2synth.programs.compiled import save_program
    from source2synth.programs.offline import FactSeeds

    program = TableQuestions(seeds=FactSeeds())
    program.sql.write.signature = program.sql.write.signature.with_instructions("Write SQL in capitals.")
    identity = save_program(program, tmp_path / "programs")
    assert identity == program_id(program) != program_id(TableQuestions(seeds=FactSeeds()))
    made = make_recipe({**recipe("http://127.0.0.1:9/v1"), "programs": str(tmp_path / "programs")})

    class Of:
        def __init__(self, recipe: Any) -> None:
            from source2synth.pipeline.kinds.tables import Tables

            self.recipe, self.kind, self.given, self.figures = recipe, Tables(), {}, {}

    assert compiled_id(Of(made)) == identity  # type: ignore[arg-type]


def test_prompts_of_another_program_are_refused_before_anything_is_paid(tmp_path: Path) -> None:
    from source2synth.programs import TableQuestions
    from source2synth.programs.compiled import save_program

    save_program(TableQuestions(), tmp_path / "programs")  # asks a model for facts; the recipe does not
    made = make_recipe({**recipe("http://127.0.0.1:9/v1"), "programs": str(tmp_path / "programs")})
    with pytest.raises(ConfigError, match=r"TableQuestions asks no model at 'seeds\.state'"):
        run_recipe(made, tmp_path / "run")


def test_an_offline_generator_has_no_prompts(tmp_path: Path) -> None:
    made = make_recipe({"name": "off", "source": {"path": str(SAMPLES), "tables": TABLES}})
    with pytest.raises(ConfigError, match="is offline, so there is no prompt to optimize"):
        optimize_recipe(made, tmp_path / "run")
