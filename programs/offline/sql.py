"""SQL from a grammar over the table: frames built around a seed's columns, written as sqlglot trees."""

import random

import dspy

from ...data.records import Database, Seed
from ...data.sqlshape import LEVELS, level_of, shape_of
from ...errors import ReplyError
from ..protocols import Query
from .grammar.pool import Pool
from .grammar.write import write
from .reading import reading
from .shapes import BUILDERS, SHAPES, WEIGHTS, shapes_of_level


class GrammarSQL(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Writes a query of the wanted level about a seed: the seed's own where it has one, else one over its columns."""

    def __init__(self, shapes: tuple[str, ...] | None = None) -> None:
        super().__init__()
        self.shapes = tuple(shape for shape in SHAPES if shapes is None or shape in shapes)

    def forward(self, database: Database, seed: Seed, *, level: int, rng: int) -> Query:
        """Return a query about the seed.

        Raises:
            ReplyError: the grammar has no query of this level for the table.
        """
        if (
            seed.query is not None
            and LEVELS[shape := shape_of(seed.query, database.dialect)] == level
            and shape in self.shapes
        ):
            return Query(sql=seed.query, level=level, reasoning=seed.text)
        choice = random.Random(f"sql {rng} {level}")
        pool = Pool(reading(database, seed.source_ids[0]), choice, seed.columns)
        shapes = shapes_of_level(level, self.shapes)
        for shape in sorted(shapes, key=lambda shape: -(choice.random() ** (1 / WEIGHTS.get(shape, 1.0)))):
            frame = BUILDERS[shape](pool)
            if frame is not None:
                sql = write(frame, database.dialect)
                return Query(sql=sql, level=level_of(sql, database.dialect), reasoning=seed.text)
        raise ReplyError(f"the grammar has no query of level {level} for table {seed.source_ids[0]}")

    async def aforward(self, database: Database, seed: Seed, *, level: int, rng: int) -> Query:
        """Return a query about the seed; raises ReplyError if there is none."""
        return self.forward(database, seed, level=level, rng=rng)
