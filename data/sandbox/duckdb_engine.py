"""DuckDB inside a worker: an in-memory database whose settings are closed before the first query."""

from typing import Any

import duckdb

from . import frames, results_json
from .frames import Failure
from .results_json import TooLarge, encode_result

_TYPES = {
    "integer": "BIGINT", "real": "DOUBLE", "boolean": "BOOLEAN",
    "text": "VARCHAR", "date": "DATE", "datetime": "TIMESTAMP",
}  # fmt: skip
_CONFIG: dict[str, Any] = {
    "threads": 1,
    "external_threads": 1,
    "max_temp_directory_size": "0B",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "max_expression_depth": 250,
}
_LOCK = (
    "SET disabled_filesystems='LocalFileSystem'",
    "SET enable_external_access=false",
    "SET lock_configuration=true",
)
_WARM = (
    "SELECT 1::DECIMAL(5, 2), DATE '2000-01-01', TIMESTAMP '2000-01-01 01:02:03', TIME '01:02:03', INTERVAL 1 DAY,"
    " uuid(), 1::HUGEINT, [1], {'a': 1}, 'x'::BLOB, NULL, true, random()"
)


class DuckDBEngine:
    """Opens in-memory DuckDB databases, all in one instance: a new instance would read files, which is over."""

    dialect = "duckdb"

    def __init__(self, start: dict[str, Any]) -> None:
        self._start = start
        limits = {
            "memory_limit": f"{max(16, start['memory_mb'] // 2)}MB",
            "max_execution_time": int(start["seconds"] * 1000),
        }
        try:
            self._instance = duckdb.connect(":memory:", config=_CONFIG | limits | {"async_threads": 0})
        except duckdb.Error:  # DuckDB 1 has no such threads, and no such setting
            self._instance = duckdb.connect(":memory:", config=_CONFIG | limits)
        self._opened = 0

    def warm(self) -> None:
        """Import what the conversion of results needs, and close the settings."""
        results_json.warm()
        self._instance.execute(_WARM).fetchall()
        for setting in _LOCK:
            self._instance.execute(setting)

    def open(self, tables: list[Any]) -> "DuckDBDatabase":
        """Load tables into a database of their own; raises Failure."""
        self._opened += 1
        return DuckDBDatabase(tables, self._start, self._instance.cursor(), f"db{self._opened}")


class DuckDBDatabase:
    """One loaded database and its connection; no query that passes the check can name another."""

    def __init__(
        self, tables: list[Any], start: dict[str, Any], connection: duckdb.DuckDBPyConnection, name: str
    ) -> None:
        self.tables = {table.casefold(): frozenset(c[0].casefold() for c in columns) for table, columns, _ in tables}
        self._rows, self._bytes, self._seconds = start["rows"], start["bytes"], start["seconds"]
        self._connection, self._name = connection, name
        try:
            connection.execute(f"ATTACH ':memory:' AS {name}")
            connection.execute(f"USE {name}")
            for table, columns, rows in tables:
                self._load(table, columns, rows)
        except (duckdb.Error, OverflowError, UnicodeError, ValueError) as error:
            raise Failure(frames.LOAD_FAILED, f"The tables could not be loaded into DuckDB: {error}") from None

    def _load(self, name: str, columns: list[list[str]], rows: list[list[Any]]) -> None:
        """Create a table and fill it column by column: DuckDB takes milliseconds for each row given alone."""
        definitions = ", ".join(f"{_quoted(column)} {_TYPES[kind]}" for column, kind in columns)
        self._connection.execute(f"CREATE TABLE {_quoted(name)} ({definitions})")
        if not rows:
            return
        values = [
            _storable(list(cells), kind) for cells, (_, kind) in zip(zip(*rows, strict=True), columns, strict=True)
        ]
        lists = ", ".join(f"unnest(?::{_SENT.get(kind, 'VARCHAR')}[])::{_TYPES[kind]}" for _, kind in columns)
        self._connection.execute(f"INSERT INTO {_quoted(name)} SELECT {lists}", values)

    def run(self, asked: str, checked: str) -> bytes:
        """Run the checked text in a read-only transaction and return the result as JSON; raises Failure."""
        connection = self._connection
        try:
            self._one_select(asked)
            self._one_select(checked)
            connection.execute("BEGIN TRANSACTION READ ONLY")
            try:
                result = connection.execute(checked)
                columns = [column[0] for column in result.description or ()]
                return encode_result(columns, result.fetchmany, self._rows, self._bytes)
            finally:
                connection.execute("ROLLBACK")
        except TooLarge as error:
            raise Failure(frames.TOO_LARGE, str(error)) from None
        except (duckdb.Error, RuntimeError, UnicodeError, OverflowError, ImportError) as error:
            raise self._failure(error) from None

    def _one_select(self, sql: str) -> None:
        statements = self._connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise Failure(frames.REFUSED, "The query was refused: only one SELECT may run.")

    def _failure(self, error: Exception) -> Failure:
        message = str(error).split("\n\n", 1)[0].replace("\n", " ").strip()
        if isinstance(error, duckdb.InterruptException) or "max_execution_time" in message:
            return Failure(frames.TIMEOUT, f"The query ran longer than {self._seconds:g} s and was stopped.")
        if isinstance(error, duckdb.OutOfMemoryException):
            return Failure(frames.TOO_LARGE, "The query needs more memory than it may take.", fatal=True)
        if isinstance(error, duckdb.FatalException | duckdb.InternalException):
            return Failure(frames.FAILED, message, fatal=True)
        if isinstance(error, duckdb.PermissionException):
            return Failure(frames.REFUSED, f"The query was refused: {message}")
        if isinstance(error, duckdb.ParserException | duckdb.SyntaxException):
            return Failure(frames.SYNTAX, message)
        return Failure(frames.FAILED, message)

    def close(self) -> None:
        """Free the database."""
        self._connection.execute("USE memory")
        self._connection.execute(f"DETACH {self._name}")
        self._connection.close()


_SENT = {"integer": "BIGINT", "real": "DOUBLE", "boolean": "BOOLEAN"}


def _storable(cells: list[Any], kind: str) -> list[Any]:
    """Return the cells of a column as the type it is sent as."""
    if kind == "real":
        return [None if cell is None else float(cell) for cell in cells]
    if kind in _SENT:
        return cells
    return [None if cell is None else str(cell).encode("utf-8", "replace").decode() for cell in cells]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
