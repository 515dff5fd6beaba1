"""Identifiers are spelled so that SQLite, DuckDB and sqlglot read them as identifiers."""

import sqlite3
from contextlib import closing
from typing import cast

import duckdb
import pytest
import sqlglot
import sqlglot.errors
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp
from sqlglot.tokens import Tokenizer

from source2synth.data import quote
from source2synth.data.naming import identifier

# sqlglot takes even a quoted "all" in ORDER BY for DuckDB's ORDER BY ALL.
WORDS = sorted({word.lower() for word in Tokenizer.KEYWORDS if word.isidentifier()} - {"all"})
QUERY = "SELECT {0}, sum({0}) FROM {0} WHERE {0} = 1 AND {0} IN (1) GROUP BY {0} ORDER BY {0} DESC LIMIT 1"


@pytest.mark.parametrize(
    ("name", "spelled"),
    [("height_m", "height_m"), ("No.", '"No."'), ("order", '"order"'), ("Höhe", '"Höhe"'), ('a"b', '"a""b"')],
)
def test_quote(name: str, spelled: str) -> None:
    assert quote(name) == spelled
    assert quote(name, "duckdb") == spelled


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Height (m)", "height_m"),
        ("2004 votes", "c_2004_votes"),
        ("Größe", "größe"),
        ("ﬁrst", "first"),
        ("№ 5", "no_5"),
        ("__a__b__", "a_b"),
        ("–", ""),
    ],
)
def test_identifier(header: str, name: str) -> None:
    assert identifier(header) == name


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_any_name_can_be_a_column(name: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t ({quote(name)} INTEGER)")
        assert connection.execute(f"SELECT {quote(name)} FROM t").description[0][0] == name


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_every_word_of_sql_can_be_a_column(dialect: str) -> None:
    wrong = []
    for word in WORDS:
        name = quote(word, "sqlite" if dialect == "sqlite" else "duckdb")
        try:
            tree = sqlglot.parse_one(QUERY.format(name), dialect=dialect)
        except sqlglot.errors.ParseError:
            wrong.append(word)
            continue
        columns = {cast(exp.Column, column).name for column in tree.find_all(exp.Column)}
        if columns != {word} or tree.sql(dialect=dialect).count(name) != 7:
            wrong.append(word)
    assert wrong == []


def test_every_word_of_sql_runs() -> None:
    with closing(sqlite3.connect(":memory:")) as lite, duckdb.connect() as duck:
        for word in WORDS:
            name = quote(word)
            for connection in (lite, duck):
                connection.execute(f"CREATE TABLE {name} ({name} INTEGER)")
                connection.execute(QUERY.format(name))
