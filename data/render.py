"""The text in which a model sees a database: one form for generators, solvers and fine-tuned students.

    t mountains
    c name text | height_m integer | "First ascent" date
    r Mount Everest | 8849 | 1953-05-29

Names stand as SQL must spell them; a missing cell is `null`; a foreign key is a line `k a.x = b.y`.
"""

from .naming import quote
from .records import Cell, Database, Dialect, ForeignKey, Table

CELL = 40
"""Characters of a sample cell that are shown."""
ROOM = 3_000
"""Characters a table may take before sample cells are cut shorter, then sample rows left out; columns never are."""


def render_schema(database: Database, *, sample_rows: int = 3) -> str:
    """Describe every table: its columns with their types, and a few rows; then the foreign keys."""
    blocks = [_table(table, database.dialect, sample_rows) for table in database.tables]
    return "\n".join([*blocks, *(_key(key, database.dialect) for key in database.foreign_keys)])


def _table(table: Table, dialect: Dialect, sample_rows: int) -> str:
    head = f"t {quote(table.name, dialect)}\nc " + " | ".join(
        f"{quote(column.name, dialect)} {column.type}" for column in table.columns
    )
    for width, count in ((CELL, sample_rows), (16, sample_rows), (16, min(1, sample_rows))):
        rows = ["r " + " | ".join(_cell(value, width) for value in row) for row in _samples(table, count)]
        if len(text := "\n".join([head, *rows])) <= ROOM:
            return text
    return head


def _samples(table: Table, count: int) -> list[tuple[Cell, ...]]:
    """Return the first rows among those with the fewest missing cells, in table order."""
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
