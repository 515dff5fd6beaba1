"""Runs that judge and impute by compiled prompts, which verdicts and provenance name; prompts that do not fit."""

import json
import re
from pathlib import Path
from typing import Any

import dspy
import pytest
from dspy.lm15 import Message, Request, Response, TextPart, Usage

from source2synth.data.datasets import read_dataset
from source2synth.data.document_records import MultiHopAttempt
from source2synth.errors import ConfigError
from source2synth.pipeline.judged import JudgedMultiHopExample
from source2synth.pipeline.optimizing import optimize_recipe
from source2synth.pipeline.progress import Event
from source2synth.pipeline.reading import load_recipe, make_recipe, save_recipe
from source2synth.pipeline.run import run_recipe
from source2synth.programs import HopReasoner, Imputation, SQLReasoner, TableQuestions
from source2synth.programs.compiled import save_program

from .scripted_run import AsyncStudent, Rebuilder, Student

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "tables"
SOLVING, REBUILDING = "Read to the end before you answer.", "Ask as a child would."


pytestmark = pytest.mark.usefixtures("alone")


class Worker:
    """Answers over passages, rebuilds hops and merges them, whoever is asked; keeps the instructions it was given."""

    def __init__(self, run: Path) -> None:
        calls = run.with_suffix(".calls")
        self.student, self.rebuilder = Student(run, calls, -1, 10, MultiHopAttempt), Rebuilder(calls)
        self.student.by_passages = True
        self.instructions: dict[str, set[str]] = {"passages": set(), "rebuilt": set()}

    def __deepcopy__(self, memo: object) -> "Worker":
        return self

    def complete(self, request: Request) -> Response:
        prompt = request.messages[-1].text or ""
        reads = "[[ ## passages ## ]]" in prompt
        self.instructions["passages" if reads else "rebuilt"].add(str(request.system))
        if not reads:
            return self.rebuilder.complete(request)
        answer = (self.student.complete(request).text or "").removeprefix("a ")
        fields = {"reasoning": "So.", "steps": "[]", "answer": answer, "completed": ""}
        said = "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in fields.items())
        return Response(
            id=None, model=request.model, message=Message.assistant([TextPart(said)]), finish_reason="stop",
            usage=Usage(input_tokens=9, output_tokens=9),
        )  # fmt: skip


def documents(articles: Path, **fields: Any) -> dict[str, Any]:
    return {
        "name": "compiled",
        "source": {"path": str(articles), "kind": "documents"},
        "generator": {"shapes": ["chain", "comparison"]},
        "examples": {"count": 40},
        "student": {"model": "openai/base", "tuned": "prompt"},
        "curation": {"k": 1, "imputation": "judge", "control": False},
        "evaluation": {"held_out_limit": 2},
        "optimize": {"optimizer": "none", "seen": 2, "choosing": 2, "measured": 2},
        **fields,
    }


