r"""Counts replies of a local student that change with what they are made beside; exit code 1 if any does.

    python benchmarks/same_replies.py

The same tries (offline questions on the samples, each with a seed of its own) are asked with other numbers of them
waiting, with other batch sizes and in two processes. Each is compared with 64 waiting in one process. The first column
leaves a token that hangs on rounding to the batch, the second chooses it from the row read alone, as runs do.
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from source2synth.backends import make_lm
from source2synth.backends.local import sampling
from source2synth.backends.local.asks import Ask, Reply
from source2synth.backends.local.crew import Crew
from source2synth.data import read_database
from source2synth.data.records import STYLES
from source2synth.optimizers.training import training_rows
from source2synth.programs import SQLReasoner, TableQuestions

TABLES = Path(__file__).parents[1] / "data" / "samples" / "tables"
MODEL = "tiny"


class Way(NamedTuple):
    """How the tries are asked."""

    waiting: int
    batch: int = 128
    processes: int = 1


BASE = Way(64)
WAYS = (Way(128), Way(17), Way(3), Way(200, batch=33), Way(64, processes=2))


def main(argv: Sequence[str] | None = None) -> None:
    """Ask in every way, with and without the mend, and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=400)
    parser.add_argument("--k", type=int, default=8, help="tries of each prompt")
    parser.add_argument("--temperature", type=float, default=1.0)
    options = parser.parse_args(argv)
    asks = asks_of(options.prompts, options.k, options.temperature)
    left, mended = differing(asks, 0.0), differing(asks, sampling.ROUNDING)
    print(f"Of {len(asks):,} replies differ from those with {BASE.waiting} waiting:\n")
    print("| waiting | rows of a batch | processes | left to the batch | read alone |\n|---|---|---|---|---|")
    for way in WAYS:
        print(f"| {way.waiting} | {way.batch} | {way.processes} | {left.get(way, '')} | {mended[way]} |")
    raise SystemExit(int(any(mended.values())))


def asks_of(prompts: int, k: int, temperature: float) -> list[Ask]:
    """Return the tries of offline questions, as the student is asked them."""
    database = read_database(TABLES)
    made = TableQuestions.offline().many(database, prompts, seed=1, levels=(1, 2, 3, 4), styles=STYLES)
    rows, _ = training_rows(SQLReasoner().as_student(), make_lm(MODEL), made, database)
    turns = [tuple((turn["role"], turn["content"]) for turn in row["messages"][:-1]) for row in rows]
    return [Ask(MODEL, one, 128, temperature, 1.0, seed) for one in turns for seed in range(k)]


def differing(asks: Sequence[Ask], rounding: float) -> dict[Way, int]:
    """Count for each way the replies that are not those of `BASE`."""
    # Helpers are processes of their own and keep the mend, so that the first column has nothing of theirs.
    ways = [way for way in WAYS if rounding or way.processes == 1]
    usual, sampling.ROUNDING = sampling.ROUNDING, rounding
    try:
        base = replies(asks, BASE)
        return {way: sum(a != b for a, b in zip(base, replies(asks, way), strict=True)) for way in ways}
    finally:
        sampling.ROUNDING = usual


def replies(asks: Sequence[Ask], way: Way) -> list[str]:
    """Ask one way."""
    crew = Crew(most=way.processes, batch=way.batch)

    async def all_of_them() -> list[Reply]:
        places = asyncio.Semaphore(way.waiting)

        async def one(ask: Ask) -> Reply:
            async with places:
                return await asyncio.wrap_future(crew.submit(ask))  # type: ignore[no-any-return]  # or scores, to others

        await one(asks[0])
        crew.start(MODEL, way.processes - 1)
        crew.wait()
        return await asyncio.gather(*map(one, asks))

    try:
        return [reply.text for reply in asyncio.run(all_of_them())]
    finally:
        crew.close()


if __name__ == "__main__":
    main()
