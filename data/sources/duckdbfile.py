"""Reads a DuckDB file: its tables, their own names and the foreign keys it declares."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import SourceError
from ..records import Column, ForeignKey, Notice, Table
from .grid import Part, check_length
from .stored import type_stored

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def read_duckdb(path: Path, wanted: frozenset[str] | None = None) -> Part:
    """Read a DuckDB file without changing it.

    Args:
        path: the file.
        wanted: names of the tables to read, case folded; all if None.

    Raises:
        SourceError: the file is damaged, of an unknown version, open elsewhere, or holds no table.
        ConfigError: a table has more than 1,000,000 rows.
    """
    import duckdb  # heavy; only who reads DuckDB files pays for it

    try:
        # Extensions are neither fetched nor loaded: the file is data, nothing else.
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "threads": 1,
        }
        with closing(duckdb.connect(str(path), read_only=True, config=config)) as connection:
            return _read(connection, path.name, wanted)
    except duckdb.Error as error:
        raise SourceError(f"{path.name}: DuckDB cannot read the file: {str(error).splitlines()[0]}.") from error


def _read(connection: "DuckDBPyConnection", file: str, wanted: frozenset[str] | None) -> Part:
    found = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY table_oid"
    ).fetchall()
    if not found:
        raise SourceError(f"{file}: the database holds no table.")
    views = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    notices = [Notice(file=file, field=view, message="A view; it was not read, its tables were.") for (view,) in views]
    tables = dict[tuple[str, str], Table]()
    for schema, name in found:
        own = name if schema == "main" else f"{schema}_{name}"
        if wanted is None or own.casefold() in wanted:
            tables[schema, name], more = _table(connection, file, schema, name, own)
            notices += more
    return Part(tuple(tables.values()), _keys(connection, tables), tuple(notices), "duckdb")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _table(connection: "DuckDBPyConnection", file: str, schema: str, name: str, own: str) -> tuple[Table, list[Notice]]:
    place = f"{_quoted(schema)}.{_quoted(name)}"
    counted = connection.execute(f"SELECT count(*) FROM {place}").fetchone()
    check_length(file, own, counted[0] if counted else 0)
    declared = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?"
        " ORDER BY column_index",
        [schema, name],
    ).fetchall()
    selected = ", ".join(_selected(column, kind) for column, kind in declared)
    rows = connection.execute(f"SELECT {selected} FROM {place}").fetchall()
    values = list(zip(*rows, strict=True)) or [()] * len(declared)
    typed = [type_stored(kind, column) for (_, kind), column in zip(declared, values, strict=True)]
    columns = tuple(
        Column(name=column, header=column, type=kind.type) for (column, _), kind in zip(declared, typed, strict=True)
    )
    notices = [
        Notice(file=file, row=None if at is None else at + 1, field=f"{own}.{column}", message=message)
        for (column, _), kind in zip(declared, typed, strict=True)
        for at, message in kind.remarks
    ]
    if not rows:
        notices.append(Notice(file=file, field=own, message="The table has no rows."))
    cells = tuple(zip(*(kind.cells for kind in typed), strict=True)) if rows else ()
    return Table(name=own, title=name, columns=columns, rows=cells), notices


def _selected(column: str, kind: str) -> str:
    """Select a column; moments with a zone are written in UTC here, Python would need pytz for them."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({_quoted(column)}::TIMESTAMP, '%Y-%m-%d %H:%M:%S')"
    return _quoted(column)


def _keys(connection: "DuckDBPyConnection", tables: dict[tuple[str, str], Table]) -> tuple[ForeignKey, ...]:
    declared = connection.execute(
        "SELECT schema_name, table_name, constraint_column_names, referenced_table, referenced_column_names"
        " FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY' ORDER BY table_oid, constraint_index"
    ).fetchall()
    return tuple(
        ForeignKey(
            table=tables[schema, name].name,
            columns=tuple(columns),
            ref_table=tables[schema, target].name,
            ref_columns=tuple(refs),
        )
        for schema, name, columns, target, refs in declared
        if (schema, name) in tables and (schema, target) in tables
    )
