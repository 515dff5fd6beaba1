"""Whole runs on documents with a scripted student: what is kept needs all its documents, killed anywhere or not."""

import json
import random
import signal
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from source2synth.backends.replies import ReplyLog
from source2synth.cli.app import app
from source2synth.data.corpus_parts import CorpusDivision
from source2synth.data.document_records import MultiHopExample
from source2synth.data.records import Try, Verdict
from source2synth.data.sources.documents import read_documents
from source2synth.errors import ConfigError
from source2synth.optimizers.ablating import with_ablation
from source2synth.pipeline.kinds.documents import Documents
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.result import load_result
from source2synth.pipeline.stages import STAGES
from source2synth.pipeline.validate import validate

from .run_server import Server, calls, dataset, rows
from .scripted_run import BY_HEART
from .villages import write_articles

FIELDS = ("source.kind=documents", "generator.shapes=[chain, comparison]")
KILLS = (
    "sources", "parts", "seeds", "examples", "examples:2", "checks", "checks:2", "synth-model:2", "verdicts",
    "verdicts:2", "ablation", "ablation:2", "curated", "curated-model:2", "control-model:3", "evaluation",
    "evaluation:3",
)  # fmt: skip
DANUBE = {
    "shape": "chain",
    "question": "Who wrote it?",
    "answer": "x",
    "hops": [{"question": "?", "answer": "x", "document": "Danube"}],
}


@pytest.fixture(scope="module")
def sources(articles: Path) -> Path:
    return articles


def test_what_is_kept_was_answered_and_needs_every_document(whole: Path) -> None:
    kept = rows(whole, "kept")
    assert kept
    for row in kept:
        found = row.evidence["ablation"]
        assert isinstance(found, dict)
        assert found["all"] != "0 of 3"
        assert {name for name in found if name != "all"} == {"closed_book", *row.seed.source_ids}
        assert any(one.correct for one in row.tries)
        assert int(row.id, 16) % BY_HEART != 0


def test_what_is_answered_without_its_documents_is_dropped_and_says_so(whole: Path) -> None:
    needless = [row for row in rows(whole, "dropped") if (row.check, row.outcome) == ("ablation", "dropped")]
    assert needless
    assert any("closed-book" in row.reason for row in needless)
    result = load_result(whole)
    assert result.kind == "documents"
    assert result.funnel.dropped["ablation"] == len(needless)


def test_figures_add_up(whole: Path) -> None:
    result = load_result(whole)
    funnel = result.funnel
    counts = [funnel.seeds, funnel.hops_written, funnel.composed, funnel.examples, funnel.checked, funnel.judged]
    assert counts == sorted(counts, reverse=True)
    assert funnel.kept == len(rows(whole, "kept"))
    assert {score.model for score in result.scores} == {"base", "synth", "curated", "control"}
    assert result.sources["documents"] == 48
    assert result.training_rows["curated"] == result.training_rows["control"] == funnel.kept


def test_a_chat_row_shows_the_passages_and_ends_with_the_chain(whole: Path) -> None:
    chat = [json.loads(line) for line in (whole / "curated" / "chat.jsonl").read_text().splitlines()]
    kept = rows(whole, "kept")
    assert len(chat) == len(kept)
    *asked, said = chat[0]["messages"]
    assert said["content"].splitlines()[-1] == f"a {kept[0].answer}"
    assert all(span.text in asked[-1]["content"] for hop in kept[0].hops for span in hop.evidence)


def test_no_document_is_on_two_sides(whole: Path, sources: Path) -> None:
    parts: dict[str, set[str]] = {}
    for row in (*rows(whole, "kept"), *rows(whole, "dropped")):
        for id in row.seed.source_ids:
            parts.setdefault(id, set()).add(row.part)
    assert parts
    assert all(len(found) == 1 for found in parts.values())


