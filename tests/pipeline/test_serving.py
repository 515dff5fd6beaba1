"""What a run serves: its models by name, its solver on its own sources, and a sentence where a base is missing."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from source2synth.backends.local.fingerprint import check_base, fingerprint_of
from source2synth.backends.serving.protocol import Given, SolveRequest
from source2synth.data import read_database, read_documents
from source2synth.errors import ConfigError, ReplyError
from source2synth.pipeline import Recipe, save_recipe
from source2synth.pipeline.kinds.documents import Documents
from source2synth.pipeline.kinds.tables import Tables
from source2synth.pipeline.result import Funnel, RunResult
from source2synth.pipeline.serving import RunSolver, models_of
from source2synth.pipeline.store import StageFolder
from source2synth.programs import MultiHopQuestions

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
TINY = Path(__file__).parents[2] / "data" / "models" / "tiny"


def finished_run(folder: Path, kind: str, sources: Any) -> Path:
    """Write what serving reads of a finished run: recipe, sources and summary."""
    folder.mkdir()
    recipe = Recipe.model_validate({"name": "served", "source": {"path": str(SAMPLES / kind), "kind": kind}})
    save_recipe(folder / "recipe.yaml", recipe)
    stage = StageFolder(folder, "sources", "0123", None)
    stage.finish({"tables": Tables(), "documents": Documents()}[kind].write(stage, sources))
    funnel = Funnel(wanted=1, seeds=1, examples=1, checked=1, parts={}, judged=1, kept=1, unjudged=0, dropped={})
    result = RunResult(
        kind=kind, name="served", folder=str(folder), generator="offline", student="tiny", seed=0, keep="any of 3",
        sources={}, division={}, funnel=funnel, training_rows={}, scores=(), differences=(), files={},
        models={"synth": "synth-model/b", "curated": "curated-model/a"},
    )  # fmt: skip
    (folder / "summary.json").write_text(result.model_dump_json())
    for model in result.models.values():
        (folder / model).parent.mkdir()
        (folder / model).symlink_to(TINY)
    return folder


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = read_database(SAMPLES / "tables").only(("mountains", "rivers"))
    return finished_run(tmp_path_factory.mktemp("runs") / "tables", "tables", found)


def test_the_curated_model_comes_first(tables: Path) -> None:
    assert list(models_of(tables)) == ["curated", "synth"]
    assert models_of(TINY) == {"tiny": f"local/{TINY}"}
    with pytest.raises(ConfigError, match="no finished run and no model"):
        models_of(tables / "sources")


def test_a_question_is_answered_by_sql_that_was_executed(tables: Path) -> None:
    solve, model = RunSolver(tables), models_of(tables)["curated"]
    asked = SolveRequest(question="How many mountains are there?")
    found = asyncio.run(solve(asked, model))
    assert found["tables"] == ["mountains"]
    assert found["error"] is None, found
    database = read_database(SAMPLES / "tables")
    assert found["result"]["rows"] == [[len(database.table("mountains").rows)]], found
    named = asyncio.run(solve(SolveRequest(question="How many are there?", tables=["rivers"]), model))
    assert named["tables"] == ["rivers"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"question": "x", "tables": ["lakes"]}, "there is mountains, rivers"),
        ({"question": "x", "documents": [Given(title="a", text="b")]}, "about tables"),
        ({"question": "Zyx?"}, "name some of its `tables`"),
    ],
)
def test_what_does_not_fit_the_run_is_said(tables: Path, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        asyncio.run(RunSolver(tables)(SolveRequest(**fields), "tiny"))


class Reading:
    """A solver that tells what it was given."""

    async def aforward(self, passages: Any, question: str) -> Any:
        from source2synth.data.document_records import HopAnswer

        text = " ".join(passage.text for passage in passages)
        return HopAnswer(answer="found" if "born in Vienna" in text else "none", steps=(("who?", "he", "Ada"),))


def test_documents_come_with_the_question_or_from_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = finished_run(tmp_path / "wiki", "documents", read_documents(SAMPLES / "documents"))
    monkeypatch.setattr("source2synth.optimizers.training.student_form", lambda solver: Reading())
    solve = RunSolver(run)
    given = SolveRequest(question="Who?", documents=[Given(title="Ada", text="She was born in Vienna.")])
    assert asyncio.run(solve(given, "tiny")) == {
        "answer": "found",
        "hops": [{"question": "who?", "answer": "he", "document": "Ada"}],
        "documents": ["Ada"],
    }
    own = asyncio.run(solve(SolveRequest(question="Who first climbed the Matterhorn?"), "tiny"))
    assert "Matterhorn" in own["documents"]


def test_the_embedded_reader_answers_with_hops_it_read_itself(tmp_path: Path) -> None:
    corpus = read_documents(SAMPLES / "documents")
    solve = RunSolver(finished_run(tmp_path / "wiki", "documents", corpus))
    right = 0
    for example in MultiHopQuestions.offline(hops=2, shapes=("chain",)).many(corpus, 8, seed=2):
        given = [corpus.document(name) for name in example.seed.source_ids]
        passages = [Given(title=document.title, text=document.text[:600]) for document in given]
        try:
            found = asyncio.run(solve(SolveRequest(question=example.asked, documents=passages), "tiny-reader"))
        except ReplyError:  # it rambles at times
            continue
        assert set(found["documents"]) == {document.title for document in given}
        assert all(set(hop) == {"question", "answer", "document"} for hop in found["hops"])
        right += found["answer"] == example.answer
    assert right > 0


def test_an_adapter_without_its_base_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"no fingerprint\.json that names its base"):
        models_of(folder)
    other = tmp_path / "other"
    other.mkdir()
    (other / "adapter_config.json").write_text("{}")
    (other / "fingerprint.json").write_text(json.dumps({"base": {"model": f"local/{tmp_path}/gone"}}))
    with pytest.raises(ConfigError, match=r"gone, which is missing: .* Put the base back, or train with `merge: true`"):
        models_of(other)


def adapter_on(place: Path, **base: str) -> Path:
    place.mkdir()
    (place / "adapter_config.json").write_text("{}")
    (place / "fingerprint.json").write_text(json.dumps({"base": base}))
    return place


@pytest.mark.parametrize("name", ["local/gone", "local/models/base", "local/a/b/c"])
def test_a_base_that_was_a_folder_is_not_looked_for_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from huggingface_hub import constants

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    adapter = adapter_on(tmp_path / "adapter", model=name, id="0123456789abcdef")
    with pytest.raises(ConfigError, match=f"adapter on {name}, which is missing: there is neither such a folder nor"):
        models_of(adapter)
    fetched = adapter_on(tmp_path / "fetched", model="local/someone/base", id="someone/base@0123")
    assert list(models_of(fetched)) == ["fetched"]
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    unsure = adapter_on(tmp_path / "unsure", model="local/someone/base")
    with pytest.raises(ConfigError, match="neither such a folder nor such a model in the cache of the hub"):
        models_of(unsure)


def test_a_base_is_found_from_another_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base").mkdir()
    adapter = adapter_on(tmp_path / "adapter", model="local/gone", folder=str(tmp_path / "base"))
    check_base(f"local/{adapter}")
    assert fingerprint_of(f"local/{adapter}")["base"]["model"] == f"local/{tmp_path / 'base'}"


def test_a_model_may_be_named_as_everywhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert models_of("tiny") == {"tiny": "tiny"}
    assert models_of(f"local/{TINY}") == {"tiny": f"local/{TINY}"}
    (tmp_path / "mine").symlink_to(TINY)
    assert models_of("local/mine") == {"mine": "local/mine"}
    with pytest.raises(ConfigError, match=r"local/\./gone: there is no finished run and no model here"):
        models_of("local/./gone")


def test_a_run_whose_sources_are_gone_says_so_at_the_start(tmp_path: Path) -> None:
    found = read_database(SAMPLES / "tables").only(("mountains",))
    run = finished_run(tmp_path / "run", "tables", found)
    RunSolver(run).check()
    shutil.rmtree(run / "sources")
    with pytest.raises(ConfigError, match=r"what the solver reads is gone \(.*sources/key\.json\)"):
        RunSolver(run).check()
