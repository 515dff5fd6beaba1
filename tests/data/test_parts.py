"""Division of sources: stable, even, and no table on two sides."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source2synth.data.parts import PARTS, divide
from source2synth.data.records import Column, Database, ForeignKey, ResultTable, Seed, SQLExample, Table
from source2synth.errors import ConfigError

COLUMN = Column(name="a", header="a", type="integer")


def tables(*names: str) -> tuple[Table, ...]:
    return tuple(Table(name=name, columns=(COLUMN,), rows=((at,),)) for at, name in enumerate(names))


def example(sql: str, table: str = "t0") -> SQLExample:
    answer = ResultTable(columns=("a",), rows=((1,),))
    seed = Seed(kind="uniform", text="", source_ids=(table,))
    return SQLExample.of(question="?", sql=sql, answer=answer, level=1, database_id="d", seed=seed)


@given(st.integers(6, 140), st.integers(0, 999))
@settings(max_examples=40)
def test_every_part_gets_its_share_and_at_least_one(count: int, seed: int) -> None:
    division = divide(Database.of(tables(*(f"t{i}" for i in range(count)))), seed=seed)
    sizes = Counter(division.assigned.values())
    assert sum(sizes.values()) == count
    assert all(sizes[part] >= 1 for part in PARTS)
    slack = 1.5 if count < 100 else 0.2 * count
    assert all(abs(sizes[part] - share * count) <= slack for part, share in zip(PARTS, (0.2, 0.4, 0.4), strict=True))


def test_extending_moves_nothing() -> None:
    small = divide(Database.of(tables(*(f"t{i}" for i in range(16)))), seed=3)
    more = Database.of(tables(*(f"t{i}" for i in range(40))))
    grown = divide(more, seed=3, previous=small)
    assert all(grown.assigned[name] == part for name, part in small.assigned.items())
    assert Counter(grown.assigned.values()) == {"held_out": 8, "slice_0": 16, "slice_1": 16}
    large = divide(Database.of(tables(*(f"t{i}" for i in range(150)))), seed=3)
    larger = divide(Database.of(tables(*(f"t{i}" for i in range(300)))), seed=3)
    assert all(larger.assigned[name] == part for name, part in large.assigned.items())


def test_rows_and_order_of_tables_do_not_matter_but_the_seed_does() -> None:
    first = tables(*(f"t{i}" for i in range(12)))
    longer = tuple(table.model_copy(update={"rows": (*table.rows, (77,))}) for table in reversed(first))
    assert divide(Database.of(first), seed=1).assigned == divide(Database.of(longer), seed=1).assigned
    assert len({tuple(divide(Database.of(first), seed=seed).assigned.items()) for seed in range(5)}) > 1


def test_joined_tables_and_copies_stay_together() -> None:
    names = [f"t{i}" for i in range(12)]
    all_tables = (*tables(*names), tables("zero")[0])  # same contents as t0
    keys = (ForeignKey(table="t3", columns=("a",), ref_table="t4", ref_columns=("a",)),)
    for seed in range(12):
        assigned = divide(Database.of(all_tables, foreign_keys=keys), seed=seed).assigned
        assert assigned["t3"] == assigned["t4"]
        assert assigned["t0"] == assigned["zero"]


def test_few_tables_are_divided_by_skeleton_and_say_so() -> None:
    division = divide(Database.of(tables("t0", "t1")), seed=0)
    assert division.by == "skeleton"
    assert "skeleton" in division.notes[0]
    queries = [f"SELECT {f}(a) FROM t0 WHERE a {op} 1" for f in ("MIN", "MAX", "SUM", "AVG") for op in "<>="]
    parts = {division.part_of(example(sql)) for sql in queries}
    assert parts == set(PARTS)
    for sql in queries:
        assert division.part_of(example(sql)) == division.part_of(example(sql.replace("1", "99")))
    assert division.tables("held_out") == ("t0", "t1")
    with pytest.raises(KeyError, match="skeleton"):
        division.part_of("t0")


def test_split_is_a_partition_by_table() -> None:
    names = [f"t{i}" for i in range(9)]
    division = divide(Database.of(tables(*names)), seed=5)
    examples = [example(f"SELECT a FROM {name}", name) for name in names for _ in range(2)]
    split = division.split(examples)
    assert sum(len(rows) for rows in split.values()) == len(examples)
    for part, rows in split.items():
        assert {row.seed.source_ids[0] for row in rows} == set(division.tables(part))


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (0.0, 0.5, 0.5), (1.2, -0.1, -0.1)])
def test_shares_that_are_none_are_refused(shares: tuple[float, float, float]) -> None:
    with pytest.raises(ConfigError, match="add up to 1"):
        divide(Database.of(tables("a")), seed=0, shares=shares)


def test_no_tables_is_refused() -> None:
    with pytest.raises(ConfigError, match="no table"):
        divide(Database.of(()), seed=0)
