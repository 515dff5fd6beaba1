"""Reads, links and seeds generated documents: peak memory while reading, rate and bytes per title while linking.

    python benchmarks/documents_in.py                                     # 200,000 read, 100,000 linked, 10,000 seeded
    python benchmarks/documents_in.py --read 2000 40000 --link 1000 10000 --seed 1000    # a quick look

Each size runs in a process of its own, so that its peak is its own. Reading goes through `iter_documents` (JSONL, and a
MediaWiki dump as .bz2); linking holds the corpus, so its memory is stated as what the graph adds to it. Exits 1 if the
peak of reading grows by more than a fifth, or a document takes more than twice as long to link in the largest corpus
as in the smallest. Seeding links people who name their fathers, finds the facts, and draws chains of two and of three,
all in one process; its peak is that of the whole. Seconds are those of this process on the CPU, so that other work on
the machine does not count.
"""

import argparse
import bz2
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from source2synth.data import Corpus, Document, iter_documents, link_graph
from source2synth.data.links.mentions import Automaton
from source2synth.data.links.names import bearers_of
from source2synth.programs.offline.hops import EntitySeeds, atlas_of
from source2synth.programs.protocols_documents import UsedEntities

_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "an", "el", "or")]
_FILLER = [first + second for first in _SYLLABLES for second in _SYLLABLES]
_FACTS = ("lies near {}", "was founded by people of {}", "trades with {}", "is smaller than {}", "fought against {}")
WORDS = 150
"""Words of a generated document, about."""
SEEDS = 200
"""Seeds drawn of each corpus, chains of two and of three in turn."""
MOST_GROWTH, MOST_SLOWER = 1.2, 2.0


def title(number: int) -> str:
    """Name a document: two words of syllables, different for each number."""
    rng = random.Random(number)
    return f"{''.join(rng.choices(_SYLLABLES, k=3)).title()} {''.join(rng.choices(_SYLLABLES, k=2)).title()} {number}"


