"""Whole runs with scripted models: killed in every stage they come to the same, and nothing is done twice."""

import json
import random
import re
import shutil
import signal
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from source2synth.backends.replies import ReplyLog
from source2synth.cli.app import app
from source2synth.data.datasets import read_dataset
from source2synth.data.records import SQLExample
from source2synth.data.sources import read_database
from source2synth.errors import ConfigError
from source2synth.pipeline.judged import JudgedExample
from source2synth.pipeline.result import load_result
from source2synth.pipeline.validate import validate

from .run_server import Server, calls, dataset

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "tables"
TABLES = ("cities", "countries", "islands", "lakes", "languages", "moons", "rivers", "volcanoes")
KILLS = (
    "sources", "parts", "seeds", "examples", "examples:2", "checks", "checks:2", "synth-model:2", "verdicts",
    "verdicts:2", "curated", "curated-model:2", "control-model:3", "evaluation", "evaluation:3",
)  # fmt: skip


def said(folder: Path, kind: str) -> list[str]:
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [row["stage"] for row in rows if row["kind"] == kind and "stage" in row]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for name in TABLES:
        (folder / f"{name}.csv").write_bytes((SAMPLES / f"{name}.csv").read_bytes())
    return folder


def test_a_run_makes_a_dataset_that_proves_itself(whole: Path, sources: Path, server: Server) -> None:
    kept = read_dataset(whole / "curated" / "kept.parquet", JudgedExample)
    dropped = read_dataset(whole / "curated" / "dropped.jsonl", JudgedExample)
    assert kept
    assert {row.part for row in kept} == {"slice_1"}
    assert all(row.outcome == "kept" and any(one.correct for one in row.tries) for row in kept)
    assert all(row.reason and row.outcome != "kept" for row in dropped)
    assert {v.outcome for v in validate(whole / "curated" / "kept.parquet", read_database(sources))} == {"kept"}
    chat = [json.loads(line) for line in (whole / "curated" / "chat.jsonl").read_text().splitlines()]
    assert len(chat) == len(kept)
    assert kept[0].sql in chat[0]["messages"][-1]["content"]


def test_one_changed_cell_names_the_examples_that_hang_on_it(whole: Path, sources: Path, tmp_path: Path) -> None:
    rows = read_dataset(whole / "curated" / "kept.parquet", JudgedExample)
    chosen, path, cell = next(found for row in rows if (found := _only_cell(row, sources)))
    mine = tmp_path / "sources"
    shutil.copytree(sources, mine)
    text, other = path.read_text(), str(int(cell) + 1) if cell.isdigit() else "Nobody's"
    (mine / path.name).write_text(re.sub(_CELL.format(re.escape(cell)), other, text))
    asked = ["validate", str(whole), "--json", "--source"]
    before = CliRunner().invoke(app, [*asked, str(sources)])
    assert (before.exit_code, json.loads(before.stdout)["fallen"]) == (0, [])
    after = CliRunner().invoke(app, [*asked, str(mine)])
    assert after.exit_code == 1
    found = json.loads(after.stdout)
    assert found["examples"] == len(rows)
    assert chosen.id in {row["id"] for row in found["fallen"]}
    assert {row["id"] for row in found["fallen"]} == _other_answers(rows, mine)


_CELL = r"(?<=[,;\n]){}(?=[,;\n])"


def _only_cell(row: JudgedExample, sources: Path) -> tuple[JudgedExample, Path, str] | None:
    """Return an example, its file and its answer, if that is one value that stands in one cell of the file."""
    answer = str(row.answer.rows[0][0]) if len(row.answer.rows) == 1 == len(row.answer.rows[0]) else ""
    path = sources / f"{row.seed.source_ids[0]}.csv"
    once = answer and len(re.findall(_CELL.format(re.escape(answer)), path.read_text())) == 1
    return (row, path, answer) if once else None


