"""Facts of a table, stated by a model."""

from typing import Any

import dspy

from ..data.records import Database, Seed
from ..errors import ReplyError
from ..signatures.paper import StateInteresting
from ..signatures.table_seeds import LEVELS_IN_WORDS, StateFact
from .asking import chosen, line, replying, shown
from .protocols import Used

RECENT = 12
"""Earlier facts and columns that the prompt names; more would fill it without steering the model any better."""


class ProposeFact(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Has a model state a fact of one table.

    Args:
        preset: `default`, or `paper`: an interesting statement, whatever its level and what came before.
    """

    def __init__(self, preset: str = "default") -> None:
        super().__init__()
        self.preset = preset
        self.state = dspy.Predict(chosen(preset, {"default": StateFact, "paper": StateInteresting}))

    def forward(self, database: Database, table: str, *, rng: int, level: int = 1, used: Used | None = None) -> Seed:
        """Return a fact meant to be of this level; the same `rng` asks for the same reply.

        Raises:
            ReplyError: the reply cannot be read, or holds no fact.
        """
        with replying("a fact"):
            reply = self.state(**self._inputs(database, table, level, used or Used()), config={"rollout_id": rng})
        return _seed(database, table, reply)

    async def aforward(
        self, database: Database, table: str, *, rng: int, level: int = 1, used: Used | None = None
    ) -> Seed:
        """Return a fact, without blocking; raises ReplyError as `forward` does."""
        with replying("a fact"):
            inputs = self._inputs(database, table, level, used or Used())
            reply = await self.state.acall(**inputs, config={"rollout_id": rng})
        return _seed(database, table, reply)

    def _inputs(self, database: Database, table: str, level: int, used: Used) -> dict[str, Any]:
        inputs: dict[str, Any] = {"table": shown(database, (table,))}
        if self.preset == "paper":
            return inputs
        return inputs | {
            "level": LEVELS_IN_WORDS[level],
            "earlier_facts": list(used.texts[-RECENT:]),
            "used_columns": list(dict.fromkeys(used.columns[::-1]))[:RECENT],
        }


def _seed(database: Database, table: str, reply: Any) -> Seed:
    found = database.table(table)
    names = {column.name.casefold(): column.name for column in found.columns}
    named = [str(name).strip().strip('"`').casefold() for name in reply.get("columns") or []]
    columns = tuple(dict.fromkeys(names[name] for name in named if name in names))
    if named and not columns:
        raise ReplyError(f"The model's fact rests on no column of table {found.name}.")
    return Seed(kind="model", text=line(reply.fact, "fact"), source_ids=(found.name,), columns=columns)
