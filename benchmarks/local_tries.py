r"""Measures how fast a local student is asked: this project's engine beside what transformers offers, in one run.

    python benchmarks/local_tries.py
    python benchmarks/local_tries.py --documents

- `ours`: the engine with `--waiting` tries in flight, in as many processes as a run would give the model, and in one.
- `one at a time`: `model.generate` for one try after another.
- `num_return_sequences`: `model.generate` for the k tries of one prompt, one prompt after another.

The two slow ways are timed with one torch thread and with one for every core. Seconds are those of the clock, with
models loaded and processes started. Every way samples at temperature 0.7; a reply ends where the model ends it.
Exit code 1 if ours is not `--floor` times as fast as the faster of both ways to go one at a time.
"""

import argparse
import asyncio
import itertools
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from source2synth.backends import make_lm
from source2synth.backends.local import models
from source2synth.backends.local.cores import cores, processes
from source2synth.backends.local.crew import Crew
from source2synth.backends.local.engine import AsyncLocalEngine
from source2synth.data import read_database, read_documents
from source2synth.data.records import STYLES
from source2synth.optimizers.training import training_rows
from source2synth.programs import HopReasoner, MultiHopQuestions, SQLReasoner, TableQuestions

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
TEMPERATURE = 0.7
ONE = "one at a time"
LIMIT = 128
"""Longest reply, in tokens."""


class Pace(NamedTuple):
    """What one way took."""

    tries: int
    tokens: int
    seconds: float
    """By the clock."""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", help="`local/<folder>` or `local/<hub id>`; the embedded one if left out")
    parser.add_argument("--documents", action="store_true", help="questions on the sample documents, not tables")
    parser.add_argument("--prompts", type=int, default=300, help="different prompts")
    parser.add_argument("--k", type=int, default=3, help="tries of each prompt")
    parser.add_argument("--waiting", type=int, default=64, help="tries that wait for an answer at any time")
    parser.add_argument("--slow-prompts", type=int, default=60, help="prompts that the two slow ways are timed on")
    parser.add_argument("--floor", type=float, default=8.0, help="least ratio of ours to one at a time")
    parser.add_argument("--processes", type=int, help="that answer for ours; as in a run if left out")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(argv)
    options.student = options.student or ("tiny-reader" if options.documents else "tiny")
    return options


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


def ours(prompts: Sequence[list[dict[str, str]]], options: argparse.Namespace, count: int) -> Pace:
    """Ask through the engine, `waiting` tries in flight, in `count` processes."""
    from dspy.lm15 import Config, Message, Request

    def request(turns: list[dict[str, str]], seed: int) -> Request:
        config = Config(temperature=TEMPERATURE, max_tokens=LIMIT, seed=seed)
        return Request(
            model=options.student, messages=tuple(Message.user(turn["content"]) for turn in turns), config=config
        )

    async def ask_all(requests: Sequence[Request]) -> int:
        places, engine = asyncio.Semaphore(options.waiting), AsyncLocalEngine(crew)

        async def ask(one: Request) -> int:
            async with places:
                return int((await engine.complete(one)).usage.output_tokens)

        return sum(await asyncio.gather(*map(ask, requests)))

    crew = Crew(most=count)
    requests = [request(turns, seed) for turns in prompts for seed in range(options.k)]
    asyncio.run(ask_all(requests[:1]))
    crew.start(options.student, count - 1)
    crew.wait()
    start = time.perf_counter()
    tokens = asyncio.run(ask_all(requests))
    seconds = time.perf_counter() - start
    crew.close()
    return Pace(len(requests), tokens, seconds)


def generating(model: models.LocalModel, at_once: int) -> Callable[[Any], int]:
    """Return a function that generates `at_once` tries of a prompt by transformers alone and counts their tokens."""
    import torch

    sampling = {
        "max_new_tokens": LIMIT,
        "do_sample": True,
        "temperature": TEMPERATURE,
        "top_k": 0,
        "num_return_sequences": at_once,
    }

    def generate(turns: list[dict[str, str]]) -> int:
        ids = torch.tensor([model.encode(model.prompt(turns))], device=model.device)
        with torch.inference_mode():
            out = model.module.generate(ids, attention_mask=torch.ones_like(ids), **sampling)
        replies = out[:, ids.shape[1] :].tolist()
        return sum(
            next((at + 1 for at, token in enumerate(reply) if token in model.eos), len(reply)) for reply in replies
        )

    return generate


def timed(generate: Callable[[Any], int], prompts: Sequence[Any], tries: int, threads: int) -> Pace:
    """Generate for each prompt in turn, with so many torch threads."""
    import torch

    torch.set_num_threads(threads)
    generate(prompts[0])
    start = time.perf_counter()
    tokens = sum(map(generate, prompts))
    return Pace(tries, tokens, time.perf_counter() - start)


def main(argv: Sequence[str] | None = None) -> None:
    """Ask in all ways and print what each took."""
    options = arguments(argv)
    prompts = prompts_of(options, make_lm(options.student))
    model = models.Shelf().get(options.student)
    counts = sorted({options.processes or processes(model.weights), 1}, reverse=True)
    paces = {_said("ours", count, "process"): ours(prompts, options, count) for count in counts}
    paces |= slow(model, prompts[:: max(1, len(prompts) // options.slow_prompts)][: options.slow_prompts], options)
    base = max(rate(pace) for way, pace in paces.items() if way.startswith(ONE))
    say(paces, base, options)
    if max(rate(pace) for way, pace in paces.items() if way.startswith("ours")) < options.floor * base:
        raise SystemExit(1)


def slow(model: models.LocalModel, prompts: Sequence[Any], options: argparse.Namespace) -> dict[str, Pace]:
    """Ask by transformers alone."""
    import torch

    torch.manual_seed(0)
    single = list(itertools.chain.from_iterable([turns] * options.k for turns in prompts))
    one, several = generating(model, 1), generating(model, options.k)
    paces = {}
    for count in sorted({1, cores()}):
        paces[_said(ONE, count, "thread")] = timed(one, single, len(single), count)
        paces[_said("num_return_sequences", count, "thread")] = timed(several, prompts, len(single), count)
    return paces


def _said(way: str, count: int, noun: str) -> str:
    return f"{way}, {count} {noun}{'es' if noun == 'process' and count > 1 else 's' if count > 1 else ''}"


def rate(pace: Pace) -> float:
    """Return tries a second."""
    return pace.tries / pace.seconds


def say(paces: dict[str, Pace], base: float, options: argparse.Namespace) -> None:
    """Print the table; `base` is the rate that the others are compared with."""
    if options.json:
        print(json.dumps({way: pace._asdict() for way, pace in paces.items()}))
        return
    print("| way | tries a second | tokens a second | tokens a reply | times one at a time |\n|---|---|---|---|---|")
    for way, pace in paces.items():
        print(
            f"| {way} | {rate(pace):.1f} | {pace.tokens / pace.seconds:,.0f} | {pace.tokens / pace.tries:.0f} "
            f"| {rate(pace) / base:.1f} |"
        )


if __name__ == "__main__":
    main()