@pytest.mark.parametrize("name", ["kept.parquet", "kept.jsonl"])
def test_the_dataset_proves_itself_and_names_what_a_change_breaks(
    whole: Path, sources: Path, tmp_path: Path, name: str
) -> None:
    path = whole / "curated" / name
    kept = rows(whole, "kept")
    assert {verdict.outcome for verdict in validate(path, read_documents(sources))} == {"kept"}
    changed = write_articles(tmp_path / "changed")
    gone = kept[0].seed.source_ids[0]
    title = read_documents(sources).document(gone).title
    (changed / f"{title.lower().replace(' ', '-')}.md").write_text(f"# {title}\n\nNothing is known of it.\n")
    ran = CliRunner().invoke(app, ["validate", str(path), "--source", str(changed), "--json"])
    assert ran.exit_code == 1, ran.output
    found = json.loads(ran.stdout)
    assert {row["id"] for row in found["fallen"]} == {row.id for row in kept if gone in row.seed.source_ids}
    assert all("is gone or has another text now" in row["reason"] for row in found["fallen"])


def test_a_wrong_span_or_a_wrong_sum_is_found(whole: Path, sources: Path, tmp_path: Path) -> None:
    row = next(row for row in rows(whole, "kept") if row.hops[0].operation == "span")
    plain = MultiHopExample.model_validate({name: getattr(row, name) for name in MultiHopExample.model_fields})
    span = plain.hops[0].evidence[0]
    moved = span.model_copy(update={"start": span.start + 1})
    hop = plain.hops[0].model_copy(update={"evidence": (moved, *plain.hops[0].evidence[1:])})
    wrong = plain.model_copy(update={"hops": (hop, *plain.hops[1:])})
    (tmp_path / "wrong.jsonl").write_text(wrong.model_dump_json() + "\n")
    (verdict,) = validate(tmp_path / "wrong.jsonl", read_documents(sources))
    assert verdict.outcome == "dropped"
    assert "does not read" in verdict.reason


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


def test_every_stage_of_documents_is_killed_somewhere() -> None:
    # no part of these runs: test_imputed_runs.py kills the first two, test_alternating.py interrupts the others
    elsewhere = {"twins", "imputed", "prompts", "solver-prompt"}
    assert {kill.partition(":")[0] for kill in KILLS} == {stage.name for stage in STAGES} - elsewhere


@pytest.mark.slow
def test_killed_while_the_ablation_asks_no_durable_reply_is_asked_for_again(
    tmp_path: Path, whole: Path, sources: Path, server: Server
) -> None:
    folder, asked = tmp_path / "killed", sum(not name.startswith("train") for name in calls(whole))
    killed = asked - 4 * 8 - 10  # before the last ones: eight questions to each of four models
    assert server.run(folder, sources, *FIELDS, "--kill", f"ask:{killed}") == -signal.SIGKILL
    begun = {path.parent.name for path in folder.glob("*/key.json")}
    assert begun - {path.parent.name for path in folder.glob("*/done.json")} == {"ablation"}
    durable = len(ReplyLog(folder / "replies"))
    answered = sum(count for name, count in calls(folder).items() if not name.startswith("train"))
    server.finish(folder, sources, *FIELDS)
    assert dataset(folder) == dataset(whole)
    assert sum(calls(folder).values()) - sum(calls(whole).values()) == answered - durable


@pytest.mark.slow
def test_killed_again_and_again_at_any_moment(tmp_path: Path, whole: Path, sources: Path, server: Server) -> None:
    folder, rng = tmp_path / "killed", random.Random(5)
    for _ in range(15):
        process = server.start(folder, sources, *FIELDS, "slow=0.02")
        time.sleep(0.05 + rng.random() * 0.8)
        if server.end(process) == 0:
            break
    server.finish(folder, sources, *FIELDS)
    assert dataset(folder) == dataset(whole)


def test_without_ablation_more_is_kept_and_nothing_before_is_done_again(
    tmp_path: Path, whole: Path, sources: Path, server: Server
) -> None:
    folder = tmp_path / "run"
    server.finish(folder, sources, *FIELDS)
    server.finish(folder, sources, *FIELDS, "curation.ablation=false")
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    started = [row["stage"] for row in log if row["kind"] == "started"]
    assert started[12:] == ["curated", "curated-model", "control-model", "evaluation"]
    assert load_result(folder).funnel.kept > load_result(whole).funnel.kept


