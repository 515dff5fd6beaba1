"""Stage `examples`: made unit by unit (table, draw of documents), each inside its part.

Every go at an example is written down, those that failed with the verdict that says where they ended.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import groupby
from typing import Any

from pydantic import JsonValue

from ...data.parts import PARTS
from ...data.records import Part
from ...errors import ConfigError
from ..flight import Flight
from ..programs import compiled_id, program_of
from ..stage import Figures, Run, Stage
from ..store import StageFolder
from ..turns import is_offline
from .seeds import Plan


def settings(run: Run) -> JsonValue:
    """Everything about the generator, and which model a caller put in its place."""
    from ...backends.reply_keys import model_identity

    given = run.given.get("generator")
    model = given.model if given is not None else run.recipe.generator.model
    asked = {name: value for name, value in run.recipe.generator.identity.items() if name not in run.kind.unused}
    compiled = compiled_id(run)
    return {**asked, "model": model_identity(model), **({"programs": compiled} if compiled else {})}


def work(run: Run, folder: StageFolder) -> Figures:
    """Make the examples of every shard, those of a language model many units at a time; ConfigError if none came."""
    plans = run.folders["seeds"].read(Plan)
    wanted, made = sum(plan.count for plan in plans), 0
    shards = {shard: list(rows) for shard, rows in groupby(plans, key=lambda plan: plan.shard)}
    here = set(folder.shards())
    missing = {shard: rows for shard, rows in shards.items() if shard not in here}
    with _speaking(run), _makers(run, missing) as makers:
        for shard in shards:
            attempts = folder.shard(shard, run.kind.attempt, lambda shard=shard: makers[shard]())  # type: ignore[misc]  # bound at once
            made += sum(attempt.example is not None for attempt in attempts)
            run.say("advanced", "examples", done=made, total=wanted, unit="examples")
    attempts = folder.read(run.kind.attempt)
    if plans and not made:
        raise ConfigError(f"{_none_made(attempts)} {run.kind.mend}")
    return _figures(run, attempts, wanted)


def _none_made(attempts: Sequence[Any]) -> str:
    """Say what most goes ended with, where not one led to an example."""
    ends = Counter((one.verdict.check, one.verdict.reason) for one in attempts if one.verdict is not None)
    ((check, reason), times), *_ = ends.most_common(1) or [(("seed", "nothing was tried"), 0)]
    return (
        f"The sources gave no example at all: {len(attempts)} goes, {times} of them ended at `{check}` with: "
        f"{reason.rstrip('.')}."
    )


@contextmanager
def _makers(run: Run, shards: dict[str, list[Plan]]) -> Iterator[dict[str, Callable[[], list[Any]]]]:
    """Give what makes each shard: in turn without a model, with one ahead and many units at a time."""
    program = program_of(run)
    if is_offline(run):
        kind = run.kind
        yield {
            shard: lambda rows=rows: [a for plan in rows for a in kind.attempts(run, program, plan)]  # type: ignore[misc]  # bound at once
            for shard, rows in shards.items()
        }
        return

    async def unit(plan: Plan) -> list[Any]:
        if not _awaits(run.generator):
            return await asyncio.to_thread(lambda: list(run.kind.attempts(run, program, plan)))
        return [attempt async for attempt in run.kind.aattempts(run, program, plan)]

    with Flight(run.recipe.generator.concurrency, run.generator) as flight:
        ahead = {shard: [flight.submit(partial(unit, plan)) for plan in rows] for shard, rows in shards.items()}
        yield {shard: lambda made=made: [a for one in made for a in one.result()] for shard, made in ahead.items()}  # type: ignore[misc]  # bound at once


def _awaits(lm: Any) -> bool:
    """Tell whether a model can be asked without blocking: a caller's own engine may have no such way."""
    return isinstance(lm.engine, str) or getattr(lm, "_async_engine_spec", None) is not None


def _speaking(run: Run) -> AbstractContextManager[None]:
    from ...backends import speaking

    return nullcontext() if is_offline(run) else speaking(run.generator)


def _figures(run: Run, attempts: list[Any], wanted: int) -> Figures:
    made = [attempt.example for attempt in attempts if attempt.example is not None]
    examples = {example.id: example for example in made}.values()
    failed = Counter(attempt.verdict.check for attempt in attempts if attempt.verdict is not None)
    failed["made_twice"] = len(made) - len(examples)
    return {
        "wanted": wanted,
        **run.kind.written(attempts, list(examples)),
        "examples": len(examples),
        "failed": {check: count for check, count in sorted(failed.items()) if count},
    }


def load_examples(run: Run) -> dict[Part, list[Any]]:
    """Return all examples by part, each once, in id order."""
    attempts = run.folders["examples"].read(run.kind.attempt)
    found = {example.id: example for attempt in attempts if (example := attempt.example)}
    parts: dict[Part, list[Any]] = {part: [] for part in PARTS}
    for _, example in sorted(found.items()):
        parts[run.division.part_of(example)].append(example)
    return parts


STAGE = Stage("examples", 3, ("seeds",), settings, work)
