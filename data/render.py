"""The text in which a model sees a database: one form for generators, solvers and fine-tuned students.

    t mountains
    c name text | height_m integer | "First ascent" date
    r Mount Everest | 8849 | 1953-05-29

Names stand as SQL must spell them; a missing cell is `null`; a foreign key is a line `k a.x = b.y`.
"""

from collections.abc import Iterator

from .naming import identifier, quote
from .records import Cell, Column, Database, Dialect, ForeignKey, Table

CELL = 40
"""Characters of a sample cell that are shown."""
NARROW = 16
"""Characters of a sample cell that are shown where a table takes too much room."""
ROOM = 3_000
"""Characters a table may take before it is shown with fewer rows and shorter cells; columns are never left out."""


def render_schema(database: Database, *, sample_rows: int = 3) -> str:
    """Describe every table: its columns with their types, and a few rows; then the foreign keys.

    Args:
        database: What to describe; `Database.only` restricts it.
        sample_rows: Rows to show of each table: the first ones among those with the fewest missing cells.
    """
    blocks = [_table(table, database.dialect, sample_rows) for table in database.tables]
    return "\n".join([*blocks, *(_key(key, database.dialect) for key in database.foreign_keys)])


def describe_origin(database: Database) -> str:
    """Tell what the source calls its tables and columns, where the names used in SQL do not show it; for wording.

    One line a table, `mountains: List of highest mountains`, and one a column, `mountains.height_m: Height (m)`.
    """
    return "\n".join(line for table in database.tables for line in _origin(table))


def _origin(table: Table) -> Iterator[str]:
    if _says_more(table.title, table.name):
        yield f"{table.name}: {table.title}"
    for column in table.columns:
        if told := _called(column):
            yield f"{table.name}.{column.name}: {told}"


def _called(column: Column) -> str:
    header = column.header if _says_more(column.header, column.name) else ""
    unit = f"in {column.unit}" if column.unit and column.unit not in header else ""
    return ", ".join(part for part in (header, unit) if part)


def _says_more(text: str, name: str) -> bool:
    """Tell whether a header or title holds more than the identifier made of it: signs, brackets, other words."""
    plain = text.replace("_", " ").replace(" ", "").isalnum()
    return bool(text.strip()) and not (plain and identifier(text) == name.casefold())


def _table(table: Table, dialect: Dialect, sample_rows: int) -> str:
    head = f"t {quote(table.name, dialect)}\nc " + " | ".join(
        f"{quote(column.name, dialect)} {column.type}" for column in table.columns
    )
    for width, count in _sizes(sample_rows):
        rows = ["r " + " | ".join(_cell(value, width) for value in row) for row in _samples(table, count)]
        if len(text := "\n".join([head, *rows])) <= ROOM:
            return text
    return head


def _sizes(sample_rows: int) -> Iterator[tuple[int, int]]:
    """Yield widths of cells and numbers of rows, from what is asked for down to the least that tells anything."""
    while sample_rows > 3:
        yield CELL, sample_rows
        sample_rows = max(3, sample_rows // 2)
    yield from ((CELL, sample_rows), (NARROW, sample_rows), (NARROW, min(1, sample_rows)))


def _samples(table: Table, count: int) -> list[tuple[Cell, ...]]:
    """Return the first rows among those with the fewest missing cells, in table order."""
    full: list[tuple[Cell, ...]] = []
    for row in table.rows:  # most tables have rows enough without a gap near the top
        if len(full) == count:
            return full
        if None not in row:
            full.append(row)
    ranked = sorted(range(len(table.rows)), key=lambda at: (sum(value is None for value in table.rows[at]), at))
    return [table.rows[at] for at in sorted(ranked[:count])]


def _cell(value: Cell, width: int) -> str:
    if value is None:
        return "null"
    text = " ".join(str(value).split())
    return text[:width]


def _key(key: ForeignKey, dialect: Dialect) -> str:
    here, there = quote(key.table, dialect), quote(key.ref_table, dialect)
    pairs = zip(key.columns, key.ref_columns, strict=True)
    return "k " + " and ".join(f"{here}.{quote(a, dialect)} = {there}.{quote(b, dialect)}" for a, b in pairs)
