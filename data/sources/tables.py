"""A grid becomes a table: names for its columns, types for its cells, and every repair as a notice."""

from collections.abc import Sequence

from ..naming import identifiers
from ..records import Cell, Column, Notice, Table
from . import numbers
from .columns import Typed, type_column
from .grid import Grid, Raw

_COMMA_SEEN = 3
"""Cells that can only be decimal commas before a table is taken to write them."""


def make_table(grid: Grid) -> tuple[Table, list[Notice]]:
    """Give a grid its types.

    Returns:
        The table, and the grid's notices followed by those of its columns.
    """
    raws: list[tuple[Raw, ...]] = list(zip(*grid.rows, strict=True)) or [()] * len(grid.headers)
    prefer = _decimal_mark(raws)
    typed = [_typed(grid, at, raw, prefer, ()) for at, raw in enumerate(raws)]
    years = [column.cells for column in typed if _are_years(column)]
    if years:  # now a date such as 9/24/06 can be given its century
        typed = [
            _typed(grid, at, raw, prefer, years) if column.type == "text" else column
            for at, (raw, column) in enumerate(zip(raws, typed, strict=True))
        ]
    names = identifiers(grid.headers)
    columns = tuple(
        Column(name=name, header=header, type=column.type, unit=unit)
        for name, header, column, unit in zip(names, grid.headers, typed, _units(grid, typed), strict=True)
    )
    rows = tuple(zip(*(column.cells for column in typed), strict=True))
    table = Table(name=grid.name, title=grid.title, columns=columns, rows=rows)
    return table, [*grid.notices, *_name_notices(grid, names), *_remarks(grid, names, typed)]


def _typed(grid: Grid, at: int, raw: Sequence[Raw], prefer: numbers.Style, years: Sequence[Sequence[Cell]]) -> Typed:
    return type_column(grid.headers[at], raw, prefer=prefer, years=years, textual=at in grid.textual)


def _units(grid: Grid, typed: Sequence[Typed]) -> list[str]:
    stated = grid.units or ("",) * len(typed)
    return [column.unit or unit for column, unit in zip(typed, stated, strict=True)]


def _decimal_mark(raws: Sequence[Sequence[Raw]]) -> numbers.Style:
    """Tell how the table writes decimals, for columns such as `1,234` where both marks fit."""
    comma = 0
    for raw in raws:
        taken = [numbers.spelled(cell.strip()) for cell in raw[:1000] if isinstance(cell, str)]
        bodies = [cell.body for cell in taken if cell is not None]
        if numbers.style_of(bodies) == "point":
            if any("." in body and "," not in body and len(body.split(".")[-1]) != 3 for body in bodies):
                return "point"
        elif numbers.style_of(bodies) == "comma":
            comma += len(bodies)
    return "comma" if comma >= _COMMA_SEEN else "point"


def _are_years(column: Typed) -> bool:
    given = [cell for cell in column.cells if isinstance(cell, int)]
    return column.type == "integer" and bool(given) and all(1000 <= cell <= 2200 for cell in given)


def _name_notices(grid: Grid, names: Sequence[str]) -> list[Notice]:
    """Report columns without a header and headers that stand twice."""
    notices, seen = list[Notice](), set[str]()
    for header, name in zip(grid.headers, names, strict=True):
        if not header and any(grid.headers):
            notices.append(Notice(file=grid.file, field=name, message=f"No header; the column is named {name}."))
        elif header and header in seen:
            message = f"The header “{header}” stands there again; this column is named {name}."
            notices.append(Notice(file=grid.file, field=name, message=message))
        seen.add(header)
    return notices


def _remarks(grid: Grid, names: Sequence[str], typed: Sequence[Typed]) -> list[Notice]:
    return [
        Notice(file=grid.file, row=None if at is None else grid.lines[at], field=f"{grid.name}.{name}", message=message)
        for name, column in zip(names, typed, strict=True)
        for at, message in column.remarks
    ]
