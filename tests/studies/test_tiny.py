"""The embedded student's training: random tables, new names, the copying circuit, sheets, a few steps."""

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from source2synth.backends.training.renaming import Renaming
from source2synth.studies.tiny.corpus import WITHHELD_SHAPES, pages, write_page
from source2synth.studies.tiny.sheets import collate, table_page, to_sheet
from source2synth.studies.tiny.tables import random_table
from source2synth.studies.tiny.train import logits_of, new_model, new_tokenizer


@pytest.fixture(scope="module")
def some_pages():
    return list(pages(4_000_000, 25))


@pytest.fixture(scope="module")
def tokenizer(some_pages):
    return new_tokenizer(some_pages, 700)


def test_tables_are_made_by_their_seed_alone():
    assert random_table(random.Random(5)) == random_table(random.Random(5))
    assert random_table(random.Random(5)) != random_table(random.Random(6))


def test_pages_hold_no_withheld_shape(some_pages):
    from source2synth.data.sqlshape import shape_of

    shapes = {shape_of(sql) for page in some_pages for _, sql, *_ in page["questions"]}
    assert len(shapes) > 8
    assert not shapes & set(WITHHELD_SHAPES)


def test_new_names_are_the_same_all_over_a_page(some_pages, tokenizer):
    pages = [table_page(page) for page in some_pages]
    rename, changed = Renaming(tokenizer.get_vocab(), pages, share=1.0), 0
    for number, page in enumerate(some_pages):
        table, questions = rename(pages[number], random.Random(number))
        columns = [part.rsplit(" ", 1)[0] for part in table.split("\n")[1][2:].split(" | ")]
        types = [part.rsplit(" ", 1)[1] for part in table.split("\n")[1][2:].split(" | ")]
        assert types == [part.rsplit(" ", 1)[1] for part in page["table"].split("\n")[1][2:].split(" | ")]
        for (old_q, old_sql, *_), (question, sql) in zip(page["questions"], questions, strict=True):
            changed += sql != old_sql
            for old, literal in zip(re.findall(r"'(.*?)'", old_sql), re.findall(r"'(.*?)'", sql), strict=True):
                assert (literal in question) == (old in old_q)
            old_columns = [part.rsplit(" ", 1)[0] for part in page["table"].split("\n")[1][2:].split(" | ")]
            for old, column in zip(old_columns, columns, strict=True):
                assert (f" {column} " in f" {sql} ") >= (f" {old} " in f" {old_sql} ")
    assert changed > 50


def test_without_a_share_nothing_is_renamed(some_pages, tokenizer):
    page = table_page(some_pages[0])
    assert Renaming(tokenizer.get_vocab(), [page], share=0.0)(page, random.Random(0)) == page


def test_a_question_in_a_sheet_is_read_as_if_asked_alone(tokenizer):
    page = write_page(4_000_321)
    torch.manual_seed(0)
    model = new_model(tokenizer).eval()
    sheet = to_sheet(tokenizer, page)
    batch = collate([sheet], tokenizer.pad_token_id, "cpu", 0.0)
    picked = batch["weight"][:, 1:] > 0
    with torch.no_grad():
        together = logits_of(model, batch, picked)
    asked, sql = sheet.branches[-1]
    alone = [{"role": "user", "content": f"{page['table']}\nq {page['questions'][-1][0]}"}]
    ids = tokenizer.apply_chat_template(alone, add_generation_prompt=True, return_dict=False)
    assert ids == [*sheet.prefix, *asked]
    with torch.no_grad():
        logits = model(torch.tensor([[*ids, *sql]])).logits[0]
    assert torch.allclose(together[-len(sql) :], logits[-len(sql) - 1 : -1], atol=2e-3)


def test_a_fresh_student_copies(tokenizer):
    torch.manual_seed(0)
    model = new_model(tokenizer).eval()
    words = torch.randperm(len(tokenizer) - 300)[:40] + 300
    with torch.no_grad():
        predicted = model(torch.cat([words, words])[None]).logits[0, 40:-1].argmax(-1)
    assert (predicted == words[1:]).float().mean() > 0.8


def test_a_few_steps_write_a_model_with_its_learning_curve(tmp_path):
    corpus, out = tmp_path / "corpus.jsonl.gz", tmp_path / "student"
    module = [sys.executable, "-m"]
    subprocess.run(
        [*module, "source2synth.studies.tiny.corpus", "--tables", "20", "--first", "4000500", "--out", str(corpus)],
        check=True,
    )
    train = [*module, "source2synth.studies.tiny.train", str(corpus), "--out", str(out), "--device", "cpu"]
    sizes = ["--minutes", "0.05", "--report", "0.02", "--held", "4", "--vocabulary", "600", "--layers", "2"]
    subprocess.run([*train, *sizes], check=True, capture_output=True)
    curve = [json.loads(line) for line in (out / "learning_curve.jsonl").read_text().splitlines()]
    assert curve[-1]["tokens"] > 0
    assert curve[-1]["step"] >= curve[0]["step"]
    assert {path.name for path in Path(out).iterdir()} >= {"model.safetensors", "tokenizer.json", "config.json"}
