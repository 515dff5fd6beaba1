"""Reads a SQLite file: its tables, their own names and the foreign keys it declares."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from ...errors import SourceError
from ..records import Column, ForeignKey, Notice, Table
from .grid import Part, check_length
from .stored import type_stored


def read_sqlite(path: Path, wanted: frozenset[str] | None = None) -> Part:
    """Read a SQLite file without changing it.

    Args:
        path: the file.
        wanted: names of the tables to read, case folded; all if None.

    Raises:
        SourceError: the file is damaged, encrypted or holds no table.
        ConfigError: a table has more than 1,000,000 rows.
    """
    try:
        with closing(_open(path)) as connection:
            return _read(connection, path.name, wanted)
    except sqlite3.Error as error:
        raise SourceError(f"{path.name}: SQLite cannot read the file: {error}.") from error


def _open(path: Path) -> sqlite3.Connection:
    # `immutable` needs no right to write beside the file, but would miss what still is in a write-ahead log.
    log = path.with_name(path.name + "-wal")
    mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True)
    connection.text_factory = _decoded
    return connection


def _decoded(data: bytes) -> str:
    """Decode a stored text; SQLite does not check that it is UTF-8, old Western files hold Windows-1252."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _read(connection: sqlite3.Connection, file: str, wanted: frozenset[str] | None) -> Part:
    found = [
        (name, kind)
        for name, kind in connection.execute("SELECT name, type FROM sqlite_master ORDER BY rowid")
        if kind in ("table", "view") and not name.startswith("sqlite_")
    ]
    names = [name for name, kind in found if kind == "table" and (wanted is None or name.casefold() in wanted)]
    views = [name for name, kind in found if kind == "view"]
    if not any(kind == "table" for _, kind in found):
        raise SourceError(f"{file}: the database holds no table.")
    notices = [Notice(file=file, field=name, message="A view; it was not read, its tables were.") for name in views]
    tables = list[Table]()
    for name in names:
        table, more = _table(connection, file, name)
        tables.append(table)
        notices += more
    keys, more = _keys(connection, file, tables)
    return Part(tuple(tables), keys, (*notices, *more))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _table(connection: sqlite3.Connection, file: str, name: str) -> tuple[Table, list[Notice]]:
    check_length(file, name, connection.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0])
    declared = [(row[1], row[2] or "") for row in connection.execute(f"PRAGMA table_xinfo({_quoted(name)})")]
    selected = ", ".join(_quoted(column) for column, _ in declared)
    rows = connection.execute(f"SELECT {selected} FROM {_quoted(name)}").fetchall()
    values = list(zip(*rows, strict=True)) or [()] * len(declared)
    typed = [type_stored(kind, column) for (_, kind), column in zip(declared, values, strict=True)]
    columns = tuple(
        Column(name=column, header=column, type=found.type) for (column, _), found in zip(declared, typed, strict=True)
    )
    notices = [
        Notice(file=file, row=None if at is None else at + 1, field=f"{name}.{column}", message=message)
        for (column, _), found in zip(declared, typed, strict=True)
        for at, message in found.remarks
    ]
    if not rows:
        notices.append(Notice(file=file, field=name, message="The table has no rows."))
    cells = tuple(zip(*(found.cells for found in typed), strict=True)) if rows else ()
    return Table(name=name, title=name, columns=columns, rows=cells), notices


def _keys(
    connection: sqlite3.Connection, file: str, tables: list[Table]
) -> tuple[tuple[ForeignKey, ...], list[Notice]]:
    by_name = {table.name.casefold(): table for table in tables}
    keys, notices = list[ForeignKey](), list[Notice]()
    for table in tables:
        grouped: dict[int, list[tuple[str, str, str | None]]] = {}
        for number, _, target, column, ref, *_ in connection.execute(f"PRAGMA foreign_key_list({_quoted(table.name)})"):
            grouped.setdefault(number, []).append((target, column, ref))
        for number in sorted(grouped, reverse=True):  # SQLite lists the last one first
            key = _key(connection, table, grouped[number], by_name)
            if key is not None:
                keys.append(key)
            else:
                message = f"A foreign key to {grouped[number][0][0]} leads nowhere that was read; it was left out."
                notices.append(Notice(file=file, field=table.name, message=message))
    return tuple(keys), notices + _broken(connection, file, keys)


def _broken(connection: sqlite3.Connection, file: str, keys: list[ForeignKey]) -> list[Notice]:
    """Report rows that refer to nothing; they stay."""
    notices = list[Notice]()
    for name in dict.fromkeys(key.table for key in keys):
        try:
            rows = connection.execute(f"PRAGMA foreign_key_check({_quoted(name)})").fetchall()
        except sqlite3.OperationalError:  # the key refers to columns that are not unique: nothing to check by
            continue
        for target, count in Counter(row[2] for row in rows).items():
            message = f"{count} row(s) refer to rows of {target} that are not there; they were kept."
            notices.append(Notice(file=file, field=name, message=message))
    return notices


def _key(
    connection: sqlite3.Connection,
    table: Table,
    parts: list[tuple[str, str, str | None]],
    by_name: dict[str, Table],
) -> ForeignKey | None:
    target = by_name.get(parts[0][0].casefold())
    if target is None:
        return None
    refs = [ref for _, _, ref in parts if ref is not None]
    if not refs:  # the key names no column: it means the primary key
        info = connection.execute(f"PRAGMA table_info({_quoted(target.name)})").fetchall()
        refs = [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]]
    try:
        columns = tuple(table.column(column).name for _, column, _ in parts)
        ref_columns = tuple(target.column(ref).name for ref in refs)
    except KeyError:
        return None
    if len(columns) != len(ref_columns):
        return None
    return ForeignKey(table=table.name, columns=columns, ref_table=target.name, ref_columns=ref_columns)
