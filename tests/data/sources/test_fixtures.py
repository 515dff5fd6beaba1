"""Every file of tests/fixtures/sources is read as its `.json` says: add both files, and the case runs.

The `.json` holds the tables (columns as name, header, type, unit) and the notices (row, field, message).
"""

import json
from pathlib import Path

import pytest

from source2synth.data import Database, read_database

FOLDER = Path(__file__).parents[2] / "fixtures" / "sources"
CASES = sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".json")


def as_json(database: Database) -> object:
    return {
        "tables": [
            {
                "name": table.name,
                "title": table.title,
                "columns": [[column.name, column.header, column.type, column.unit] for column in table.columns],
                "rows": [list(row) for row in table.rows],
            }
            for table in database.tables
        ],
        "notices": [[notice.row, notice.field, notice.message] for notice in database.notices],
    }


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_read_as_its_json_says(name: str) -> None:
    expected = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    # Compared as JSON text, so that 1, 1.0 and true differ.
    assert json.dumps(as_json(read_database(FOLDER / name)), indent=1) == json.dumps(expected, indent=1)


def test_there_are_cases() -> None:
    assert len(CASES) >= 11