def _other_answers(rows: list[JudgedExample], sources: Path) -> set[str]:
    """Run the queries without our sandbox and comparison; return the ids of those whose rows are others now."""
    connection = sqlite3.connect(":memory:")
    for table in read_database(sources).tables:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        connection.execute(f'CREATE TABLE "{table.name}" ({names})')
        marks = ", ".join("?" * len(table.columns))
        connection.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', table.rows)
    now = {row.id: Counter(map(repr, connection.execute(row.sql))) for row in rows}
    return {row.id for row in rows if now[row.id] != Counter(map(repr, row.answer.rows))}


def test_its_summary_adds_up(whole: Path) -> None:
    result = load_result(whole)
    funnel = result.funnel
    failed = json.loads((whole / "examples" / "done.json").read_text())["figures"]["failed"]
    assert funnel.seeds >= funnel.sql_written >= funnel.executed >= funnel.examples >= funnel.checked >= funnel.judged
    assert funnel.examples - funnel.checked + funnel.judged - funnel.kept == sum(
        count for check, count in funnel.dropped.items() if check not in failed
    )
    rows = read_dataset(whole / "curated" / "dropped.parquet", SQLExample)
    assert len(rows) == funnel.examples - funnel.checked + funnel.judged - funnel.kept
    assert {score.model for score in result.scores} == {"base", "synth", "curated", "control"}
    curated, base = result.score("curated"), result.score("base")
    assert curated is not None
    assert base is not None
    assert curated.low < curated.accuracy < curated.high
    difference = next(d for d in result.differences if (d.model, d.than) == ("curated", "base"))
    assert difference.mean == pytest.approx(curated.accuracy - base.accuracy)
    assert all((whole / path).exists() for path in result.files.values())


def test_no_table_is_on_two_sides(whole: Path) -> None:
    rows = [
        *read_dataset(whole / "curated" / "kept.parquet", JudgedExample),
        *read_dataset(whole / "curated" / "dropped.parquet", JudgedExample),
    ]
    sides = {(row.seed.source_ids, row.part) for row in rows}
    assert len(sides) == len({tables for tables, _ in sides})


def test_a_second_go_does_nothing(whole: Path, sources: Path, server: Server) -> None:
    before, asked = dataset(whole), calls(whole)
    server.finish(whole, sources)
    assert dataset(whole) == before
    assert calls(whole) == asked
    assert len(said(whole, "started")) == len(said(whole, "reused")) == 11


@pytest.mark.slow
@pytest.mark.parametrize("kill", KILLS)
def test_killed_in_any_stage_it_comes_to_the_same(
    tmp_path: Path, whole: Path, sources: Path, kill: str, server: Server
) -> None:
    folder = tmp_path / "killed"
    assert server.run(folder, sources, "--kill", kill) == -signal.SIGKILL
    server.finish(folder, sources)
    assert dataset(folder) == dataset(whole)
    assert calls(folder) == calls(whole)


@pytest.mark.slow
@pytest.mark.parametrize(("ask", "hosted"), [(7, "no"), (7, "yes"), (40, "yes")])
def test_killed_while_replies_come_in_no_durable_one_is_asked_again(
    tmp_path: Path, sources: Path, server: Server, ask: int, hosted: str
) -> None:
    folder, field = tmp_path / "killed", f"hosted={hosted}"
    server.finish(tmp_path / "whole", sources, field)
    assert server.run(folder, sources, field, "--kill", f"ask:{ask}") == -signal.SIGKILL
    answered = sum(count for name, count in calls(folder).items() if not name.startswith("train"))
    assert answered == ask - 1
    durable = len(ReplyLog(folder / "replies"))
    server.finish(folder, sources, field)
    assert dataset(folder) == dataset(tmp_path / "whole")
    assert sum(calls(folder).values()) - sum(calls(tmp_path / "whole").values()) == answered - durable


