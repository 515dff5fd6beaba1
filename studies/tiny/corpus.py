"""The tiny student's reading matter: random tables and worlds with offline-made questions, one JSON line a page.

`python -m source2synth.studies.tiny.corpus --tables 40000 --out tables.jsonl.gz` writes tables, `--worlds 400` documents.
"""

import argparse
import gzip
import json
import random
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path
from typing import TypedDict

from ...data import Database, render_schema
from ...data.records import STYLES, Style
from ...data.sqlshape import shape_of
from ...programs.offline import REGISTERS
from ...programs.table_questions import TableQuestions
from .tables import random_table

WITHHELD_SHAPES = ("having", "nested_max", "share")
"""Shapes of SQL the student never saw: what fine-tuning teaches is then measurable."""
WITHHELD_REGISTERS = ("context", "tasks")
"""Ways of speaking it never heard."""
QUESTIONS = 8
"""Questions a table: they share one reading of it."""


class Page(TypedDict):
    """One random table, or some documents, rendered, with questions: `(question as asked, reply, style or shape, level or
    hops)`."""

    table: str
    questions: list[tuple[str, str, str, int]]


def write_page(seed: int) -> Page:
    """Make one table and up to `QUESTIONS` questions on it."""
    rng = random.Random(f"page {seed}")
    database = Database.of((random_table(rng),))
    registers = tuple(name for name in REGISTERS if name not in WITHHELD_REGISTERS)
    generate = TableQuestions.offline(registers=registers)
    styles: tuple[Style, ...] = STYLES
    found: list[tuple[str, str, str, int]] = [
        (one.asked, one.sql, one.style, one.level)
        for one in generate.many(database, QUESTIONS, seed=seed, levels=(1, 2, 1, 3, 2, 4), styles=styles)
        if shape_of(one.sql) not in WITHHELD_SHAPES
    ]
    return {"table": render_schema(database), "questions": found}


def pages(first: int, count: int, *, processes: int = 1) -> Iterator[Page]:
    """Yield `count` pages from seed `first` on, in order; pages without a question are left out."""
    seeds = range(first, first + count)
    if processes == 1:
        yield from (page for page in map(write_page, seeds) if page["questions"])
        return
    with Pool(processes) as pool:
        yield from (page for page in pool.imap(write_page, seeds, chunksize=64) if page["questions"])


def main() -> None:
    """Write the corpus that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=0)
    parser.add_argument("--worlds", type=int, default=0, help="random worlds, of 30 pages each")
    parser.add_argument("--first", type=int, default=0, help="seed of the first table or world")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    with gzip.open(asked.out, "wt", encoding="utf-8", compresslevel=3) as out:
        for page in pages(asked.first, asked.tables, processes=asked.processes):
            out.write(json.dumps(page, ensure_ascii=False) + "\n")
        for page in _worlds(asked.first, asked.worlds):
            out.write(json.dumps(page, ensure_ascii=False) + "\n")


def _worlds(first: int, count: int) -> Iterator[Page]:
    from .world_pages import world_pages

    for seed in range(first, first + count):
        yield from world_pages(seed)


if __name__ == "__main__":
    main()
