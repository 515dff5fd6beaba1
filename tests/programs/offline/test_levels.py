"""Levels are as frequent as the tables allow: a table that lacks one leaves it to the others."""

from collections import Counter

from source2synth.data.records import Column, Database, Table
from source2synth.programs.offline.levels import possible_levels, shared_out


def test_tables_that_have_a_level_make_up_for_those_that_lack_it() -> None:
    possible = {"plain": (1, 2), "rich": (1, 2, 3, 4), "richer": (1, 2, 3, 4)}
    turns = shared_out({"plain": 4, "rich": 6, "richer": 6}, possible, (1, 2, 3, 4))
    assert Counter(level for levels in turns.values() for level in levels) == {1: 4, 2: 4, 3: 4, 4: 4}
    assert set(turns["plain"]) == {1, 2}


def test_a_table_without_any_fact_is_asked_for_all_levels_by_turns() -> None:
    assert sorted(shared_out({"empty": 4}, {"empty": ()}, (1, 2, 3, 4))["empty"]) == [1, 2, 3, 4]


def test_a_table_of_names_alone_has_no_level_that_needs_numbers() -> None:
    columns = (Column(name="city", header="City", type="text"), Column(name="country", header="Country", type="text"))
    rows = (("Bern", "Switzerland"), ("Lyon", "France"), ("Oslo", "Norway"), ("Porto", "Portugal"))
    database = Database.of((Table(name="cities", columns=columns, rows=rows),))
    found = possible_levels(database, "cities", (1, 2, 3, 4))
    assert 1 in found
    assert 4 not in found
