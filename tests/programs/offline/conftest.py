"""Small tables, and what sqlite makes of queries on them."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from source2synth.data.records import Database, ResultTable
from source2synth.data.sources import read_database

TABLES = Path(__file__).parent / "tables"


@pytest.fixture(scope="session")
def tables() -> dict[str, Database]:
    found = read_database(TABLES)
    return {table.name: found.only((table.name,)) for table in found.tables}


@pytest.fixture(scope="session")
def run(tables: dict[str, Database]) -> Callable[[Database, str], ResultTable]:
    connections = {database.id: _connected(database) for database in tables.values()}

    def execute(database: Database, sql: str) -> ResultTable:
        cursor = connections[database.id].execute(sql)
        return ResultTable(columns=tuple(item[0] for item in cursor.description), rows=tuple(cursor.fetchall()))

    return execute


def _connected(database: Database) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    kinds = {"integer": "INTEGER", "real": "REAL"}
    for table in database.tables:
        columns = ", ".join(f'"{column.name}" {kinds.get(column.type, "TEXT")}' for column in table.columns)
        connection.execute(f'CREATE TABLE "{table.name}" ({columns})')
        places = ", ".join("?" * len(table.columns))
        connection.executemany(f'INSERT INTO "{table.name}" VALUES ({places})', table.rows)
    return connection
