"""Reads an Excel workbook: every sheet that holds cells is a table."""

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from ...errors import SourceError
from ..naming import identifier, unique
from ..records import Notice, Table
from .grid import Grid, Part, Raw
from .layout import Record, lay_out
from .tables import make_table

if TYPE_CHECKING:
    from openpyxl import Workbook

Sheet = Any
"""A worksheet of openpyxl, which gives its cells no types."""

_SIGN = re.compile(r"\[\$([^\-\]]+)[^\]]*\]|([$€£¥])")
_PLACES = 12


def read_workbook(path: Path, stem: str) -> Part:
    """Read every sheet of an Excel file (.xlsx, .xlsm); formulas give the values they were saved with.

    Args:
        path: the file.
        stem: its name without ending; it names the table of a workbook with one sheet.

    Raises:
        SourceError: the file is damaged or locked, or no sheet holds a table.
        ConfigError: a sheet has more than 1,000,000 rows.
    """
    import openpyxl  # slow to import; only who reads Excel pays for it
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, data_only=True)
        formulas = _formulas(openpyxl.load_workbook(path))
    except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, OSError, ValueError, TypeError) as error:
        raise SourceError(f"{path.name}: the file cannot be read as an Excel workbook: {error}.") from error
    return _read(path.name, stem, book, formulas)


def _read(file: str, stem: str, book: "Workbook", formulas: dict[str, set[tuple[int, int]]]) -> Part:
    tables, notices, taken, failures = list[Table](), list[Notice](), set[str](), list[str]()
    single = len(book.worksheets) == 1
    for sheet in book.worksheets:
        title = stem if single else str(sheet.title)
        try:
            grid = _grid(file, sheet, title, unique(identifier(title) or "table", taken))
        except SourceError as error:
            failures.append(str(error))
            notices.append(Notice(file=file, field=sheet.title, message=f"Sheet left out: {error}"))
            continue
        table, more = make_table(grid)
        tables.append(table)
        notices += [*_lost(file, sheet, formulas.get(sheet.title, set())), *more]
    if not tables:
        raise SourceError(failures[0] if failures else f"{file}: the workbook has no sheet of cells.")
    return Part(tuple(tables), notices=tuple(notices))


def _grid(file: str, sheet: Sheet, title: str, name: str) -> Grid:
    """Lay out a sheet; the label in errors and notices names file and sheet."""
    cells = [tuple(row) for row in sheet.iter_rows()]
    records: list[Record] = [(at, tuple(_value(cell) for cell in row)) for at, row in enumerate(cells, start=1)]
    grid = lay_out(f"{file}, sheet {sheet.title}", name, title, records)
    wide = len(grid.headers)
    formats = [[cell.number_format for cell in _numbers(cells, grid.lines, at)] for at in range(wide)]
    columns = [[row[at] for row in grid.rows] for at in range(wide)]
    even = [_without_midnights(column) for column in columns]
    scaled = [_percent(column) if _is_percent(form) else column for column, form in zip(even, formats, strict=True)]
    return replace(
        grid,
        rows=tuple(zip(*scaled, strict=True)),
        units=tuple("%" if _is_percent(form) else _currency(form) for form in formats),
    )


def _value(cell: Any) -> Raw:  # a cell of openpyxl
    """Give the value of a cell; errors such as `#DIV/0!` are missing values."""
    return None if cell.data_type == "e" else cell.value


def _numbers(cells: Sequence[Sequence[Any]], lines: Sequence[int], at: int) -> list[Any]:
    """Collect the cells of a column that hold numbers."""
    column = [cells[line - 1][at] for line in lines if at < len(cells[line - 1])]
    return [cell for cell in column if isinstance(cell.value, int | float) and not isinstance(cell.value, bool)]


def _is_percent(formats: Sequence[str]) -> bool:
    return bool(formats) and all("%" in form for form in formats)


def _currency(formats: Sequence[str]) -> str:
    """Find the currency that all cells of a column are shown with; empty if they have none or several."""
    found = {match[1] or match[2] if (match := _SIGN.search(form)) else "" for form in formats}
    return str(found.pop()).strip() if len(found) == 1 else ""


def _percent(column: Sequence[Raw]) -> list[Raw]:
    """Turn the shares that Excel stores into the percents that it shows."""
    return [
        round(cell * 100, _PLACES) if isinstance(cell, int | float) and not isinstance(cell, bool) else cell
        for cell in column
    ]


def _without_midnights(column: Sequence[Raw]) -> list[Raw]:
    """Turn moments into days where a column has no time of day: Excel knows only moments."""
    moments = [cell for cell in column if isinstance(cell, dt.datetime)]
    if any(moment.time() != dt.time() for moment in moments):
        return list(column)
    return [cell.date() if isinstance(cell, dt.datetime) else cell for cell in column]


def _formulas(book: "Workbook") -> dict[str, set[tuple[int, int]]]:
    """Find the cells of each sheet that hold formulas."""
    return {
        sheet.title: {(cell.row, cell.column) for row in _rows(sheet) for cell in row if cell.data_type == "f"}
        for sheet in book.worksheets
    }


def _rows(sheet: Sheet) -> Iterable[Sequence[Any]]:
    rows: Iterable[Sequence[Any]] = sheet.iter_rows()
    return rows


def _lost(file: str, sheet: Sheet, formulas: set[tuple[int, int]]) -> list[Notice]:
    """Report formulas that were saved without a value, by a program that does not compute."""
    lost = sorted(place for place in formulas if sheet.cell(*place).value is None)
    if not lost:
        return []
    message = f"{len(lost)} formula(s) were saved without a value and became NULL; open and save the file in Excel."
    return [Notice(file=file, row=lost[0][0], field=str(sheet.title), message=message)]
