"""Facts of a table without a model: extremes, counts, groups, outliers, lookups, found by statistics of its columns."""

import random
from collections import Counter
from typing import Literal, get_args

import dspy

from ...data.records import Database, Seed
from ...errors import ConfigError, ReplyError
from ..protocols import Used
from .facts import fact
from .frames import Frame
from .grammar.pool import Pool
from .grammar.write import write
from .reading import Reading, reading
from .shapes import BUILDERS, WEIGHTS, shapes_of_level

Strategy = Literal["uniform", "statistics", "coverage"]


class FactSeeds(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Finds one fact of a table, by strategy.

    `uniform`: any shape and column alike; `statistics`: shapes as a person would ask them, columns as they suit;
    `coverage`: shapes and columns that `used` does not hold come first.
    """

    def __init__(self, strategy: Strategy = "statistics") -> None:
        super().__init__()
        if strategy not in get_args(Strategy):
            raise ConfigError(f"There is no strategy {strategy!r}; the strategies are {', '.join(get_args(Strategy))}.")
        self.strategy = strategy

    @property
    def heedless(self) -> bool:
        """Whether facts are found without a look at what was used before: many may be looked for at a time."""
        return self.strategy != "coverage"

    def forward(self, database: Database, table: str, *, rng: int, level: int = 1, used: Used | None = None) -> Seed:
        """Return a fact of this level.

        Raises:
            ReplyError: the table has none.
        """
        choice = random.Random(f"seed {rng} {level}")
        read = reading(database, table)
        shapes = self._shapes(choice, level, used or Used())
        for shape in shapes:
            frame = BUILDERS[shape](Pool(read, choice, self._wanted(read, choice, used or Used())))
            if frame is not None:
                return _seed(read, frame, shape, database)
        raise ReplyError(f"no fact of level {level} in table {table}")

    async def aforward(
        self, database: Database, table: str, *, rng: int, level: int = 1, used: Used | None = None
    ) -> Seed:
        """Return a fact of this level; raises ReplyError if the table has none."""
        return self.forward(database, table, rng=rng, level=level, used=used)

    def _shapes(self, choice: random.Random, level: int, used: Used) -> list[str]:
        weights = {
            shape: 1.0 if self.strategy == "uniform" else WEIGHTS.get(shape, 1.0) for shape in shapes_of_level(level)
        }
        order = sorted(weights, key=lambda shape: -(choice.random() ** (1 / weights[shape])))
        if self.strategy == "coverage":
            times = Counter(used.shapes)
            order.sort(key=lambda shape: times[shape])
        return order

    def _wanted(self, read: Reading, choice: random.Random, used: Used) -> tuple[str, ...]:
        if self.strategy != "coverage":
            return ()
        times = Counter(used.columns)
        names = [term.name for term in read.usable()]
        least = min((times[name] for name in names), default=0)
        return tuple(name for name in names if times[name] == least)


def _seed(read: Reading, frame: Frame, shape: str, database: Database) -> Seed:
    kind, text = fact(read, frame, shape)
    return Seed(
        kind=kind, text=text, source_ids=(read.table.name,), query=write(frame, database.dialect), columns=frame.columns
    )
