"""A dataset is proven again by running its queries; what no longer holds is named."""

from pathlib import Path

import pytest

from source2synth.data.datasets import write_dataset
from source2synth.data.records import ResultTable, Seed, SQLExample
from source2synth.data.sources import read_database
from source2synth.errors import SourceError
from source2synth.pipeline.validate import validate

PEAKS = "Peak,Height (m),Range\nK2,8611,Karakoram\nEverest,8849,Himalaya\nLhotse,8516,Himalaya\n"
QUERIES = {
    "SELECT height_m FROM peaks WHERE peak = 'K2'": [(8611,)],
    "SELECT COUNT(*) FROM peaks WHERE range = 'Himalaya'": [(2,)],
    "SELECT peak FROM peaks ORDER BY height_m DESC": [("Everest",), ("K2",), ("Lhotse",)],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "peaks").mkdir()
    (tmp_path / "peaks" / "peaks.csv").write_text(PEAKS)
    database = read_database(tmp_path / "peaks")
    examples = [
        SQLExample.of(
            question=sql,
            sql=sql,
            answer=ResultTable(columns=("x",), rows=tuple(rows)),
            level=1,
            database_id=database.id,
            seed=Seed(kind="filter", text="", source_ids=("peaks",)),
        )
        for sql, rows in QUERIES.items()
    ]
    write_dataset(tmp_path / "kept", examples, SQLExample)
    return tmp_path


def faults(folder: Path, name: str = "kept.parquet") -> dict[str, str]:
    verdicts = validate(folder / name, read_database(folder / "peaks"))
    return {str(v.evidence["sql"]): v.reason for v in verdicts if v.outcome != "kept"}


@pytest.mark.parametrize("name", ["kept.parquet", "kept.jsonl"])
def test_every_answer_is_found_again(folder: Path, name: str) -> None:
    assert faults(folder, name) == {}
    assert len(validate(folder / name, read_database(folder / "peaks"))) == 3


def test_one_changed_cell_names_the_examples_that_hang_on_it(folder: Path) -> None:
    (folder / "peaks" / "peaks.csv").write_text(PEAKS.replace("8611", "8511"))
    found = faults(folder)
    first, _, last = QUERIES
    assert set(found) == {first, last}
    assert found[first].startswith("The answer is another one now: ")


def test_a_missing_table_or_column_is_named(folder: Path) -> None:
    (folder / "peaks" / "peaks.csv").write_text(PEAKS.replace("Range", "Chain"))
    assert "no longer runs" in faults(folder)[list(QUERIES)[1]]
    (folder / "peaks" / "peaks.csv").rename(folder / "peaks" / "hills.csv")
    assert set(faults(folder).values()) == {"The sources have no table peaks."}


def test_what_is_no_dataset_is_refused(folder: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        validate(folder / "gone.parquet", read_database(folder / "peaks"))