def prompts(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Write compiled prompts of a solver and of imputation; returns their folders and their hashes."""
    solver, imputation = HopReasoner(), Imputation()
    for predictor, line in (
        (solver.ask, SOLVING),
        (imputation.rebuild.ask, REBUILDING),
        (imputation.compose.merge, REBUILDING),
        (imputation.solver.ask, "Nobody is told this: who answers is LLMSynth."),
    ):
        predictor.signature = predictor.signature.with_instructions(f"{predictor.signature.instructions}\n{line}")
    programs = {"solver": solver, "imputation": imputation}
    hashes = {what: save_program(program, folder / what) for what, program in programs.items()}
    return {what: str(folder / what) for what in programs}, hashes


def started(made: dict[str, Any], folder: Path, worker: Worker) -> list[str]:
    """Run a recipe; returns the stages that were not there already."""
    stages = []

    def progress(event: Event) -> None:
        if event.kind == "started":
            stages.append(event.stage)

    student, judge = (
        dspy.LM(f"scripted/{name}", engine=worker, async_engine=AsyncStudent(worker), num_retries=0)  # type: ignore[arg-type]
        for name in ("base", "judge")
    )
    run_recipe(make_recipe(made), folder, progress=progress, student=student, judge=judge)
    return stages


def test_a_run_judges_and_imputes_by_compiled_prompts_and_names_them(tmp_path: Path, articles: Path) -> None:
    folders, hashes = prompts(tmp_path / "programs")
    worker, folder = Worker(tmp_path / "run"), tmp_path / "run"
    started(documents(articles, programs=folders), folder, worker)
    assert all(SOLVING in one for one in worker.instructions["passages"])
    assert worker.instructions["rebuilt"]
    assert all(REBUILDING in one for one in worker.instructions["rebuilt"])

    kept = read_dataset(folder / "curated" / "kept.parquet", JudgedMultiHopExample)
    imputed = [row for row in kept if row.provenance.imputed]
    assert imputed
    assert {row.provenance.program for row in imputed} == {hashes["imputation"]}
    for row in kept:
        proof: Any = row.evidence["ablation"]
        assert row.evidence["program"] == proof["program"] == hashes["solver"]
    manifest = json.loads((folder / "synth-model" / "prompt-0" / "program.json").read_text())
    assert (manifest["id"], manifest["about"]) == (hashes["solver"], {"began_with": hashes["solver"]})

    again = started(documents(articles, programs={"imputation": folders["imputation"]}), folder, Worker(folder))
    assert again[0] == "synth-model"  # what only the generator decides is used again
    assert {"imputed", "verdicts", "ablation", "evaluation"} < set(again)
    kept = read_dataset(folder / "curated" / "kept.parquet", JudgedMultiHopExample)
    assert all("program" not in row.evidence for row in kept)
    assert "began_with" not in (folder / "synth-model" / "prompt-0" / "program.json").read_text()


def tables(**fields: Any) -> dict[str, Any]:
    generator = {"model": "openai/scripted", "api_base": "http://127.0.0.1:9/v1"}
    return {"name": "n", "source": {"path": str(SAMPLES), "tables": ["cities"]}, "generator": generator, **fields}


@pytest.mark.parametrize(
    ("what", "fields", "told"),
    [
        ("solver", {"student": "prompt", "programs": "imputation"},
         r"programs\.solver: \S+ holds prompts of the imputation \(compose, rebuild, solver\); name it as "
         r"`programs\.imputation`$"),
        ("generator", {"programs": "solver"},
         r"programs\.generator: \S+ holds prompts of the solver \(ask\); name it as `programs\.solver`$"),
        ("solver", {"student": "prompt", "programs": "generator"}, r"holds prompts of the generator \(question, "),
        ("solver", {"student": "prompt", "programs": "solver"},
         r"programs\.solver: \S+: compiled stage 'ask': ask: was compiled for another signature, which no longer has "
         r"passages; now has table"),
        ("solver", {"programs": "fitting"},
         r"programs\.solver: nobody answers by a prompt in this run, since .*; write `student: prompt`"),
        ("imputation", {"programs": "imputation"}, r"programs\.imputation: no model imputes in this run; set "),
        ("solver", {"student": "prompt", "programs": "nowhere"}, r"programs\.solver: \S+: there is no such folder"),
    ],
)  # fmt: skip
def test_prompts_that_do_not_fit_are_told_in_one_sentence_before_anything_is_paid(
    tmp_path: Path, what: str, fields: dict[str, Any], told: str
) -> None:
    prompts(tmp_path)
    save_program(TableQuestions(), tmp_path / "generator")
    save_program(SQLReasoner(), tmp_path / "fitting")
    made = make_recipe(tables(**{**fields, "programs": {what: str(tmp_path / fields["programs"])}}))
    with pytest.raises(ConfigError, match=rf"^recipe: [^\n]*{told}"):
        run_recipe(made, tmp_path / "run")
    assert not (tmp_path / "run" / "sources").exists()


def test_an_optimization_begins_with_compiled_prompts_and_refuses_others(tmp_path: Path, articles: Path) -> None:
    folders, _ = prompts(tmp_path / "programs")
    optimize = {"what": "imputation", "solver": "judge"}
    for programs, told in (
        ({"imputation": folders["solver"]}, r"programs\.imputation: .* name it as `programs\.solver`"),
        ({"solver": folders["imputation"]}, r"programs\.solver: .* name it as `programs\.imputation`"),
    ):
        made = make_recipe(documents(articles, generator=tables()["generator"], optimize=optimize, programs=programs))
        with pytest.raises(ConfigError, match=told):
            optimize_recipe(made, tmp_path / "run")


def test_a_bare_folder_is_the_generator_s_and_paths_count_from_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "short.yaml").write_text(json.dumps({**tables(), "programs": "found/programs"}))
    found = load_recipe(tmp_path / "short.yaml", {"programs.solver": str(tmp_path / "solver")}).programs
    assert (found.generator, found.solver) == (str(tmp_path / "found" / "programs"), str(tmp_path / "solver"))
    (tmp_path / "long.yaml").write_text(json.dumps({**tables(), "programs": {"imputation": "a"}}))
    recipe = load_recipe(tmp_path / "long.yaml")
    assert recipe.programs.imputation == str(tmp_path / "a")
    save_recipe(tmp_path / "saved.yaml", recipe)
    assert load_recipe(tmp_path / "saved.yaml") == recipe
    (tmp_path / "old.yaml").write_text(json.dumps({**tables(), "programs": None}))
    assert re.fullmatch(r"(\w+=None ?)+", str(load_recipe(tmp_path / "old.yaml").programs))
