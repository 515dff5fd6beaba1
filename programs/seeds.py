"""Facts of a table, stated by a model."""

from typing import Any

import dspy

from ..data.records import Database, Seed
from ..errors import ReplyError
from ..signatures.paper import StateInteresting
from ..signatures.table_seeds import LEVELS_IN_WORDS, StateFact
from .asking import aask, ask, chosen, line, origin, shown
from .protocols import Used

RECENT = 12
"""Earlier facts and columns that the prompt names; more would fill it without steering the model any better."""
ROWS = 12
"""Sample rows that the prompt shows: three do not tell what is worth knowing."""


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
            ConfigError: there is no model to ask.
        """
        inputs = self._inputs(database, table, level, used or Used())
        return _seed(database, table, ask(self.state, inputs, "a fact", rollout=rng))

    async def aforward(
        self, database: Database, table: str, *, rng: int, level: int = 1, used: Used | None = None
    ) -> Seed:
        """Return a fact, without blocking; raises what `forward` raises."""
        inputs = self._inputs(database, table, level, used or Used())
        return _seed(database, table, await aask(self.state, inputs, "a fact", rollout=rng))

    def _inputs(self, database: Database, table: str, level: int, used: Used) -> dict[str, Any]:
        inputs: dict[str, Any] = {"table": shown(database, (table,), sample_rows=ROWS)}
        if self.preset == "paper":
            return inputs
        return inputs | {
            "about": origin(database, (table,)),
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
