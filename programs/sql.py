"""SQL about a fact, written by a model."""

from typing import Any

import dspy

from ..data.records import Database, Seed
from ..data.sqlshape import level_of
from ..signatures.paper import WriteQueryZeroShot
from ..signatures.table_seeds import LEVELS_IN_WORDS
from ..signatures.table_sql import WriteQuery
from .asking import chosen, replying, shown
from .protocols import Query


class WriteSQL(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Has a model write a query about a seed.

    Args:
        preset: `default`, or `paper`: from table and statement alone, whatever the level.
    """

    def __init__(self, preset: str = "default") -> None:
        super().__init__()
        self.preset = preset
        self.write = dspy.Predict(chosen(preset, {"default": WriteQuery, "paper": WriteQueryZeroShot}))

    def forward(self, database: Database, seed: Seed, *, level: int, rng: int) -> Query:
        """Return a query meant to be of this level, labelled with the level it turned out to be.

        Raises:
            ReplyError: the reply cannot be read, or holds no SQL.
        """
        with replying("SQL"):
            reply = self.write(**self._inputs(database, seed, level), config={"rollout_id": rng})
        return query_of(reply, database)

    async def aforward(self, database: Database, seed: Seed, *, level: int, rng: int) -> Query:
        """Return a query, without blocking; raises ReplyError as `forward` does."""
        with replying("SQL"):
            reply = await self.write.acall(**self._inputs(database, seed, level), config={"rollout_id": rng})
        return query_of(reply, database)

    def _inputs(self, database: Database, seed: Seed, level: int) -> dict[str, Any]:
        inputs = {"table": shown(database, seed.source_ids), "fact": seed.text}
        if self.preset == "paper":
            return inputs
        return inputs | {"level": LEVELS_IN_WORDS[level], "dialect": database.dialect}


def query_of(reply: Any, database: Database) -> Query:
    """Return the query of a reply, at the level its SQL shows."""
    sql: str = reply.query.sql
    reasoning = " ".join((reply.get("reasoning") or "").split())
    return Query(sql=sql, level=level_of(sql, database.dialect), reasoning=reasoning)
