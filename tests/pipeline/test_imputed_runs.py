"""Runs that impute and make unanswerable twins: what is trained on, told and shown; killed anywhere or not."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from source2synth.data.answers import NOT_STATED
from source2synth.data.datasets import read_parquet
from source2synth.data.document_records import MultiHopExample
from source2synth.data.records import Verdict
from source2synth.data.sources.documents import read_documents
from source2synth.errors import ConfigError
from source2synth.pipeline.export import export
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.result import load_result
from source2synth.pipeline.run import run_recipe
from source2synth.pipeline.validate import validate
from source2synth.programs.imputation import failed_at

from .run_server import Server, calls, dataset, rows

DOCUMENTS = ("source.kind=documents", "generator.shapes=[chain, comparison]", "curation.half=both")
FIELDS = (*DOCUMENTS, "curation.imputation=judge", "curation.imputed_hop=random", "curation.unanswerable=0.4",
          "curation.ablation=false", "rebuilder=yes")  # fmt: skip
KILLS = ("twins", "imputed", "imputed:2", "imputed:3", "verdicts:2", "curated")


@pytest.fixture(scope="module")
def sources(articles: Path) -> Path:
    return articles


def settled(folder: Path) -> list[MultiHopExample]:
    found = sorted((folder / "imputed").glob("settled-*.parquet"))
    return [row for path in found for row in read_parquet(path, MultiHopExample)]


def test_the_imputed_question_replaces_the_original_which_stays_in_the_provenance(whole: Path) -> None:
    every = settled(whole)
    imputed = {row.id: row for row in every if row.provenance.imputed}
    assert imputed
    assert len(imputed) < len(every)
    for row in every:
        assert row.provenance.imputed or failed_at(row)
        assert not row.provenance.imputed or "belongs to" in row.question
        assert ("scripted/judge" in row.provenance.models) == row.provenance.imputed
    judged = {row.id for name in ("kept", "dropped") for row in rows(whole, name)}
    assert {row.id for row in every} <= judged
    kept = [row for row in rows(whole, "kept") if row.id in imputed]
    assert kept
    assert all(row.provenance.original_question not in (None, row.question) for row in kept)


def test_the_result_says_what_imputation_came_to(whole: Path) -> None:
    result, every = load_result(whole), settled(whole)
    found = result.imputation
    assert found is not None
    imputed = [row for row in every if row.provenance.imputed]
    assert (found.by, found.tried, found.imputed) == ("scripted/judge", len(every), len(imputed))
    assert result.funnel.imputed == found.imputed
    assert found.imputed + sum(found.failed.values()) == found.tried
    assert {one.before for one in found.shown} <= {row.provenance.original_question for row in imputed}
    assert found.perplexity_before is None
    assert "does not say how likely" in found.unmeasured


def test_twins_are_in_the_dataset_and_in_every_training_and_are_measured(whole: Path) -> None:
    result = load_result(whole)
    twins = [row for row in rows(whole, "kept") if not row.answerable]
    bases = {row.id: row for row in rows(whole, "kept") if row.answerable}
    assert len(twins) == result.funnel.twins == round(0.4 * result.funnel.kept)
    assert len(bases) == result.funnel.kept
    for twin in twins:
        base = next(row for id, row in bases.items() if f"twin of {id} " in twin.provenance.notes[-1])
        assert (twin.question, twin.answer, twin.part) == (base.question, NOT_STATED, base.part)
        assert (twin.check, twin.outcome, twin.tries) == ("removed_is_needed", "kept", ())
        assert set(twin.seed.source_ids) < set(base.seed.source_ids)
    chat = (whole / "curated" / "chat.jsonl").read_text().splitlines()
    abstaining = [line for line in chat if json.loads(line)["messages"][-1]["content"].endswith(f"a {NOT_STATED}")]
    assert len(abstaining) == len(twins)
    assert result.training_rows["curated"] == result.funnel.kept + len(twins) == result.training_rows["control"]
    assert result.training_rows["synth"] == result.funnel.parts["slice_0"] + twins_of(whole, "slice_0")

    scores = {score.model: score for score in result.scores if score.questions == "unanswerable"}
    assert set(scores) == {"base", "synth", "curated", "control"}
    assert scores["base"].total == min(8, twins_of(whole, "held_out")) > 0


def twins_of(folder: Path, part: str) -> int:
    return len(read_parquet(folder / "twins" / f"{part}.parquet", MultiHopExample))


def test_twins_are_never_tried_as_if_they_had_an_answer(whole: Path) -> None:
    tried = {one.example_id for path in (whole / "verdicts").glob("*.parquet") for one in read_parquet(path, Verdict)}
    assert tried == {row.id for row in settled(whole)}


def test_the_dataset_proves_itself_and_its_exports_show_twins_and_originals(
    whole: Path, sources: Path, tmp_path: Path
) -> None:
    path, corpus = whole / "curated" / "kept.parquet", read_documents(sources)
    assert {verdict.outcome for verdict in validate(path, corpus)} == {"kept"}
    export(path, corpus, "musique", tmp_path)
    written = [json.loads(line) for line in (tmp_path / "musique.jsonl").read_text().splitlines()]
    assert {row["answerable"] for row in written} == {True, False}
    ids = {able: {row["id"] for row in written if row["answerable"] is able} for able in (True, False)}
    assert ids[False]
    assert ids[False] <= ids[True]  # MuSiQue's evaluator pairs them so
    originals = {row["original_question"] for row in written if "original_question" in row}
    assert originals == {
        row.provenance.original_question
        for row in rows(whole, "kept")
        if row.provenance.imputed and row.shape == "chain"
    }
    done = export(path, corpus, "hotpotqa", tmp_path)
    assert sum(done.left_out.values()) == load_result(whole).funnel.twins


def test_summary_and_card_show_them(whole: Path) -> None:
    from rich.console import Console

    from source2synth.report.card import dataset_card
    from source2synth.report.summary import show

    result = load_result(whole)
    assert result.imputation is not None
    console = Console(record=True, width=200)
    show(result, console)
    text = console.export_text()
    for shown in ("unanswerable twins added", "held-out twins without an answer", "scripted/judge", "not measured"):
        assert shown in text
    assert result.imputation.shown[0].before in text
    card = dataset_card(result)
    assert "## Imputation" in card
    assert f"{result.funnel.twins} rows more are unanswerable twins" in card
    assert f"- after: {result.imputation.shown[0].after}" in card


@pytest.mark.slow
@pytest.mark.parametrize("kill", KILLS)
def test_killed_in_any_stage_it_comes_to_the_same(
    tmp_path: Path, whole: Path, sources: Path, kill: str, server: Server
) -> None:
    folder = tmp_path / "killed"
    assert server.run(folder, sources, *FIELDS, "--kill", kill) == -signal.SIGKILL
    server.finish(folder, sources, *FIELDS)
    assert dataset(folder) == dataset(whole)
    assert calls(folder) == calls(whole)


def test_without_both_the_stages_before_are_used_again(tmp_path: Path, sources: Path, server: Server) -> None:
    folder = tmp_path / "run"
    offline = (*DOCUMENTS, "curation.ablation=false")
    server.finish(folder, sources, *offline)
    result = server.finish(folder, sources, *offline, "curation.imputation=offline")
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    started = [row["stage"] for row in log if row["kind"] == "started"]
    assert started[11:] == ["imputed", "verdicts", "curated", "curated-model", "control-model", "evaluation"]
    assert result["imputation"]["by"] == "offline"
    assert result["imputation"]["imputed"] > 0
    plain = server.finish(folder, sources, *offline)
    assert (plain["imputation"], plain["funnel"]["imputed"], plain["funnel"]["twins"]) == (None, 0, 0)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"curation.imputation": "synth"}, "tiny-reader is asked in the compact form, in which it can answer"),
    ({"curation.imputation": "generator"}, "no language model in the role `generator`; set `generator.model`"),
    ({"curation.imputation": "judge"}, "no language model in the role `judge`"),
    ({"curation.imputation": "judge", "judge": "tiny"}, "compact form"),
    ({"curation.imputation": "offline", "source.kind": "tables"}, "`curation.imputation` is for documents"),
    ({"curation.unanswerable": 0.2, "source.kind": "tables"}, "`curation.unanswerable` is for documents"),
    ({"curation.unanswerable": 0.2, "student.context": "closed_book"}, "`curation.unanswerable` takes passages away"),
    ({"curation.imputed_hop": 0}, "curation.imputed_hop"),
    ({"curation.unanswerable": 1.5}, "curation.unanswerable"),
]


@pytest.mark.parametrize(("fields", "said"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_done_is_refused_before_anything_is(
    tmp_path: Path, sources: Path, fields: dict[str, Any], said: str
) -> None:
    def run() -> None:
        recipe = make_recipe({"name": "n", "source": {"path": str(sources), "kind": "documents"}}, fields)
        run_recipe(recipe, tmp_path / "run")

    with pytest.raises(ConfigError, match=re.escape(said)):
        run()
    assert not (tmp_path / "run" / "sources").exists()
