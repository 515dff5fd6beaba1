"""Perturbed contents: the schema's promises kept, the queries' boundaries planted, luck uncovered."""

import sqlite3

import pytest

from source2synth.data.perturb import perturbations
from source2synth.data.records import Cell, Column, ColumnType, Database, ForeignKey, Table


def column(name: str, type_: ColumnType) -> Column:
    return Column(name=name, header=name, type=type_)


PEAKS = Table(
    name="peaks",
    columns=(
        column("name", "text"),
        column("range", "text"),
        column("height", "integer"),
        column("climbed", "date"),
        column("snow", "real"),
        column("range_id", "integer"),
    ),
    rows=tuple(
        (
            f"Peak {at}",
            ("Alps", "Andes", "Tatra")[at % 3],
            4000 + 37 * at,
            f"19{10 + at}-05-01" if at % 5 else None,
            round(at * 0.7, 1),
            at % 3,
        )
        for at in range(30)
    ),
)
RANGES = Table(
    name="ranges",
    columns=(column("id", "integer"), column("length", "integer")),
    rows=((0, 1200), (1, 7000), (2, 80)),
)
KEY = ForeignKey(table="peaks", columns=("range_id",), ref_table="ranges", ref_columns=("id",))
BASE = Database.of((PEAKS, RANGES), foreign_keys=(KEY,))


def run(database: Database, sql: str) -> list[tuple[Cell, ...]]:
    connection = sqlite3.connect(":memory:")
    for table in database.tables:
        names = ", ".join(f'"{c.name}"' for c in table.columns)
        connection.execute(f'CREATE TABLE "{table.name}" ({names})')
        marks = ", ".join("?" for _ in table.columns)
        connection.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', table.rows)
    rows = connection.execute(sql).fetchall()
    connection.close()
    return sorted(rows, key=repr)


@pytest.mark.parametrize("seed", range(5))
def test_what_the_schema_shows_is_kept(seed: int) -> None:
    for other in perturbations(BASE, ["SELECT name FROM peaks WHERE height > 4500"], 3, seed):
        peaks, ranges = other.table("peaks"), other.table("ranges")
        assert peaks.rows != PEAKS.rows
        assert len(set(peaks.values("name"))) == len(peaks.rows)
        assert len(set(peaks.values("height"))) == len(peaks.rows)
        assert set(peaks.values("range")) <= {"Alps", "Andes", "Tatra"}
        assert None not in peaks.values("height")
        assert None not in peaks.values("range")
        assert set(peaks.values("range_id")) <= set(ranges.values("id"))
        assert sorted(map(str, ranges.values("id"))) == ["0", "1", "2"]
        assert all(cell is None or str(cell)[:2] == "19" for cell in peaks.values("climbed"))
        assert all(isinstance(cell, float) and cell == round(cell, 1) for cell in peaks.values("snow"))


def test_same_seed_same_contents_and_other_seeds_others() -> None:
    assert perturbations(BASE, [], 2, 7) == perturbations(BASE, [], 2, 7)
    assert perturbations(BASE, [], 1, 7) != perturbations(BASE, [], 1, 8)
    assert perturbations(BASE, [], 1, 7)[0] == perturbations(BASE, [], 3, 7)[0]


@pytest.mark.parametrize(
    ("gold", "wrong"),
    [
        # Each pair agrees on the original contents.
        ("SELECT COUNT(*) FROM peaks WHERE height > 4519", "SELECT COUNT(*) FROM peaks WHERE height >= 4519"),
        (
            "SELECT name FROM peaks WHERE range = 'Alps' AND height < 4036",
            "SELECT name FROM peaks WHERE height < 4036",
        ),
        (
            "SELECT COUNT(*) FROM peaks WHERE range = 'Andes' AND range_id = 1",
            "SELECT COUNT(*) FROM peaks WHERE range = 'Andes'",
        ),
        ("SELECT name FROM peaks ORDER BY height DESC LIMIT 1", "SELECT name FROM peaks ORDER BY snow DESC LIMIT 1"),
    ],
)
def test_queries_that_agree_by_luck_come_apart(gold: str, wrong: str) -> None:
    assert run(BASE, gold) == run(BASE, wrong)
    apart = sum(
        run(other, gold) != run(other, wrong) for seed in range(4) for other in perturbations(BASE, [gold], 3, seed)
    )
    assert apart >= 4


def test_boundaries_of_conditions_are_planted() -> None:
    sql = "SELECT name FROM peaks WHERE snow BETWEEN 3.5 AND 9.1"
    for other in perturbations(BASE, [sql], 6, 1):
        snow = set(other.table("peaks").values("snow"))
        assert snow & {3.5, 9.1, 3.4, 9.2}


def test_unreadable_sql_is_passed_over() -> None:
    assert len(perturbations(BASE, ["SELEC nonsense (("], 2, 0)) == 2