def generate(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield titles and texts; every text names three other documents."""
    rng = random.Random(seed)
    for number in range(count):
        name, sentences = title(number), list[str]()
        for fact in rng.sample(_FACTS, 3):
            sentences.append(f"{name} {fact.format(title(rng.randrange(count)))}.")
            sentences.append(f"It is known for {' '.join(rng.choices(_FILLER, k=WORDS // 3))}.")
        yield name, " ".join(sentences)


def write_jsonl(file: TextIO, count: int) -> None:
    """Write generated documents as JSONL."""
    for name, text in generate(count, 7):
        file.write(json.dumps({"title": name, "text": text}) + "\n")


def write_dump(file: TextIO, count: int) -> None:
    """Write generated documents as a MediaWiki dump."""
    file.write("<mediawiki>")
    for name, text in generate(count, 7):
        file.write(f"<page><title>{name}</title><ns>0</ns><revision><text>'''{text}</text></revision></page>\n")
    file.write("</mediawiki>")


def person(number: int) -> str:
    """Name a person: two words of syllables, different for each number."""
    number, parts = number * 40_503 % len(_SYLLABLES) ** 4, list[str]()
    for _ in range(4):
        number, at = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[at])
    return f"{''.join(parts[::2]).title()} {''.join(parts[1::2]).title()}"


def people(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield titles and texts of people; every text names the father, who is another one."""
    rng = random.Random(seed)
    for number in range(count):
        name, other = person(number), person(rng.randrange(count))
        filler = f"The work is known for {' '.join(rng.choices(_FILLER, k=WORDS // 3))}."
        told = f"His father was {other}. {name} was born on 3 May {1500 + number % 400}."
        yield name, f"{name} was a painter. {told} {' '.join([filler] * 2)}"


def peak_mb() -> float:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident_mb() -> float:
    """Return the memory that this process holds now, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def read(path: Path) -> dict[str, float]:
    """Read a file one document at a time."""
    start, count = time.process_time(), 0
    for item in iter_documents(path):
        count += isinstance(item, Document)
    return {"documents": count, "seconds": time.process_time() - start, "peak": peak_mb()}


def link(count: int) -> dict[str, float]:
    """Link a generated corpus, and build its automaton once more to weigh it."""
    corpus = Corpus(documents=tuple(Document.of(name, text) for name, text in generate(count, 7)))
    before, start = resident_mb(), time.process_time()
    graph = link_graph(corpus)
    seconds, added = time.process_time() - start, resident_mb() - before
    automaton = Automaton(corpus.documents, bearers_of(corpus.documents))
    letters = sum(len(document.text) for document in corpus.documents)
    return {
        "documents": count, "seconds": seconds, "edges": len(graph), "added": added, "letters": letters,
        "automaton": automaton.size() / count,
    }  # fmt: skip


def seed(count: int) -> dict[str, float]:
    """Link a generated corpus of people, find its facts and draw seeds."""
    corpus = Corpus(documents=tuple(Document.of(name, text) for name, text in people(count, 7)))
    start = time.process_time()
    graph = link_graph(corpus)
    linked = time.process_time()
    atlas = atlas_of(corpus, graph)
    known, seeds, used = time.process_time(), EntitySeeds(), UsedEntities()
    for number in range(SEEDS):
        found = seeds(corpus, graph, shape="chain", hops=2 + number % 2, rng=number, used=used)
        used = used.plus(documents=found.source_ids, texts=(found.text,))
    return {
        "link": linked - start, "facts": known - linked, "seeds": time.process_time() - known, "peak": peak_mb(),
        "found": len(atlas.facts),
    }  # fmt: skip


def alone(job: Callable[[Any], dict[str, float]], argument: object) -> dict[str, float]:
    """Run a job in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(job, (argument,))


def reading(sizes: list[int], folder: Path) -> bool:
    """Print the rates and peaks of reading; returns whether the peak is flat."""
    print(f"{'reading':<12}{'documents':>10}{'documents/s':>13}{'peak MB':>9}")
    flat = True
    for name, write, opener in (("a.jsonl", write_jsonl, open), ("a.xml.bz2", write_dump, bz2.open)):
        peaks = list[float]()
        for size in sizes:
            with opener(folder / name, "wt", encoding="utf-8") as file:
                write(file, size)
            got = alone(read, folder / name)
            peaks.append(got["peak"])
            rate = got["documents"] / got["seconds"]
            print(f"{name[2:]:<12}{int(got['documents']):>10,}{rate:>13,.0f}{got['peak']:>9.1f}", flush=True)
        flat &= peaks[-1] <= MOST_GROWTH * peaks[0]
    return flat


def linking(sizes: list[int]) -> bool:
    """Print the rates and sizes of linking; returns whether the time grows with the corpus only."""
    heads = f"{'documents/s':>13}{'MB text/s':>11}{'edges':>10}{'graph B/title':>15}{'automaton B/title':>19}"
    print(f"\n{'linking':<12}{heads}")
    each = list[float]()
    for size in sizes:
        got = alone(link, size)
        each.append(got["seconds"] / size)
        rates = f"{size / got['seconds']:>13,.0f}{got['letters'] / got['seconds'] / 1e6:>11.2f}"
        sizes_of = f"{got['added'] * 2**20 / size:>15,.0f}{got['automaton']:>19,.0f}"
        print(f"{size:<12,}{rates}{int(got['edges']):>10,}{sizes_of}", flush=True)
    return each[-1] <= MOST_SLOWER * each[0]


def seeding(sizes: list[int]) -> None:
    """Print the rates of linking, of finding facts and of drawing seeds, and the peak of all."""
    heads = f"{'linked/s':>13}{'facts':>11}{'documents read/s':>18}{'seeds/s':>10}{'peak MB':>9}"
    print(f"\n{'seeding':<12}{heads}")
    for size in sizes:
        got = alone(seed, size)
        rates = f"{size / got['link']:>13,.0f}{int(got['found']):>11,}{size / got['facts']:>18,.0f}"
        print(f"{size:<12,}{rates}{SEEDS / got['seeds']:>10,.1f}{got['peak']:>9.1f}", flush=True)


def main() -> int:
    """Run all and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--read", type=int, nargs="+", default=[10_000, 200_000])
    parser.add_argument("--link", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--seed", type=int, nargs="+", default=[1_000, 10_000])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        flat = reading(arguments.read, Path(folder))
    linear = linking(arguments.link)
    seeding(arguments.seed)
    print(f"\npeak of reading flat: {'yes' if flat else 'NO'}; time of linking linear: {'yes' if linear else 'NO'}")
    return 0 if flat and linear else 1


if __name__ == "__main__":
    sys.exit(main())
