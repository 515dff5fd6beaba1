"""The samples: every table is read whole, and every question's SQL gives its stored answer."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import source2synth
from source2synth.data import quote, read_database
from source2synth.data.records import Database
from source2synth.evaluation.human import read_human

SAMPLES = Path(source2synth.__file__).parent / "data" / "samples"
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (SAMPLES / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def database() -> Database:
    return read_database(SAMPLES / "tables")


@pytest.fixture(scope="module")
def connection(database: Database) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for table in database.tables:
            columns = ", ".join(quote(column.name) for column in table.columns)
            connection.execute(f"CREATE TABLE {quote(table.name)} ({columns})")
            marks = ", ".join("?" * len(table.columns))
            connection.executemany(f"INSERT INTO {quote(table.name)} VALUES ({marks})", table.rows)
        yield connection


def test_tables(database: Database) -> None:
    assert len(database.tables) >= 20
    assert all(30 <= len(table.rows) <= 300 for table in database.tables)
    assert {table.name for table in database.tables} == {path.stem for path in (SAMPLES / "tables").iterdir()}


def test_warts_are_read(database: Database) -> None:
    tables = {table.name: table for table in database.tables}
    assert tables["lakes"].columns[0].name == "lake"  # a byte order mark before the header
    assert "Wilhelm Conrad Röntgen" in {row[2] for row in tables["nobel_laureates"].rows}  # Windows-1252
    assert len(tables["rivers"].columns) == 6  # semicolons
    assert "n/a" not in {cell for row in tables["rivers"].rows for cell in row}
    assert [column.type for column in tables["rivers"].columns[1:3]] == ["integer", "integer"]
    assert tables["mountains"].columns[0].name == "no"  # tabs
    assert all(len(str(row[3])) == 10 for row in tables["space_missions"].rows)  # three spellings of dates
    assert [column.name for column in tables["world_cup_finals"].columns].count("goals_2") == 1  # a header twice
    assert tables["us_presidential_elections"].columns[0].name == "column_1"  # no header
    kinds = {(table.name, column.name): column.type for table in database.tables for column in table.columns}
    assert kinds["us_presidential_elections", "popular_vote"] == "real"  # 47.8%
    assert kinds["films", "budget_million"] == "real"  # $3.9
    assert kinds["films", "oscars_won"] == "integer"  # a footnote mark in the header
    assert kinds["olympic_games", "athletes"] == "integer"  # "2,008"
    assert kinds["us_states", "admitted"] == "date"  # July 26, 1788


def test_questions(database: Database) -> None:
    assert len(QUESTIONS) >= 240
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)
    assert len({question["question"].casefold() for question in QUESTIONS}) == len(QUESTIONS)
    assert {question["table"] for question in QUESTIONS} == {table.name for table in database.tables}
    levels = Counter(question["level"] for question in QUESTIONS)
    assert set(levels) == {1, 2, 3, 4}
    assert min(levels.values()) >= 20


def test_questions_are_read(database: Database) -> None:
    examples, notices = read_human(SAMPLES / "questions.jsonl", database)
    assert notices == []
    assert [(example.question, example.sql, example.level) for example in examples] == [
        (question["question"], question["sql"], question["level"]) for question in QUESTIONS
    ]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_answer(question: dict[str, Any], connection: sqlite3.Connection) -> None:
    rows = [list(row) for row in connection.execute(question["sql"])]
    assert rows
    assert all(cell is not None for row in rows for cell in row)
    if "ORDER BY" in question["sql"]:
        assert rows == question["answer"]
    else:
        assert sorted(rows, key=repr) == sorted(question["answer"], key=repr)