@pytest.mark.slow
def test_killed_again_and_again_at_any_moment(tmp_path: Path, whole: Path, sources: Path, server: Server) -> None:
    folder, rng = tmp_path / "killed", random.Random(5)
    for _ in range(15):
        process = server.start(folder, sources, "slow=0.02")
        time.sleep(0.05 + rng.random() * 0.8)
        if server.end(process) == 0:
            break
    server.finish(folder, sources)
    assert dataset(folder) == dataset(whole)
    repeated = sum((calls(folder) - calls(whole)).values())
    assert repeated <= 2 * 15  # what was answered and not yet on disk when a kill came; the whole run asks a hundred


def test_another_k_redoes_curation_and_nothing_before(
    tmp_path: Path, whole: Path, sources: Path, server: Server
) -> None:
    folder = tmp_path / "again"
    server.finish(folder, sources)
    first = calls(folder)
    server.finish(folder, sources, "curation.k=4")
    redone = said(folder, "started")[11:]
    assert redone == ["verdicts", "curated", "curated-model", "control-model", "evaluation"]
    judged = load_result(folder).funnel.judged
    new = calls(folder) - first
    assert sum(not name.startswith("train") for name in new) <= judged + 16  # one more try each; two models measured
    server.finish(folder, sources)
    assert dataset(folder) == dataset(whole)
    assert said(folder, "started")[16:] == []


def test_another_rule_asks_nothing_of_the_judge(tmp_path: Path, whole: Path, sources: Path, server: Server) -> None:
    folder = tmp_path / "again"
    server.finish(folder, sources)
    strict = server.finish(folder, sources, "curation.keep=all")
    assert said(folder, "started")[11:] == ["curated", "curated-model", "control-model", "evaluation"]
    assert 0 < strict["funnel"]["kept"] < load_result(whole).funnel.kept
    assert strict["keep"] == "all of 3"


def test_a_changed_cell_redoes_everything(tmp_path: Path, whole: Path, sources: Path, server: Server) -> None:
    mine = tmp_path / "sources"
    mine.mkdir()
    for path in sources.iterdir():
        (mine / path.name).write_bytes(path.read_bytes())
    server.finish(tmp_path / "run", mine)
    (mine / "lakes.csv").write_text((mine / "lakes.csv").read_text() + "\n")
    server.finish(tmp_path / "run", mine)
    assert said(tmp_path / "run", "started")[11:14] == ["sources", "parts", "seeds"]


@pytest.mark.slow
def test_both_halves_several_seeds_weights_and_people(tmp_path: Path, sources: Path, server: Server) -> None:
    people = tmp_path / "people.jsonl"
    rows = [
        {"question": "How many lakes are there?", "table": "lakes", "answer": 1, "sql": "SELECT 1"},
        {"question": "How many lions are there?", "table": "zoo", "answer": 1, "sql": "SELECT 1"},
    ]
    people.write_text("\n".join(map(json.dumps, rows)))
    result = server.finish(
        tmp_path / "run", sources, "curation.half=both", "curation.learnability=true", "evaluation.seeds=2",
        f"evaluation.human=[{people}]", f"curation.human={people}",
    )  # fmt: skip
    parts = result["funnel"]["parts"]
    assert result["funnel"]["judged"] == parts["slice_0"] + parts["slice_1"]
    assert {score["questions"] for score in result["scores"]} == {"held_out", "people"}
    assert {score["seeds"] for score in result["scores"] if score["model"] != "base"} == {2}
    assert result["training_rows"]["curated"] == result["funnel"]["kept"] + 1
    trained = [name for name in calls(tmp_path / "run") if name.startswith("train")]
    assert len(trained) == 2 + 1 + 2 + 2
    notes = (tmp_path / "run" / "log.jsonl").read_text()
    assert notes.count("1 of 2 questions are left out, since what they are about is not in the sources") == 1


def test_keeping_nothing_is_a_finding_and_no_error(tmp_path: Path, sources: Path, server: Server) -> None:
    result = server.finish(tmp_path / "run", sources, "right=0")
    assert result["funnel"]["kept"] == 0
    assert {score["model"] for score in result["scores"]} == {"base", "synth"}
    assert any("No example was kept" in note for note in result["notes"])
    assert not any("embedded tiny" in note for note in result["notes"])  # this student is a scripted one
    assert read_dataset(tmp_path / "run" / "curated" / "kept.parquet", JudgedExample) == []


