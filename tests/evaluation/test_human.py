"""Human questions are read with their answers, whatever their file calls things, and faults are named."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from source2synth.data.records import Column, Database, Table
from source2synth.errors import ConfigError, SourceError
from source2synth.evaluation.human import read_human
from source2synth.evaluation.values import loose


def table(name: str, title: str = "") -> Table:
    column = Column(name="player", header="Player", type="text")
    return Table(name=name, title=title, columns=(column,), rows=(("Ann",), (None,)))


SHOP = Database.of((table("roster", "Roster 2004"), table("t_1_10470082_7"), table("c_2004_votes")))


def read(folder: Path, *rows: Any) -> Any:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n")
    return read_human(path, SHOP)


@pytest.mark.parametrize(
    ("answer", "rows"),
    [
        ("Ann", (("Ann",),)),
        (42, ((42,),)),
        (None, ((None,),)),
        (["Ann", "Bo"], (("Ann",), ("Bo",))),
        ([["Ann", 1], ["Bo", 2]], (("Ann", 1), ("Bo", 2))),
        ([], ()),
    ],
)
def test_answers_in_every_form(tmp_path: Path, answer: Any, rows: Any) -> None:
    (example,), notices = read(tmp_path, {"question": "Who?", "table": "roster", "answer": answer})
    assert example.answer.rows == rows
    assert example.provenance.human
    assert notices == []


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ({"table": "ROSTER"}, "roster"),
        ({"table": "roster 2004"}, "roster"),
        ({"table_id": "1-10470082-7"}, "t_1_10470082_7"),
        ({"tables": ["2004 votes"]}, "c_2004_votes"),
    ],
)
def test_tables_by_every_name(tmp_path: Path, named: Any, found: str) -> None:
    (example,), _ = read(tmp_path, {"question": "Who?", "answer": 1, **named})
    assert example.seed.source_ids == (found,)
    assert example.database_id == SHOP.only((found,)).id


def test_a_question_on_a_table_that_is_not_there_is_left_out_and_told(tmp_path: Path) -> None:
    examples, notices = read(
        tmp_path,
        {"question": "Who?", "table": "gone", "answer": 1},
        {"question": "Who?", "table": "roster", "answer": 1},
    )
    assert len(examples) == 1
    assert (notices[0].row, "gone" in notices[0].message) == (1, True)


def test_gzip_sql_and_what_else_there_may_be(tmp_path: Path) -> None:
    row = {
        "question": "How many?", "table": "roster", "answer": 2, "query": "SELECT COUNT(*) FROM roster",
        "sql": {"agg": 3}, "level": 2, "knowledge": "All count.", "phase": 1,
    }  # fmt: skip
    path = tmp_path / "dev.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(row).encode()))
    (example,), _ = read_human(path, SHOP)
    assert (example.sql, example.level, example.asked) == (row["query"], 2, "How many? (All count.)")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "questions.jsonl:2: not a line of JSON"),
        ({"answer": 1}, "questions.jsonl:2: question: "),
        ({"question": "Who?", "table": "roster"}, "questions.jsonl:2: answer: missing"),
        ({"question": "Who?", "answer": 1}, "questions.jsonl:2: table: missing"),
        (
            {"question": "Who?", "table": "roster", "answer": [[1], [1, 2]]},
            "questions.jsonl:2: answer: write one",
        ),
        ({"question": "Who?", "table": "roster", "answer": [{"a": 1}]}, "questions.jsonl:2: answer: write one"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, line: Any, fault: str) -> None:
    with pytest.raises(SourceError, match=fault):
        read(tmp_path, {"question": "Who?", "table": "roster", "answer": 1}, line)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_human(tmp_path / "gone.jsonl", SHOP)


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("6", 6),
        ("1,234.50", 1234.5),
        ("february 6 , 1999", "1999-02-06"),
        ("Iain  Patterson", "iain patterson"),
        ("13/12/2004", "2004-12-13"),
    ],
)
def test_people_spell_values_in_their_own_way(said: str, held: Any) -> None:
    assert loose(said) == loose(held)


@pytest.mark.parametrize(("one", "other"), [("007", 7), ("6", 7), ("Ann", "Anne"), (None, "null")])
def test_but_different_values_stay_different(one: Any, other: Any) -> None:
    assert loose(one) != loose(other)
