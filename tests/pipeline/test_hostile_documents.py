"""A corpus that means harm through a whole run, with a generator that obeys it: nothing of it happens."""

import contextlib
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import dspy
import pytest
from markdown_it import MarkdownIt
from rich.console import Console
from typer.testing import CliRunner

from source2synth.cli.app import app
from source2synth.cli.bars import Bars
from source2synth.data.controls import CONTROL
from source2synth.data.datasets import read_dataset
from source2synth.data.document_records import MultiHopAttempt
from source2synth.pipeline.judged import JudgedMultiHopExample
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.run import run_recipe
from source2synth.report import show, write_card

from .hostile_articles import MARKUP, AsyncObeying, Obeying, write_hostile
from .scripted_run import AsyncStudent, Student, Trainer

PAYLOAD = "<img src=x onerror=alert(2)> [red]Obeyed[/red] \x1b[31m\u202e ``` `x` {{ 7*7 }} $(touch %s)"
CANARY = "canary-of-the-hostile"
"""What harm would make, where the run is started; relative, so that texts and ids are the same in every folder."""
HUGE = 50_000_000


class Ran:
    """What a run left, and what a person saw of it."""

    def __init__(self, home: Path, huge: bool = False) -> None:
        self.canary, self.folder = home / CANARY, home / "run"
        self.sources = write_hostile(home / "articles", CANARY)
        if huge:
            sentence = f"The Anvil 0 lies near the Basket 1. {MARKUP[0]} "
            (self.sources / "huge.txt").write_text(sentence * (HUGE // len(sentence) + 1))
        said, shown = io.StringIO(), io.StringIO()
        with contextlib.chdir(home), Bars(Console(file=said, width=200)) as bars:
            self.result = run_recipe(self._recipe(), self.folder, progress=bars, **self._models(home / "calls"))
        self.card = write_card(self.result).read_text()
        show(self.result, Console(file=shown, width=200), card=self.folder / "curated" / "DATASET_CARD.md")
        self.terminal = said.getvalue() + shown.getvalue()
        self.notices = json.loads((self.folder / "sources" / "notices.json").read_text())

    def _models(self, calls: Path) -> dict[str, Any]:
        generator = Obeying(PAYLOAD % CANARY)
        student = Student(self.folder, calls, -1, 10, MultiHopAttempt)
        return {
            "generator": dspy.LM("scripted/bad", engine=generator, async_engine=AsyncObeying(generator), cache=False),
            "student": dspy.LM(
                "local/scripted/base", engine=student, async_engine=AsyncStudent(student), provider=Trainer(calls),
                num_retries=0,
            ),
        }  # fmt: skip

    def _recipe(self) -> Any:
        return make_recipe(
            {
                "name": "small", "source": {"path": str(self.sources), "kind": "documents"}, "examples": {"count": 30},
                "generator": {"model": "openai/x", "seeds": "model", "hops": [2], "shapes": ["chain"]},
                "evaluation": {"held_out_limit": 4}, "training": {"max_steps": 2},
            }
        )  # fmt: skip


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return Ran(tmp_path_factory.mktemp("hostile"))


def kept(ran: Ran) -> list[JudgedMultiHopExample]:
    return read_dataset(ran.folder / "curated" / "kept.parquet", JudgedMultiHopExample)


def mark_of(question: str) -> str:
    """Return what the title of the work that `question` names says after its number, as the data may hold it."""
    number = int(re.findall(r"the maker of \w+ (\d+) ", question)[0])
    return " ".join(CONTROL.sub(" ", MARKUP[number % len(MARKUP)].replace("{canary}", CANARY)).split())


def test_the_run_comes_to_its_end_with_what_the_documents_say(ran: Ran) -> None:
    rows = kept(ran)
    assert len(rows) >= 5
    assert ran.result.funnel.kept == len(rows)
    assert all("<img src=x onerror=alert(2)>" in row.question for row in rows)
    assert all(mark_of(row.question) in row.question for row in rows)


def test_nothing_is_executed(ran: Ran) -> None:
    assert not ran.canary.exists()
    assert "49" not in re.findall(r"When .*", ran.card)[0]  # {{ 7*7 }}


def test_no_control_character_reaches_the_data(ran: Ran) -> None:
    for row in kept(ran):
        said = [row.question, row.answer, *row.aliases, row.seed.text]
        said += [text for hop in row.hops for text in (hop.question, hop.answer, hop.relation)]
        assert not any(CONTROL.search(text) for text in said)
    for name in ("kept.jsonl", "dropped.jsonl", "chat.jsonl"):
        text = (ran.folder / "curated" / name).read_text()
        assert not CONTROL.search(text), name
        assert all(json.loads(line) for line in text.splitlines())


def test_the_card_shows_markup_and_obeys_none(ran: Ran) -> None:
    html = MarkdownIt("commonmark").enable("table").render(ran.card.split("---\n", 2)[2])
    assert not re.search(r"<(script|img|iframe|a)\b", html)
    assert "&lt;img src=x onerror=alert(2)&gt;" in html
    assert html.count("<h1>") == 1
    assert {"Files", "Some of it", "How many were left"} <= set(re.findall(r"<h2>(.*?)</h2>", html))
    assert html.count("<pre>") == 5
    assert not CONTROL.search(ran.card)


def test_the_terminal_shows_markup_and_obeys_none(ran: Ran) -> None:
    assert not CONTROL.search(ran.terminal)
    assert "[red]name.txt" in ran.terminal
    assert r"\x1b[31m" in ran.terminal


def test_every_oddity_is_a_notice(ran: Ran) -> None:
    told = {notice["file"]: notice["message"] for notice in ran.notices}
    for file, message in {
        "pairs.jsonl": "Control characters in it; each was read as a blank (",
        "empty.txt": "the file is empty",
        "nul.txt": "a zero byte",
        "twins.jsonl": "The same title and text as an earlier document",
        "twins.jsonl:2": "2 documents have this title",
    }.items():
        assert message in told[file]
    messages = [notice["message"] for notice in ran.notices if notice["file"] == "twins.jsonl"]
    assert [message.partition(";")[0] for message in messages] == [
        "No JSON object", "No JSON", "No text in it", "The same title and text as an earlier document"
    ]  # fmt: skip
    listed = (ran.folder / "sources" / "notices.txt").read_text()
    assert len(listed.splitlines()) == len(ran.notices)
    assert not CONTROL.search(listed)


def test_validate_says_harm_harmlessly(ran: Ran, tmp_path: Path) -> None:
    sources = tmp_path / "changed"
    sources.mkdir()
    (sources / "other.txt").write_text("Another text.")
    found = CliRunner().invoke(app, ["validate", str(ran.folder), "--source", str(sources)])
    assert found.exit_code == 1
    assert "onerror" in found.output
    assert not CONTROL.search(found.output)


def test_a_folder_with_a_name_that_paints_is_named_and_not_obeyed(tmp_path: Path) -> None:
    gone = tmp_path / "gone \x1b[31m[red]x"
    found = CliRunner().invoke(app, ["validate", str(gone), "--source", str(gone)])
    assert found.exit_code == 2
    assert r"gone \x1b[31m[red]x" in found.output


@pytest.mark.slow
def test_a_document_of_fifty_megabytes_goes_with_the_others(tmp_path: Path) -> None:
    ran = Ran(tmp_path, huge=True)
    assert os.path.getsize(ran.sources / "huge.txt") >= HUGE
    assert "huge.txt" in {notice["file"] for notice in ran.notices if "Longer than 5,000,000" in notice["message"]}
    assert kept(ran)
