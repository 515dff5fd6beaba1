"""Stage `seeds`: plans what is made of which table: how many examples of which part, and from which random seed.

The plan is a pure function of the division and the recipe, a shard is a few tables of one part. Tables are planned by
name, so that a table added to the sources changes the plan of no other one but for its number of examples.
"""

from collections.abc import Sequence

from pydantic import JsonValue

from ...data.parts import PARTS, Division
from ...data.records import Record, content_id
from ..recipe import Recipe
from ..stage import Figures, Run, Stage
from ..store import StageFolder

SHARD = 48
"""Examples that a shard plans for, about: what is at stake when a run is killed."""


class Plan(Record):
    """What to make of one table."""

    shard: str
    """The shard of the later stages that it goes to, like `slice_0-0003`."""
    part: str
    """Part of the table; `all` where the examples are divided by query, not by table."""
    table: str
    count: int
    """Examples wanted."""
    seed: int
    """Random seed of this table."""
    offset: int
    """Examples planned before this table in its part: where in the rotation of levels it starts, so that many tables
    with few examples each are balanced together."""


def settings(run: Run) -> JsonValue:
    """How many, and the seed."""
    return {"seed": run.recipe.seed, "count": run.recipe.examples.count, "shares": run.recipe.parts.model_dump()}


def work(run: Run, folder: StageFolder) -> Figures:
    """Plan every table."""
    plans = folder.shard("plan", Plan, lambda: plan(run.division, run.recipe))
    return {"examples": sum(item.count for item in plans), "shards": len({item.shard for item in plans})}


def plan(division: Division, recipe: Recipe) -> list[Plan]:
    """Share the examples out over the parts, and within a part over its tables."""
    if division.by == "skeleton":
        return _part("all", division.names, recipe.examples.count, recipe.seed)
    shares = recipe.parts.model_dump()
    counts = spread(recipe.examples.count, [shares[part] for part in PARTS])
    plans = [_part(part, division.tables(part), n, recipe.seed) for part, n in zip(PARTS, counts, strict=True)]
    return [item for part in plans for item in part]


def _part(part: str, tables: Sequence[str], count: int, seed: int) -> list[Plan]:
    # who gets the odd example is chance, not the alphabet
    ordered = sorted(tables, key=lambda name: content_id(seed, name))
    plans, planned = [], 0
    for table, wanted in zip(ordered, spread(count, [1.0] * len(ordered)), strict=True):
        if wanted:
            shard = f"{part}-{planned // SHARD:04d}"
            number = int(content_id("table", seed, part, table), 16) % 2**31
            plans.append(Plan(shard=shard, part=part, table=table, count=wanted, seed=number, offset=planned))
            planned += wanted
    return plans


def spread(count: int, weights: Sequence[float]) -> list[int]:
    """Share a number out in whole parts close to the weights; the parts sum to it.

    >>> spread(10, [0.2, 0.4, 0.4]), spread(4, [1.0, 1.0, 1.0])
    ([2, 4, 4], [1, 1, 2])
    """
    total, given, parts = sum(weights) or 1.0, 0, []
    reached = 0.0
    for weight in weights:
        reached += weight
        parts.append(round(count * reached / total) - given)
        given += parts[-1]
    return parts


STAGE = Stage("seeds", 1, ("parts",), settings, work)
