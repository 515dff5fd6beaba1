"""Stage `seeds`: plans what is made of which unit: how many examples of which part, and from which random seed.

A unit is a table, or one draw from the documents of a part. The plan is a pure function of the division and the recipe,
a shard is a few units of one part. Units are planned by name, so that one added to the sources changes the plan of no
other one but for how many examples it is to give, and of which levels.
"""

from collections.abc import Sequence

from pydantic import JsonValue

from ...data.records import Record, content_id
from ..recipe import Recipe
from ..stage import Figures, Run, Stage
from ..store import StageFolder

SHARD = 48
"""Examples that a shard plans for, about: what is at stake when a run is killed."""


class Plan(Record):
    """What to make of one unit."""

    shard: str
    """The shard of the later stages that it goes to, like `slice_0-0003`."""
    part: str
    """Part of the unit; `all` where the examples are divided, not the sources."""
    unit: str
    """What examples are made of: a table by its name, a draw from the documents of the part."""
    count: int
    """Examples wanted."""
    seed: int
    """Random seed of this unit."""
    offset: int
    """Examples planned before this unit in its part: where in the rotation of levels it starts, so that many units
    with few examples each are balanced together."""
    levels: tuple[int, ...] = ()
    """Of tables: level of each example in turn, where it is known what the table has; else the recipe's by turns."""


def settings(run: Run) -> JsonValue:
    """How many, the seed, and what the kind looks at to plan."""
    return {
        "seed": run.recipe.seed,
        "count": run.recipe.examples.count,
        "shares": run.recipe.parts.model_dump(),
        "levels": run.kind.levels(run),
    }


def work(run: Run, folder: StageFolder) -> Figures:
    """Plan every unit."""
    units = run.kind.units(run.division, run.recipe)
    plans = folder.shard("plan", Plan, lambda: run.kind.balanced(run, plan(units, run.recipe)))
    return {"examples": sum(item.count for item in plans), "shards": len({item.shard for item in plans})}


def plan(units: Sequence[tuple[str, Sequence[str]]], recipe: Recipe) -> list[Plan]:
    """Share the examples out over the parts, and within a part over its units.

    Args:
        units: Of each part, in the order of the parts; one part `all` where the examples themselves are divided.
        recipe: Says how many, and the shares.
    """
    shares = {**recipe.parts.model_dump(), "all": 1.0}
    counts = spread(recipe.examples.count, [shares[part] for part, _ in units])
    plans = [_part(part, names, n, recipe.seed) for (part, names), n in zip(units, counts, strict=True)]
    return [item for part in plans for item in part]


def _part(part: str, units: Sequence[str], count: int, seed: int) -> list[Plan]:
    # who gets the odd example is chance, not the alphabet
    ordered = sorted(units, key=lambda name: content_id(seed, name))
    plans, planned = [], 0
    for unit, wanted in zip(ordered, spread(count, [1.0] * len(ordered)), strict=True):
        if wanted:
            shard = f"{part}-{planned // SHARD:04d}"
            number = int(content_id("unit", seed, part, unit), 16) % 2**31
            plans.append(Plan(shard=shard, part=part, unit=unit, count=wanted, seed=number, offset=planned))
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


STAGE = Stage("seeds", 3, ("parts",), settings, work)