@pytest.mark.slow
def test_both_halves_distractors_and_people(tmp_path: Path, sources: Path, server: Server) -> None:
    people = tmp_path / "people.jsonl"
    hops = [
        {"question": "Who wrote The Glass Orchard?", "answer": "Marta Velde", "document": "The Glass Orchard"},
        {"question": "Where was #1 born?", "answer": "Ostrava Nova", "document": "Marta Velde"},
    ]
    question = "Where was the author of The Glass Orchard born?"
    asked = {"question": question, "answer": "Ostrava Nova", "shape": "chain", "hops": hops}
    people.write_text("\n".join(map(json.dumps, [asked, DANUBE])))
    result = server.finish(
        tmp_path / "run", sources, *FIELDS, "curation.half=both", "student.context=gold+distractors",
        f"curation.human={people}", f"evaluation.human=[{people}]",
    )  # fmt: skip
    parts = result["funnel"]["parts"]
    assert result["funnel"]["judged"] == parts["slice_0"] + parts["slice_1"]
    assert result["training_rows"]["curated"] == result["funnel"]["kept"] + 1
    totals = {score["questions"]: score["total"] for score in result["scores"]}
    assert totals["people"] == 1


def test_units_are_draws_from_a_whole_part_and_keep_their_names(sources: Path) -> None:
    assigned = {f"{part}{at}": part for part in ("held_out", "slice_0", "slice_1") for at in range(3)}
    division = CorpusDivision(
        seed=0, shares=(0.2, 0.4, 0.4), assigned=assigned, communities=3, edges=3, lost_edges=0
    )  # fmt: skip

    def units(count: int) -> dict[str, list[str]]:
        recipe = make_recipe({"name": "n", "source": "/s", "examples": {"count": count}})
        return {part: list(names) for part, names in Documents().units(division, recipe)}

    few, many = units(50), units(1000)
    assert {part: len(names) for part, names in few.items()} == {"held_out": 1, "slice_0": 1, "slice_1": 1}
    assert {part: len(names) for part, names in many.items()} == {"held_out": 5, "slice_0": 10, "slice_1": 10}
    assert all(many[part][:1] == few[part] for part in few)


def test_the_ablation_decides_only_on_what_the_filter_kept() -> None:
    def verdict(id: str, outcome: str, check: str, **evidence: str) -> Verdict:
        tries = (Try(answer="a", correct=True),) if check == "answerability" else ()
        return Verdict.model_validate(
            {
                "example_id": id,
                "outcome": outcome,
                "check": check,
                "reason": check,
                "evidence": evidence,
                "tries": tries,
            }
        )

    filtered = [verdict(id, "dropped" if id == "d" else "kept", "answerability") for id in "abcd"]
    proofs = [
        verdict("a", "kept", "ablation", all="3 of 3"), verdict("b", "dropped", "ablation"),
        verdict("c", "unjudged", "ablation"), verdict("d", "kept", "ablation"),
    ]  # fmt: skip
    found = with_ablation(filtered, proofs)
    assert [one.outcome for one in found] == ["kept", "dropped", "unjudged", "dropped"]
    assert [one.check for one in found] == ["answerability", "ablation", "ablation", "answerability"]
    assert found[0].evidence == {"ablation": {"all": "3 of 3"}}
    assert all(one.tries for one in found)
    assert with_ablation(filtered, []) == filtered


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"source": {"path": "/s", "kind": "documents", "tables": ["a"]}}, "`tables` names tables"),
        ({"source": {"path": "/s", "kind": "papers"}}, "source.kind: 'tables' or 'documents' is wanted"),
        ({"generator": {"hops": [2], "shapes": ["chain", "join"]}}, "shape `join` takes 3 or 4 hops"),
        ({"generator": {"shapes": ["circle"]}}, "generator.shapes: 'chain', 'join', "),
        ({"generator": {"hops": []}}, "at least one number of `hops`"),
        ({"generator": {"styles": ["vague"]}}, "not asked about in the style `vague`"),
        ({"checks": ["neighbors_only"]}, "is no check; did you mean neighbours_only?"),
        ({"student": {"context": "open_book"}}, "student.context: 'gold', "),
    ],
)
def test_faults_of_a_recipe_for_documents_are_named(values: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_recipe({"name": "n", "source": {"path": "/s", "kind": "documents"}, **values})
    assert says in str(caught.value)