def test_without_a_control(tmp_path: Path, sources: Path, server: Server) -> None:
    result = server.finish(tmp_path / "run", sources, "curation.control=false")
    assert {score["model"] for score in result["scores"]} == {"base", "synth", "curated"}
    assert not (tmp_path / "run" / "control-model").exists()


@pytest.mark.slow
def test_ctrl_c_says_that_it_can_go_on(tmp_path: Path, whole: Path, sources: Path, server: Server) -> None:
    folder = tmp_path / "run"
    process = server.start(folder, sources, "slow=0.2")
    while not (folder / "checks").exists():
        time.sleep(0.02)
    assert server.end(process, signal.SIGINT) == 130
    last = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])
    assert last["kind"] == "interrupted"
    assert "goes on from there" in last["message"]
    server.finish(folder, sources)
    assert dataset(folder) == dataset(whole)


def test_two_at_once_are_refused(tmp_path: Path, sources: Path, server: Server) -> None:
    import fcntl

    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert server.run(tmp_path / "run", sources) == 1
    assert "another process is at work on this run" in (tmp_path / "run.err").read_text()


def test_faults_of_the_recipe_are_told_before_anything_is_done(tmp_path: Path, server: Server) -> None:
    assert server.run(tmp_path / "a", tmp_path / "gone") == 1
    assert "the source is not there" in (tmp_path / "a.err").read_text()
    for field, fault in (
        ("checks=[executes, nonsense]", "'nonsense' is no check; known are is_not_empty,"),
        ("evaluation.human=[gone.jsonl]", "gone.jsonl: no such file of human questions"),
        ("generator.model=local/./gone/model", "There is no model folder"),
        ("training.renaming=0.5", "training.renaming: is for students that are asked about tables in the compact form"),
    ):
        assert server.run(tmp_path / "b", SAMPLES, field) == 1
        assert fault in (tmp_path / "b.err").read_text()
        assert not (tmp_path / "b" / "sources").exists()
    with pytest.raises(ConfigError, match="no finished run"):
        load_result(tmp_path / "a")


@pytest.mark.parametrize("field", ["evaluation.human=[{}]", "curation.human={}"])
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "people.jsonl: the file is empty. No question is left"),
        ('{"question": "Who?"}', "people.jsonl:1: answer: missing"),
        ('\n{"question": "Who?", "table": "zoo", "answer": 1}', "people.jsonl:2: The database has no table zoo"),
    ],
)
def test_human_questions_are_read_before_anything_is_paid(
    tmp_path: Path, server: Server, field: str, text: str, fault: str
) -> None:
    (tmp_path / "people.jsonl").write_text(text)
    assert server.run(tmp_path / "run", SAMPLES, field.format(tmp_path / "people.jsonl")) == 1
    assert fault in (tmp_path / "run.err").read_text()
    assert (tmp_path / "run" / "sources").exists()
    assert not (tmp_path / "run" / "seeds").exists()


def test_sources_that_give_nothing_are_told_as_such(tmp_path: Path, server: Server) -> None:
    poor, few = tmp_path / "poor.csv", tmp_path / "few"
    poor.write_text("x\n" + "a\n" * 3)
    assert server.run(tmp_path / "a", poor) == 1
    assert "The sources gave no example at all" in (tmp_path / "a.err").read_text()
    assert not (tmp_path / "a" / "checks").exists()
    few.mkdir()
    shutil.copy(SAMPLES / "rivers.csv", few)
    shares = ("parts.held_out=0.98", "parts.slice_0=0.01", "parts.slice_1=0.01")
    assert server.run(tmp_path / "b", few, "examples.count=1", *shares) == 1
    assert re.search(r"No example of slice 0 is left to train LLMSynth on: \w+", (tmp_path / "b.err").read_text())
