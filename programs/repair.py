"""SQL that failed, mended by a model that reads the engine's error."""

import dspy

from ..data.records import Database, Seed
from ..signatures.table_sql import MendQuery
from .asking import chosen, replying, shown
from .protocols import Query
from .sql import query_of


class RepairSQL(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Has a model mend a query, given the engine's error.

    Args:
        preset: `default` or `paper`, which ask alike: the paper mends nothing, so for its way give
            `TableQuestions` `repairs=0`.
    """

    def __init__(self, preset: str = "default") -> None:
        super().__init__()
        self.mend = dspy.Predict(chosen(preset, {"default": MendQuery, "paper": MendQuery}))

    def forward(self, database: Database, seed: Seed, sql: str, error: str) -> Query:
        """Return the query mended, labelled with the level it turned out to be.

        Raises:
            ReplyError: the reply cannot be read, or holds no SQL.
        """
        with replying("mended SQL"):
            reply = self.mend(**_inputs(database, seed, sql, error))
        return query_of(reply, database)

    async def aforward(self, database: Database, seed: Seed, sql: str, error: str) -> Query:
        """Return the query mended, without blocking; raises ReplyError as `forward` does."""
        with replying("mended SQL"):
            reply = await self.mend.acall(**_inputs(database, seed, sql, error))
        return query_of(reply, database)


def _inputs(database: Database, seed: Seed, sql: str, error: str) -> dict[str, str]:
    return {
        "table": shown(database, seed.source_ids),
        "fact": seed.text,
        "dialect": database.dialect,
        "failed_sql": sql,
        "error": error,
    }
