"""Finds the table in the records of a sheet or delimited file: title lines, header, blank and ragged rows, footers."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ...errors import SourceError
from ..records import Notice
from .grid import SHOWN, Grid, Raw, check_length, check_width, listed, plural, shown
from .numbers import looks_numeric

Record = tuple[int, tuple[Raw, ...]]
"""A line number and the cells of that record, as many as it has."""

_LOOKED_AT = 500
_TITLE_LINES = 20
_FOOTER = re.compile(r"\s*(sources?\b|notes?\b|quelle\b|©|\*|†|‡|\[)", re.IGNORECASE)
_YEAR = re.compile(r"(1[5-9]|20)\d\d")


def lay_out(file: str, name: str, title: str, records: Sequence[Record]) -> Grid:
    """Make a grid of raw records.

    Args:
        file: what notices and errors call the source.
        name: identifier of the table.
        title: what the source calls it; a title line before the header takes its place.
        records: all records of the file, blank ones included.

    Raises:
        SourceError: there is no header, no row under it, or more than 2,000 columns.
        ConfigError: more than 1,000,000 rows.
    """
    filled = [record for record in records if not all(map(_empty, record[1]))]
    if not filled:
        raise SourceError(f"{file}: the file is empty: there is neither a header nor a row.")
    at = _header_index(filled)
    titles = _title_notices(file, filled[:at])
    line, headers = filled[at]
    body = filled[at + 1 :]
    if not at and _is_data(filled):
        titles = [Notice(file=file, row=line, message="There is no header; columns are named by their position.")]
        headers, body = ("",) * len(headers), filled
    blank = sorted({at for at, _ in records} - {at for at, _ in filled})
    body, footers = _without_footers(file, body, frozenset(blank))
    if not body:
        raise SourceError(f"{file}, line {line}: there is a header ({shown(headers)}) but no row under it.")
    title = next((str(cell) for _, cells in filled[:at] for cell in cells if not _empty(cell)), title)
    notices = [*titles, *footers, *_blank_notices(file, [at for at in blank if line < at < filled[-1][0]])]
    return even(Grid(file, name, title, _texts(headers), (), (), notices=tuple(notices)), line, body)


def _empty(cell: Raw) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _texts(cells: Sequence[Raw]) -> tuple[str, ...]:
    """Headers on one line: line breaks and repeated blanks inside them become one blank."""
    return tuple("" if cell is None else " ".join(str(cell).split()) for cell in cells)


def filled_cells(record: Record) -> int:
    """Count the cells of a record that are not blank."""
    return sum(not _empty(cell) for cell in record[1])


def _header_index(filled: Sequence[Record]) -> int:
    """Find the first record that is as wide as the table; records of one or two cells before it are titles."""
    counts = [filled_cells(record) for record in filled[:_LOOKED_AT]]
    usual = Counter(counts).most_common(1)[0][0]
    if usual < 3 and max(len(cells) for _, cells in filled[:_LOOKED_AT]) < 3:
        # Two columns: only a line without any delimiter can be a title.
        wide = Counter(len(cells) for _, cells in filled[:_LOOKED_AT]).most_common(1)[0][0]
        return next((at for at, (_, cells) in enumerate(filled[:_TITLE_LINES]) if len(cells) >= wide), 0)
    narrow = max(1, usual // 5)
    at = next((at for at, count in enumerate(counts[:_TITLE_LINES]) if count > narrow), 0)
    return at if counts[at] >= 0.6 * usual else 0


def _title_notices(file: str, titles: Sequence[Record]) -> list[Notice]:
    return [
        Notice(file=file, row=line, message=f"A line before the header was read as a title: “{shown(cells)}”.")
        for line, cells in titles
    ]


def _is_data(filled: Sequence[Record]) -> bool:
    """Tell whether the first record is a row: it has a number that is no year, and a number wherever others have."""
    first, others = filled[0][1], filled[1:_LOOKED_AT]
    numeric = 0
    for at, cell in enumerate(first):
        column = [cells[at] for _, cells in others if at < len(cells) and not _empty(cells[at])]
        share = sum(looks_numeric(value) for value in column) / max(1, len(column))
        if share > 0.9 and column:
            if not looks_numeric(cell) or _YEAR.fullmatch(str(cell)):
                return False
            numeric += 1
        elif isinstance(cell, str) and cell and cell in column:
            continue
    return numeric > 0


def _without_footers(file: str, body: Sequence[Record], blank: frozenset[int]) -> tuple[list[Record], list[Notice]]:
    """Take off last lines of one cell that follow a blank line or begin like a source or a note."""
    kept, notices = list(body), list[Notice]()
    usual = Counter(map(filled_cells, body[:_LOOKED_AT])).most_common(1)[0][0] if body else 0
    while len(kept) > 1 and usual >= 3 and filled_cells(kept[-1]) == 1 and not _empty(kept[-1][1][0]):
        line, cells = kept[-1]
        if not (any(at in blank for at in range(kept[-2][0] + 1, line)) or _FOOTER.match(str(cells[0]))):
            break
        kept.pop()
        notices.append(Notice(file=file, row=line, message=f"A line under the table was left out: “{shown(cells)}”."))
    return kept, notices[::-1]


def _blank_notices(file: str, lines: Sequence[int]) -> list[Notice]:
    """Report blank records between the header and the last row; those at the end of a file are how files end."""
    return [Notice(file=file, row=lines[0], message=f"Blank: {listed(lines)}; left out.")] if lines else []


def even(grid: Grid, line: int, body: Sequence[Record]) -> Grid:
    """Give every row the width of the header: short ones are filled up, too long ones left out, all reported."""
    width = _width(grid.headers, body)
    check_width(grid.file, width, line)
    check_length(grid.file, grid.name, len(body))
    long = [record for record in body if len(record[1]) > width and _used(record[1]) > width]
    short = [at for at, cells in body if len(cells) < width]
    outside = {at for at, _ in long}
    rows = [(at, (*cells[:width], *(None,) * (width - len(cells)))) for at, cells in body if at not in outside]
    notices = list(grid.notices)
    if width > len(grid.headers):
        message = f"Rows have {width} cells, the header {len(grid.headers)}; the others are named by their position."
        notices.append(Notice(file=grid.file, row=line, message=message))
    if width < len(grid.headers):
        message = f"{plural(len(grid.headers) - width, 'column')} without header and values at the end; left out."
        notices.append(Notice(file=grid.file, row=line, message=message))
    if short:
        message = f"Too few cells ({width} expected): {listed(short)}; the missing ones became NULL."
        notices.append(Notice(file=grid.file, row=short[0], message=message))
    headers = (*grid.headers[:width], *("",) * (width - len(grid.headers)))
    return replace(
        grid,
        headers=headers,
        rows=tuple(cells for _, cells in rows),
        lines=tuple(at for at, _ in rows),
        notices=tuple(notices + _long_notices(grid.file, width, long)),
    )


def _used(cells: Sequence[Raw]) -> int:
    """Count the cells of a row up to the last that is not blank."""
    return next((at for at in range(len(cells), 0, -1) if not _empty(cells[at - 1])), 0)


def _width(headers: Sequence[str], body: Sequence[Record]) -> int:
    """Columns of the table: those of the header without an empty tail, or of most rows where these have more."""
    used = [_used(cells) for _, cells in body]
    named = max((at for at, header in enumerate(headers, 1) if header), default=0)
    within = max((count for count in used if count <= len(headers)), default=0)
    usual = max(named, within)
    wider = [count for count in used if count > usual]
    # A stray delimiter makes a few rows too long; a tenth of all means that the header is too short.
    return max(wider) if len(wider) > max(1, len(body) // 10) else usual


def _long_notices(file: str, width: int, long: Sequence[Record]) -> list[Notice]:
    notices = [
        Notice(file=file, row=line, message=f"Left out: {len(cells)} cells, {width} expected: {shown(cells)}.")
        for line, cells in long[:SHOWN]
    ]
    if len(long) > SHOWN:
        lines = [line for line, _ in long[SHOWN:]]
        message = f"Left out because of too many cells: {plural(len(lines), 'more row')} ({listed(lines)})."
        notices.append(Notice(file=file, row=lines[0], message=message))
    return notices
