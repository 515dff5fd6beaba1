"""Records, sources in, datasets out, the SQL sandbox and the comparison of results."""

from .records import (
    Attempt,
    Cell,
    Column,
    Database,
    Execution,
    ForeignKey,
    Notice,
    Provenance,
    ResultTable,
    Seed,
    SQLAnswer,
    SQLExample,
    Table,
    Try,
    Verdict,
    content_id,
)

__all__ = [
    "Attempt",
    "Cell",
    "Column",
    "Database",
    "Execution",
    "ForeignKey",
    "Notice",
    "Provenance",
    "ResultTable",
    "SQLAnswer",
    "SQLExample",
    "Seed",
    "Table",
    "Try",
    "Verdict",
    "content_id",
]
