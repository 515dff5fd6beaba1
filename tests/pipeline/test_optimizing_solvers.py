"""`source2synth optimize` on what is no generator: a solver, on people's questions or the run's, and imputation."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from source2synth.cli.app import app
from source2synth.errors import ConfigError
from source2synth.pipeline.kinds.documents import Documents
from source2synth.pipeline.optimizing import optimize_recipe
from source2synth.pipeline.reading import make_recipe
from source2synth.programs import HopReasoner, Imputation, MultiHopQuestions, SQLReasoner
from source2synth.programs.compiled import load_program, read_stages

from ..docs.scripted_walk import read
from .scripted_generator import FIELD, Server
from .villages import write_articles

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
FEW = {"optimizer": "bootstrap", "seen": 3, "choosing": 2, "measured": 3}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def tables(**optimize: Any) -> dict[str, Any]:
    return {
        "name": "solver",
        "source": {"path": str(SAMPLES / "tables")},
        "examples": {"count": 40},
        "optimize": {"what": "solver", "solver": "student", **FEW, **optimize},
    }


@pytest.mark.slow
@pytest.mark.parametrize("questions", [str(SAMPLES / "questions.jsonl"), None])
def test_a_solver_is_optimized_from_a_recipe(tmp_path: Path, questions: str | None) -> None:
    path = tmp_path / "solver.yaml"
    path.write_text(json.dumps(tables(questions=questions)))
    done = CliRunner().invoke(app, ["optimize", str(path), "--out", str(tmp_path / "runs"), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["configuration"]["stages"] == ["ask"]
    assert found["configuration"]["metric"] == "Accuracy"
    assert found["configuration"]["sizes"] == [3, 2, 3]
    folder = tmp_path / "runs" / "solver"
    assert found["programs"] == str(folder / "optimize-solver" / "programs")
    assert (folder / "checks" / "done.json").exists() == (questions is None)
    load_program(SQLReasoner(reasoning=False), found["programs"])


def merging(messages: list[dict[str, str]]) -> str:
    """Rebuild a hop, merge hops and answer, on the villages."""
    prompt = messages[-1]["content"]
    fields = {name: text.strip() for name, text in FIELD.findall(prompt.partition("Respond with")[0])}
    if "passages" in fields:
        return read(fields["passages"], fields["question"])
    said = "sub_question" if "entity" in fields else "question"
    marks = " ".join(json.loads(fields["must_contain"])) if "entity" in fields else "all of this"
    return f"[[ ## {said} ## ]]\nWhat is told of {marks}?\n\n[[ ## completed ## ]]\n"


def test_imputation_is_optimized_from_a_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Documents, "program", lambda self, run: MultiHopQuestions.offline(hops=2, shapes=("chain",)))
    articles = write_articles(tmp_path / "articles")
    with Server(merging) as server:
        recipe = make_recipe(
            {
                "name": "imputed",
                "source": {"path": str(articles), "kind": "documents"},
                "generator": {"model": "openai/scripted", "api_base": server.api_base},
                "examples": {"count": 30},
                "optimize": {**FEW, "what": "imputation", "optimizer": "none"},
            }
        )
        found = optimize_recipe(recipe, tmp_path / "run")
    assert isinstance(found.program, Imputation)
    assert found.configuration["stages"] == ["rebuild", "compose"]
    folder = tmp_path / "run" / "optimize-imputation"
    assert set(read_stages(folder / "programs")) == {"rebuild", "compose", "solver"}
    rows = [json.loads(row) for row in (folder / "scores.jsonl").read_text().splitlines()]
    assert len(rows) == 5
    assert all("imputation of hop 0 failed at" in row["words"] for row in rows)
    load_program(Imputation(solver=HopReasoner()), folder / "programs")


@pytest.mark.parametrize(
    ("optimize", "told"),
    [
        ({"what": "generator", "questions": "q.jsonl"}, "with them write `what: solver`"),
        ({"what": "imputation"}, "the source has tables"),
        ({"alternate": True}, "`alternate` has steps of its own"),
    ],
)
def test_what_does_not_go_together_is_told(optimize: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        make_recipe(tables(**optimize))


@pytest.mark.parametrize(
    ("optimize", "told"),
    [
        ({"questions": "/nowhere/q.jsonl"}, r"optimize\.questions: /nowhere/q\.jsonl: no such file"),
        ({"optimizer": "gepa"}, r"gepa rewrites instructions, and .* is shown none"),
        ({"solver": "generator"}, "is offline, so there is no prompt to optimize"),
        (
            {"questions": str(SAMPLES / "questions.jsonl"), "stages": ["sql"]},
            "'sql' is none that asks a model; .*: ask",
        ),
    ],
)
def test_what_cannot_be_optimized_is_told(tmp_path: Path, optimize: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        optimize_recipe(make_recipe(tables(**optimize)), tmp_path / "run")


def test_a_run_in_which_nobody_is_prompted_takes_no_prompt_of_a_solver(tmp_path: Path) -> None:
    (tmp_path / "solver.yaml").write_text(json.dumps(tables()))
    command = ["optimize", str(tmp_path / "solver.yaml"), "--out", str(tmp_path / "runs"), "--run"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    assert "programs.solver: nobody answers by a prompt in this run" in " ".join(done.stderr.split())
    assert not (tmp_path / "runs").exists()
