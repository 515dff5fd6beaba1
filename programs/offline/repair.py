"""Repair of SQL without a model: there is none, so the example ends with the engine's error."""

import dspy

from ...data.records import Database, Seed
from ...errors import ReplyError
from ..protocols import Query


class OfflineRepair(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Stands where a model would mend SQL that failed; always raises ReplyError."""

    def forward(self, database: Database, seed: Seed, sql: str, error: str) -> Query:
        """Raise ReplyError with the engine's error."""
        raise ReplyError(f"the offline grammar cannot mend its SQL: {error}")

    async def aforward(self, database: Database, seed: Seed, sql: str, error: str) -> Query:
        """Raise ReplyError with the engine's error."""
        return self.forward(database, seed, sql, error)
