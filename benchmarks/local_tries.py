r"""Measures how fast a local student is asked: this project's engine beside what transformers offers, in one run.

    python benchmarks/local_tries.py
    python benchmarks/local_tries.py --documents --tokens 100

- `ours`: the in-process engine with `--waiting` tries in flight.
- `one at a time`: `model.generate` for one try after another.
- `num_return_sequences`: `model.generate` for the k tries of one prompt, one prompt after another.

Seconds are CPU seconds, so that neighbours on the machine do not count. Every way samples at temperature 0.7, on one
torch thread unless OMP_NUM_THREADS says otherwise. A reply ends where the model ends it; `--tokens` makes all of them
that long.
Exit code 1 if ours is not `--floor` times as fast as one at a time.
"""

import argparse
import asyncio
import itertools
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from source2synth.backends import make_lm
from source2synth.backends.local import models
from source2synth.backends.local.engine import AsyncLocalEngine
from source2synth.backends.local.worker import Worker
from source2synth.data import read_database, read_documents
from source2synth.data.records import STYLES
from source2synth.optimizers.training import training_rows
from source2synth.programs import HopReasoner, MultiHopQuestions, SQLReasoner, TableQuestions

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
TEMPERATURE = 0.7
LIMIT = 128
"""Longest reply, in tokens."""


class Pace(NamedTuple):
    """What one way took."""

    tries: int
    tokens: int
    seconds: float
    """Of one core, spent by all threads: what a free core would take, whoever else is on the machine."""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", default="tiny", help="`tiny`, `local/<folder>` or `local/<hub id>`")
    parser.add_argument("--documents", action="store_true", help="questions on the sample documents, not tables")
    parser.add_argument("--prompts", type=int, default=128, help="different prompts")
    parser.add_argument("--k", type=int, default=3, help="tries of each prompt")
    parser.add_argument("--waiting", type=int, default=64, help="tries that wait for an answer at any time")
    parser.add_argument("--tokens", type=int, help="length of every reply; where the model ends it if left out")
    parser.add_argument("--slow-prompts", type=int, default=24, help="prompts that the two slow ways are timed on")
    parser.add_argument("--floor", type=float, default=8.0, help="least ratio of ours to one at a time")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args(argv)


def prompts_of(options: argparse.Namespace, lm: Any) -> list[list[dict[str, str]]]:
    """Return the turns that the solver asks of offline questions on the samples."""
    solver: Any
    if options.documents:
        corpus = read_documents(SAMPLES / "documents")
        made: Any = MultiHopQuestions.offline().many(corpus, options.prompts, seed=1)
        rows, _ = training_rows(HopReasoner().as_student(), lm, made, corpus)
    else:
        database = read_database(SAMPLES / "tables")
        made = TableQuestions.offline().many(database, options.prompts, seed=1, levels=(1, 2, 3, 4), styles=STYLES)
        solver = SQLReasoner().as_student()
        rows, _ = training_rows(solver, lm, made, database)
    return [row["messages"][:-1] for row in rows]


def ours(name: str, prompts: Sequence[list[dict[str, str]]], options: argparse.Namespace) -> Pace:
    """Ask through the engine, `waiting` tries in flight."""
    from dspy.lm15 import Config, Message, Request

    def request(turns: list[dict[str, str]], seed: int) -> Request:
        config = Config(temperature=TEMPERATURE, max_tokens=options.tokens or LIMIT, seed=seed)
        return Request(model=name, messages=tuple(Message.user(turn["content"]) for turn in turns), config=config)

    async def ask_all(requests: Sequence[Request]) -> int:
        places, engine = asyncio.Semaphore(options.waiting), AsyncLocalEngine(worker)

        async def ask(one: Request) -> int:
            async with places:
                return int((await engine.complete(one)).usage.output_tokens)

        return sum(await asyncio.gather(*map(ask, requests)))

    worker = Worker()
    requests = [request(turns, seed) for turns in prompts for seed in range(options.k)]
    asyncio.run(ask_all(requests[:1]))
    start = time.process_time()
    tokens = asyncio.run(ask_all(requests))
    seconds = time.process_time() - start
    worker.close()
    return Pace(len(requests), tokens, seconds)


def generating(model: models.LocalModel, at_once: int, options: argparse.Namespace) -> Callable[[Any], int]:
    """Return a function that generates `at_once` tries of a prompt by transformers alone and counts their tokens."""
    import torch

    length = {"min_new_tokens": options.tokens, "max_new_tokens": options.tokens or LIMIT}
    sampling = {"do_sample": True, "temperature": TEMPERATURE, "top_k": 0, "num_return_sequences": at_once}

    def generate(turns: list[dict[str, str]]) -> int:
        ids = torch.tensor([model.encode(model.prompt(turns))], device=model.device)
        with torch.inference_mode():
            out = model.module.generate(ids, attention_mask=torch.ones_like(ids), **length, **sampling)
        replies = out[:, ids.shape[1] :].tolist()
        return sum(
            next((at + 1 for at, token in enumerate(reply) if token in model.eos), len(reply)) for reply in replies
        )

    return generate


def timed(generate: Callable[[Any], int], prompts: Sequence[Any], tries: int) -> Pace:
    """Generate for each prompt in turn."""
    generate(prompts[0])
    start = time.process_time()
    tokens = sum(map(generate, prompts))
    return Pace(tries, tokens, time.process_time() - start)


def main(argv: Sequence[str] | None = None) -> None:
    """Ask in three ways and print what each took."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import torch

    options = arguments(argv)
    torch.set_num_threads(models.threads())
    if options.tokens:
        models._eos_ids = lambda tokenizer, module: frozenset()  # nothing ends a reply of ours but its length
    prompts = prompts_of(options, make_lm(options.student))
    few = prompts[:: max(1, len(prompts) // options.slow_prompts)][: options.slow_prompts]
    paces = {"ours": ours(options.student, prompts, options)}
    model = models.Shelf().get(options.student)
    torch.manual_seed(0)
    single = list(itertools.chain.from_iterable([turns] * options.k for turns in few))
    paces["one at a time"] = timed(generating(model, 1, options), single, len(single))
    paces["num_return_sequences"] = timed(generating(model, options.k, options), few, len(single))
    say(paces, options)
    if rate(paces["ours"]) < options.floor * rate(paces["one at a time"]):
        raise SystemExit(1)


def rate(pace: Pace) -> float:
    """Return tries a second."""
    return pace.tries / pace.seconds


def say(paces: dict[str, Pace], options: argparse.Namespace) -> None:
    """Print the table."""
    if options.json:
        print(json.dumps({way: pace._asdict() for way, pace in paces.items()}))
        return
    print("| way | tries a second | tokens a second | tokens a reply | times one at a time |\n|---|---|---|---|---|")
    for way, pace in paces.items():
        times = rate(pace) / rate(paces["one at a time"])
        print(
            f"| {way} | {rate(pace):.1f} | {pace.tokens / pace.seconds:,.0f} | {pace.tokens / pace.tries:.0f} "
            f"| {times:.1f} |"
        )


if __name__ == "__main__":
    main()
