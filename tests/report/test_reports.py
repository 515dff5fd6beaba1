import importlib.util
import io
import itertools
import json
import re
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from source2synth.report import dataset_card, show, write_card

spec = importlib.util.spec_from_file_location("report_results", Path(__file__).with_name("results.py"))
assert spec is not None
assert spec.loader is not None
results = importlib.util.module_from_spec(spec)
spec.loader.exec_module(results)
a_result = results.a_result


def shown(result: object, **details: object) -> str:
    console = Console(file=io.StringIO(), width=160)
    show(result, console, **details)  # type: ignore[arg-type]
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_the_funnel_shows_every_step_and_every_reason() -> None:
    text = shown(a_result("/runs/trial"))
    for step, count in (("SQL written", "1,180"), ("SQL executed", "1,170"), ("kept", "240")):
        assert re.search(rf"^{step}\s.*{count}\s*$", text, re.M), step
    assert re.search(r"passed all checks \(held out 200, slice 0 350, slice 1 350\).*900", text)
    lines = text.splitlines()
    reasons = [line for line in lines if line.startswith("dropped:")]
    assert [line.split()[1] for line in reasons] == ["is_deterministic", "answerable"]
    assert "260" in reasons[0]


def test_accuracies_stand_side_by_side_with_their_intervals_and_kinds_of_questions() -> None:
    text = shown(a_result("/runs/trial"))
    curated = next(line for line in text.splitlines() if line.startswith("LLMCurated ") and "%" in line)
    assert "61.3 % (51.3 to 71.3)" in curated
    assert "41.3 % (31.3 to 51.3)" in curated
    assert curated.index("61.3") < curated.index("41.3")
    assert text.index("held-out generated questions") < text.index("human questions")
    assert "+21.3 (+10.0 to +30.0)" in text
    assert "-2.0 (-6.0 to +2.0)" in text


def test_files_and_notes_are_shown_with_paths_from_the_runs_folder(tmp_path: Path) -> None:
    text = shown(a_result(tmp_path), card=tmp_path / "curated" / "DATASET_CARD.md")
    assert str(tmp_path.name) in text
    assert re.search(r"dataset card\s.*curated/DATASET_CARD.md", text)
    assert re.search(r"model LLMCurated\s.*curated-model/abc", text)
    assert "The student is the embedded tiny model." in text


def test_brackets_in_names_are_text_and_not_markup() -> None:
    text = shown(a_result("/runs/trial", notes=("Table [bold]x[/bold] is odd.",)))
    assert "Table [bold]x[/bold] is odd." in text


def test_a_run_without_scores_still_has_a_report() -> None:
    text = shown(a_result("/runs/trial", scores=(), differences=(), models={}))
    assert "wanted" in text
    assert "accuracy" not in text


def test_the_card_has_a_header_that_hubs_read_and_the_figures(tmp_path: Path) -> None:
    row = {"question": "How high is K2?", "sql": "SELECT 1", "answer": {"columns": ["a"], "rows": [[8611]]}}
    (tmp_path / "curated").mkdir()
    (tmp_path / "curated" / "kept.jsonl").write_text(json.dumps(row) + "\n")
    path = write_card(a_result(tmp_path))
    assert path == tmp_path / "curated" / "DATASET_CARD.md"
    _, header, body = path.read_text().split("---\n", 2)
    assert yaml.safe_load(header)["size_categories"] == ["n<1K"]
    assert yaml.safe_load(header)["configs"][0]["data_files"][0]["path"] == "kept.parquet"
    for wanted in ("240 questions", "tables 14", "How high is K2?", "[[8611]]", "| is_deterministic | 260 |"):
        assert wanted in body
    assert "| LLMCurated | 240 | 61.3 % (51.3 to 71.3) | 41.3 % (31.3 to 51.3) |" in body
    assert "- The student is the embedded tiny model." in body
    assert not list((tmp_path / "curated").glob(".*"))


def test_the_tables_of_the_card_are_whole() -> None:
    lines = dataset_card(a_result("/runs/trial")).splitlines()
    for before, line in itertools.pairwise(lines):
        if re.fullmatch(r"\|[-:|]+\|", line):
            assert before.count("|") == line.count("|"), line
            assert lines[lines.index(line) + 1].startswith("|"), line


def test_the_card_of_the_same_result_is_the_same() -> None:
    assert dataset_card(a_result("/a")) == dataset_card(a_result("/b"))


@pytest.mark.parametrize(("kept", "size"), [(999, "n<1K"), (1_000, "1K<n<10K"), (2_000_000, "n>1M")])
def test_the_card_says_how_large_the_dataset_is(kept: int, size: str) -> None:
    result = a_result("/a")
    changed = result.model_copy(update={"funnel": result.funnel.model_copy(update={"kept": kept})})
    assert f"- {size}\n" in dataset_card(changed)


def test_goes_that_never_became_an_example_say_so() -> None:
    funnel = a_result("/runs/trial").funnel.model_copy(update={"dropped": {"seed": 12, "executes": 3}})
    text = shown(a_result("/runs/trial", funnel=funnel))
    assert re.search(r"^dropped: seed \(goes that found no fact\)\s.*−12\s*$", text, re.M)
    assert re.search(r"^dropped: executes\s.*−3\s*$", text, re.M)


def test_several_trainings_are_named_as_a_mean() -> None:
    one = a_result("/runs/trial")
    several = one.model_copy(update={"scores": tuple(s.model_copy(update={"seeds": 3}) for s in one.scores)})
    for text in (shown(several), dataset_card(several)):
        assert re.search(r"intervals?\)?, mean of 3 trainings", text)
    assert "mean of" not in shown(one) + dataset_card(one)


def on_documents(folder: str | Path) -> object:
    result = a_result(folder, kind="documents", sources={"documents": 123, "characters": 72194, "notices": 0})
    funnel = result.funnel.model_copy(
        update={
            "sql_written": 0,
            "executed": 0,
            "hops_written": 1185,
            "composed": 1171,
            "dropped": {"ablation": 9, "hop": 5},
        }
    )
    return result.model_copy(update={"funnel": funnel})


def test_a_run_on_documents_is_told_in_its_own_words() -> None:
    text = shown(on_documents("/runs/trial"))
    for step, count in (("connections found", "1,190"), ("all hops written", "1,185"), ("questions composed", "1,171")):
        assert re.search(rf"^{step}\s.*{count}\s*$", text, re.M), step
    assert re.search(r"^dropped: hop \(goes that found no question for a document\)\s.*−5\s*$", text, re.M)
    assert "SQL" not in text
    assert "Accuracy (95 % interval)" in text
    assert "xecution" not in text


def test_the_card_of_documents_shows_hops_and_names_no_sql(tmp_path: Path) -> None:
    hops = [
        {"question": "Who discovered Titan?", "answer": "Huygens"},
        {"question": "Where was #1 born?", "answer": "x"},
    ]
    text = dataset_card(on_documents(tmp_path), [{"question": "Where?", "answer": "x", "hops": hops}])
    assert "1. Who discovered Titan? Huygens\n2. Where was #1 born? x" in text
    assert "documents 123" in text
    assert "sql" not in text.casefold()
    assert "multi-hop" in yaml.safe_load(text.split("---\n", 2)[1])["tags"]
