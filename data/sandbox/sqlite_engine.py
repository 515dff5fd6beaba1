"""SQLite inside a worker: an in-memory database with an authorizer, lowered limits and an in-engine deadline."""

import sqlite3
import time
from typing import Any

from . import allowed, frames
from .frames import Failure
from .results_json import TooLarge, encode_result

_TYPES = {
    "integer": "INTEGER",
    "real": "REAL",
    "boolean": "INTEGER",
    "text": "TEXT",
    "date": "TEXT",
    "datetime": "TEXT",
}
# Dates are declared TEXT: SQLite would take DATE for NUMERIC and compare '1969' in a query as a number.
_PRAGMAS = """
    PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;
    PRAGMA query_only=ON;
"""
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 45_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}
_STEPS = 2_000  # virtual machine steps between two looks at the clock
_RENAMED = frozenset({"substring", "iif", "->", "->>", "nullif", "json_array", "max", "min"})
_FUNCTIONS = allowed.SQLITE | _RENAMED
_DATE_SQL = {name: f"SELECT {name}({{}})" for name in allowed.SQLITE_DATES}


class SQLiteEngine:
    """Opens in-memory SQLite databases."""

    dialect = "sqlite"

    def __init__(self, start: dict[str, Any]) -> None:
        self._start = start
        self._dates = sqlite3.connect(":memory:", isolation_level=None)

    def warm(self) -> None:
        """Seed SQLite's generator, which reads a file, and cap the memory of all databases together."""
        self._dates.execute("SELECT random(), date('2000-01-01')").fetchall()
        self._dates.execute(f"PRAGMA hard_heap_limit={self._start['memory_mb'] * 1_000_000}")

    def open(self, tables: list[Any]) -> "SQLiteDatabase":
        """Load tables into a database of their own; raises Failure."""
        return SQLiteDatabase(tables, self._start, self._dates)


class SQLiteDatabase:
    """One loaded database and its connection."""

    def __init__(self, tables: list[Any], start: dict[str, Any], dates: sqlite3.Connection) -> None:
        self.tables = {name.casefold(): frozenset(c[0].casefold() for c in columns) for name, columns, _ in tables}
        self._rows, self._bytes, self._seconds = start["rows"], start["bytes"], start["seconds"]
        self._deadline = 0.0
        self._dates = dates
        self._clock_read = False
        self._connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=16)
        try:
            for name, columns, rows in tables:
                self._load(name, columns, rows)
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            self._connection.close()
            raise Failure(frames.LOAD_FAILED, f"The tables could not be loaded into SQLite: {error}") from None
        self._lock_down()

    def _load(self, name: str, columns: list[list[str]], rows: list[list[Any]]) -> None:
        connection = self._connection
        definitions = ", ".join(f"{_quoted(column)} {_TYPES[kind]}" for column, kind in columns)
        connection.execute(f"CREATE TABLE {_quoted(name)} ({definitions})")
        insert = f"INSERT INTO {_quoted(name)} VALUES ({', '.join('?' * len(columns))})"
        connection.execute("BEGIN")
        try:
            connection.executemany(insert, rows)
        except (OverflowError, UnicodeEncodeError):
            connection.execute(f"DELETE FROM {_quoted(name)}")
            connection.executemany(insert, [[_storable(cell) for cell in row] for row in rows])
        connection.execute("COMMIT")

    def _lock_down(self) -> None:
        connection = self._connection
        connection.executescript(_PRAGMAS)
        for limit, value in _LIMITS.items():
            connection.setlimit(limit, value)
        for name in allowed.SQLITE_DATES:
            connection.create_function(name, -1, self._without_clock(name), deterministic=True)
        connection.set_authorizer(self._authorize)
        connection.set_progress_handler(self._late, _STEPS)

    def _late(self) -> bool:
        return time.monotonic() > self._deadline

    def _authorize(
        self, action: int, first: str | None, second: str | None, schema: str | None, inner: str | None
    ) -> int:
        if action == sqlite3.SQLITE_SELECT:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:  # reading no column in particular (count(*)) is harmless, of any name
            known = not second or (first or "").casefold() in self.tables
            return sqlite3.SQLITE_OK if known else sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and (second or "").casefold() in _FUNCTIONS:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    def _without_clock(self, name: str) -> Any:
        """Return SQLite's own function of time, except that it refuses to read the clock."""
        execute, needed, template = self._dates.execute, 1 + (name == "strftime"), _DATE_SQL[name]

        def function(*arguments: Any) -> Any:
            if len(arguments) < needed or str(arguments[needed - 1]).strip().casefold() == "now":
                self._clock_read = True
                raise ValueError
            sql = template.format(", ".join("?" * len(arguments)))
            return execute(sql, arguments).fetchone()[0]

        return function

    def run(self, asked: str, checked: str) -> bytes:
        """Run the checked text and return the result as JSON; raises Failure."""
        self._deadline = time.monotonic() + self._seconds
        self._clock_read = False
        try:
            # The text as asked is only compiled: it has to be SQL to SQLite too, not just to the parser.
            self._connection.execute("EXPLAIN " + asked).close()
            cursor = self._connection.execute(checked)
            try:
                columns = [column[0] for column in cursor.description]
                return encode_result(columns, cursor.fetchmany, self._rows, self._bytes)
            finally:
                cursor.close()
        except TooLarge as error:
            raise Failure(frames.TOO_LARGE, str(error)) from None
        except (sqlite3.Error, sqlite3.Warning, UnicodeError) as error:
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> Failure:
        message = str(error)
        if self._clock_read:
            return Failure(frames.REFUSED, "The query was refused: it reads the clock, so its answer would not last.")
        if message == "interrupted":
            return Failure(frames.TIMEOUT, f"The query ran longer than {self._seconds:g} s and was stopped.")
        if "not authorized" in message or "prohibited" in message:
            return Failure(frames.REFUSED, f"The query was refused: {message}.")
        if message == "out of memory":
            return Failure(frames.TOO_LARGE, "The query needs more memory than it may take.")
        if "syntax error" in message or "unrecognized token" in message or message == "incomplete input":
            return Failure(frames.SYNTAX, message)
        return Failure(frames.FAILED, message)

    def close(self) -> None:
        """Free the database."""
        self._connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _storable(cell: Any) -> Any:
    """Return a cell as SQLite can hold it: integers beyond 64 bits and broken text as the nearest text."""
    if isinstance(cell, int) and not -(2**63) <= cell < 2**63:
        return str(cell)
    if isinstance(cell, str):
        return cell.encode("utf-8", "replace").decode()
    return cell
