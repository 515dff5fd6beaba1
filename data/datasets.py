"""Datasets on disk: Parquet and JSON lines of records, chat rows, each file whole or absent.

A file is written under a temporary name in its own folder, synced to the disk and renamed,
so a reader never sees half of one, whenever the process or the machine dies.
The same records give the same bytes: the writer's options are fixed and nothing holds a clock value.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeVar, Union, get_args, get_origin

from pydantic import JsonValue, ValidationError

from ..errors import SourceError
from .records import Record

if TYPE_CHECKING:
    import pyarrow as pa

R = TypeVar("R", bound=Record)
PLAIN: tuple[type, ...] = (str, bool, int, float)
"""Python types that are a Parquet column of their own; every other field is one column of JSON text."""


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under its name only when it is whole and on the disk.

    Args:
        path: The file; its folder is made if it is not there. A file that is there is replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; a system that cannot sync a folder (Windows) is left alone."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def to_json(value: Any) -> str:
    """Write one value as a line of JSON, keys in their own order, letters as they are."""
    plain = value.model_dump(mode="python") if isinstance(value, Record) else value
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=_record_json)


def _record_json(value: object) -> object:
    if isinstance(value, Record):
        return value.model_dump(mode="python")
    raise TypeError(f"{type(value).__name__} is not JSON")


def write_json(path: Path, value: JsonValue | Record) -> None:
    """Write one JSON document, indented, atomically."""
    plain = value.model_dump(mode="json") if isinstance(value, Record) else value
    with atomic(path) as file:
        file.write((json.dumps(plain, ensure_ascii=False, indent=2) + "\n").encode())


def write_jsonl(path: Path, rows: Iterable[Record | Mapping[str, Any]]) -> int:
    """Write one JSON object a line, atomically; returns the number of lines."""
    count = 0
    with atomic(path) as file:
        for row in rows:
            file.write((to_json(row) + "\n").encode())
            count += 1
    return count


def read_jsonl(path: Path, kind: type[R]) -> list[R]:
    """Read records from JSON lines; fields that the record does not know are ignored.

    Raises:
        SourceError: A line is not JSON, or not such a record; the message names file, line and field.
    """
    records = []
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                records.append(_line(path, number, line, kind))
    return records


def _line(path: Path, number: int, line: bytes, kind: type[R]) -> R:
    try:
        row = json.loads(line)
        if isinstance(row, dict):
            row = {name: value for name, value in row.items() if name in kind.model_fields}
        return kind.model_validate(row)
    except ValidationError as error:
        raise SourceError(f"{path}:{number}: {_first(error)}") from error
    except ValueError as error:
        raise SourceError(f"{path}:{number}: not a line of JSON ({error})") from error


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'record'}: {first['msg']}"


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error


def write_parquet(path: Path, records: Sequence[R], kind: type[R]) -> None:
    """Write records as one Parquet file, atomically: a column a field, nested fields as JSON text.

    Args:
        path: The file to write.
        records: May be empty: the file then has the columns and no rows.
        kind: The class of the records; its fields are the columns, in their order.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema, nested = _schema(kind), _nested(kind)
    columns = [
        pa.array([_cell(getattr(record, name), name in nested) for record in records], type=field.type)
        for name, field in zip(kind.model_fields, schema, strict=True)
    ]
    table = pa.Table.from_arrays(columns, schema=schema)
    with atomic(path) as file:
        pq.write_table(table, file, compression="zstd", row_group_size=65_536, version="2.6", store_schema=True)


def read_parquet(path: Path, kind: type[R]) -> list[R]:
    """Read the records of a Parquet file that `write_parquet` wrote.

    Columns the record does not know are ignored, so that a file may be extended by other tools.

    Raises:
        SourceError: Not a Parquet file, a column is missing, or a row is not such a record.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{path}: not a readable Parquet file ({error})") from error
    nested = _nested(kind)
    known = [name for name in table.column_names if name in kind.model_fields]
    return [
        _row(path, number, row, kind, nested) for number, row in enumerate(table.select(known).to_pylist(), start=1)
    ]


def _row(path: Path, number: int, row: dict[str, Any], kind: type[R], nested: set[str]) -> R:
    try:
        values = {name: json.loads(cell) if name in nested and cell is not None else cell for name, cell in row.items()}
        return kind.model_validate(values)
    except ValidationError as error:
        raise SourceError(f"{path}, row {number}: {_first(error)}") from error
    except ValueError as error:
        raise SourceError(f"{path}, row {number}: a nested field is not JSON ({error})") from error


def _schema(kind: type[Record]) -> "pa.Schema":
    import pyarrow as pa

    arrow: dict[type | None, Any] = {
        str: pa.string(),
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        None: pa.string(),
    }
    fields = [pa.field(name, arrow[_column(field.annotation)]) for name, field in kind.model_fields.items()]
    return pa.schema(fields, metadata={"source2synth.record": kind.__name__})


def _column(annotation: Any) -> type | None:
    """Tell which plain type a field's column has; None if it is written as JSON text."""
    if annotation in PLAIN:
        return annotation  # type: ignore[no-any-return]  # an annotation is Any; just seen to be a plain type
    if get_origin(annotation) is Literal:
        return str if all(isinstance(value, str) for value in get_args(annotation)) else None
    if get_origin(annotation) in (Union, UnionType):
        present = [part for part in get_args(annotation) if part is not NoneType]
        return _column(present[0]) if len(present) == 1 else None
    return None


def _nested(kind: type[Record]) -> set[str]:
    return {name for name, field in kind.model_fields.items() if _column(field.annotation) is None}


def _cell(value: Any, nested: bool) -> Any:
    return to_json(value) if nested and value is not None else value


def write_dataset(stem: Path, records: Sequence[R], kind: type[R]) -> tuple[Path, Path]:
    """Write records twice, as `STEM.parquet` and `STEM.jsonl`; returns both paths."""
    parquet, lines = stem.with_suffix(".parquet"), stem.with_suffix(".jsonl")
    write_parquet(parquet, records, kind)
    write_jsonl(lines, records)
    return parquet, lines


def read_dataset(path: Path, kind: type[R]) -> list[R]:
    """Read records from a `.parquet` or a `.jsonl` file, told by the name.

    Raises:
        SourceError: The file is neither, is not there, or holds something else.
    """
    if path.suffix == ".parquet":
        if not path.is_file():
            raise SourceError(f"{path}: cannot be read (no such file)")
        return read_parquet(path, kind)
    if path.suffix in {".jsonl", ".ndjson"}:
        return read_jsonl(path, kind)
    raise SourceError(f"{path}: a dataset is a .parquet or a .jsonl file")
