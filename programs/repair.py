"""SQL that failed, mended by a model that reads the engine's error."""

import dspy

from ..data.records import Database, Seed
from ..signatures.table_sql import MendQuery
from .asking import aask, ask, chosen, shown
from .protocols import Query
from .sql import ROWS, query_of


class RepairSQL(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Has a model mend a query, given the engine's error.

    Args:
        preset: `default` or `paper`, which ask alike: the paper mends nothing, so `TableQuestions` never calls
            this module with that preset.
    """

    def __init__(self, preset: str = "default") -> None:
        super().__init__()
        self.mend = dspy.Predict(chosen(preset, {"default": MendQuery, "paper": MendQuery}))

    def forward(self, database: Database, seed: Seed, sql: str, error: str) -> Query:
        """Return the query mended, labelled with the level it turned out to be.

        Raises:
            ReplyError: the reply cannot be read, or holds no SQL.
            ConfigError: there is no model to ask.
        """
        return query_of(ask(self.mend, _inputs(database, seed, sql, error), "mended SQL"), database)

    async def aforward(self, database: Database, seed: Seed, sql: str, error: str) -> Query:
        """Return the query mended, without blocking; raises what `forward` raises."""
        return query_of(await aask(self.mend, _inputs(database, seed, sql, error), "mended SQL"), database)


def _inputs(database: Database, seed: Seed, sql: str, error: str) -> dict[str, str]:
    return {
        "table": shown(database, seed.source_ids, sample_rows=ROWS),
        "fact": seed.text,
        "dialect": database.dialect,
        "failed_sql": sql,
        "error": error,
    }
