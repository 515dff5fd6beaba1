"""SQL that a model wrote may be anything: nothing that reads it fails on it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from source2synth.data import Column, Database, Table
from source2synth.data.perturb import perturbations
from source2synth.data.results import is_ordered
from source2synth.data.sqlshape import shape_of, skeleton
from source2synth.data.sqltree import DEPTH, parse_sql
from source2synth.errors import ReplyError
from source2synth.optimizers.checks.trees import parse
from source2synth.programs.literals import ground_literals
from source2synth.programs.offline.grammar.read import read

PEAKS = Database(
    id="peaks",
    tables=(
        Table(
            name="peaks",
            columns=(
                Column(name="name", header="name", type="text"),
                Column(name="height", header="height", type="integer"),
            ),
            rows=(("K2", 8611), ("Makalu", 8485)),
        ),
    ),
)
HOSTILE = {
    "brackets": "SELECT name FROM peaks WHERE height > " + "(" * 3_000 + "1" + ")" * 3_000,
    "open brackets": "SELECT " + "(" * 3_000,
    "functions": "SELECT " + "abs(" * 500 + "height" + ")" * 500 + " FROM peaks",
    "queries": "SELECT name FROM peaks WHERE height IN (" * 300 + "1" + ")" * 300,
    "minus": "SELECT " + "- " * 700 + "height FROM peaks",
    "not": "SELECT name FROM peaks WHERE " + "NOT " * 400 + "height",
    "case": "SELECT " + "CASE WHEN height THEN " * 300 + "1" + " END" * 300,
    "open quote": "SELECT name FROM peaks WHERE name = 'K2",
    "two statements": "SELECT 1; DROP TABLE peaks",
    "nothing": "",
    "half": "SELECT name FROM peaks WHERE",
    "zero": "SELECT \0 FROM peaks",
}


WORDS = ("SELECT", "FROM", "WHERE", "peaks", "name", "(", ")", "'", '"', "-", "NOT", ",", "1", ";")


def read_everywhere(sql: str) -> None:
    """Do with a text all that is done with a model's SQL outside the sandbox."""
    assert isinstance(shape_of(sql), str)
    assert isinstance(skeleton(sql), str)
    assert is_ordered(sql) in (True, False)
    assert isinstance(ground_literals(sql, PEAKS), str)
    assert len(perturbations(PEAKS, [sql], 1, seed=0)) == 1
    tree = parse(sql, "sqlite")
    assert tree is None or isinstance(tree.sql("sqlite"), str)
    with suppress(ReplyError):
        assert read(sql).table


@pytest.mark.parametrize("sql", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_fails_on_what_a_model_may_write(sql: str) -> None:
    read_everywhere(sql)


@given(st.lists(st.sampled_from(WORDS)))
def test_nothing_fails_on_any_words(words: list[str]) -> None:
    read_everywhere(" ".join(words))


def test_deep_trees_are_none_and_long_chains_are_read() -> None:
    assert parse_sql("SELECT " + "- " * (DEPTH + 5) + "1") is None
    assert parse_sql("SELECT " + "- " * 20 + "1") is not None
    many = " OR ".join(f"height = {n}" for n in range(1_000))
    chain = parse_sql(f"SELECT name FROM peaks WHERE {many}")
    assert chain is not None
    assert len(list(chain.find_all(exp.EQ))) == 1_000
    assert shape_of(f"SELECT name FROM peaks WHERE {many}") == "either"
    assert ground_literals("SELECT height FROM peaks WHERE name = 'k2'", PEAKS).endswith("'K2'")
