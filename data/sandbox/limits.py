"""How much one query may take: seconds, rows, bytes and memory."""

from pydantic import Field

from ..records import Record


class Limits(Record):
    """Caps on one query; a query that reaches one is stopped and says which."""

    seconds: float = Field(default=2.0, gt=0)
    """Wall-clock seconds of one query; 0.5 s later its worker is killed."""
    rows: int = Field(default=1_000, ge=1)
    """Rows of a result; one more and the result is refused as too large."""
    bytes: int = Field(default=1_000_000, ge=1)
    """Bytes of a result: the text of its cells, and 8 for each other cell."""
    memory_mb: int = Field(default=512, ge=16)
    """Megabytes of address space that a worker may take on top of what it needs to start, tables included."""
