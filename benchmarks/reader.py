"""Measures a student that reads, before any fine-tuning: multi-hop questions on worlds it never saw, and on real articles.

    python benchmarks/reader.py --out data/models/tiny/reading.json

Every question is asked once, greedily, over the passages that support it (`gold`) and, for `gold+distractors`, one more
for each hop. Beside each figure stand shortcuts that see one passage only: `one passage` is the same student given the
passage that BM25 ranks first for the question; `a name of it` answers with the name or number of that passage that is
not in the question and stands there most often. The better of the two is what a question is worth without its hops.
"""

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from source2synth.backends import close_engines, make_lm
from source2synth.data import Corpus, MultiHopExample, read_documents
from source2synth.data.answers import compare_answers
from source2synth.data.document_records import SIZES, Passage
from source2synth.data.links import link_graph
from source2synth.data.retrieval import Retriever
from source2synth.evaluation import grades, wilson
from source2synth.evaluation.human_hops import read_human_hops
from source2synth.programs import HopReasoner, MultiHopQuestions
from source2synth.programs.twins import unanswerable_twin
from source2synth.studies.tiny.world_pages import WITHHELD_FORMS, single_hops
from source2synth.studies.tiny.worlds import random_world

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
_NAME = re.compile(r"[A-ZÀ-Þ][\w’'-]*(?:\s[A-ZÀ-Þ][\w’'-]*)*|\d[\d,.]*\d|\d")


class OnePassage(HopReasoner):
    """Sees of what it would see only the passage that BM25 ranks first for the question."""

    def sees(self, example: MultiHopExample, corpus: Corpus, index: Retriever | None = None) -> tuple[Passage, ...]:
        """Return one passage."""
        return first_hit(super().sees(example, corpus, index), example.question)


def first_hit(passages: Sequence[Passage], question: str) -> tuple[Passage, ...]:
    """Return the passage that BM25 ranks first."""
    return tuple(Retriever(list(passages)).best(question, 1))


def name_in(passages: Sequence[Passage], question: str) -> str:
    """Return the commonest name or number of these passages that is not in the question, the first of equals."""
    names = [name for one in passages for name in _NAME.findall(f"{one.title}. {one.text}")]
    counts = Counter(name for name in names if name.lower() not in question.lower() and len(name) > 1)
    return counts.most_common(1)[0][0] if counts else ""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", default="tiny", help="`tiny`, `local/<folder>` or `local/<hub id>`")
    parser.add_argument("--source", type=Path, action="append", default=[], help="folder or file of documents")
    parser.add_argument("--questions", type=int, default=400, help="questions a source")
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--show", type=int, default=0, help="print that many wrong answers a source")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser.parse_args()


def worlds(count: int, seed: int) -> tuple[Corpus, list[MultiHopExample]]:
    """Return the documents of random worlds of seeds that no corpus uses, and questions on them of 1 to 4 hops."""
    documents, examples = [], list[MultiHopExample]()
    for at in range(max(2, count // 40)):
        rng = random.Random(f"held-out {seed} {at}")
        world = random_world(rng)
        graph = link_graph(world)
        made = MultiHopQuestions.offline(shapes=tuple(SIZES)).many(world, 36, seed=seed + at, graph=graph)
        twins = [unanswerable_twin(one, seed) for one in made[::6]]
        singles = single_hops(world, graph, rng)
        examples += [*made, *(twin for twin in twins if twin), *rng.sample(singles, min(6, len(singles)))]
        documents += world.documents
    return Corpus(documents=tuple(documents)), examples[:count]


def main() -> None:
    """Ask, compare, print, write."""
    options = arguments()
    sources = {"random worlds": worlds(options.questions, options.seed)}
    for path in (SAMPLES / "documents", *options.source):
        corpus = read_documents(path)
        made = MultiHopQuestions.offline().many(corpus, options.questions, seed=options.seed)
        sources["samples" if path.parent == SAMPLES else "/".join(path.parts[-2:])] = (corpus, made)
    samples = sources["samples"][0]
    sources["samples, human-style"] = (samples, read_human_hops(SAMPLES / "multihop_questions.jsonl", samples)[0])
    lm, found = make_lm(options.student), {}
    for name, (corpus, examples) in sources.items():
        found[name] = measured(lm, examples, corpus, options.show)
        print(json.dumps({name: found[name]}), flush=True)
    close_engines()
    if options.out:
        options.out.write_text(json.dumps({"seed": options.seed, "sources": found}, indent=1) + "\n")


def measured(lm: Any, examples: list[MultiHopExample], corpus: Corpus, show: int) -> dict[str, Any]:
    """Return shares of right answers by group, in both contexts, beside the shortcuts."""
    found: dict[str, Any] = {}
    for context in ("gold", "gold+distractors"):
        solver = HopReasoner(reasoning=False, context=context)
        graded = grades(lm, solver, examples, corpus)
        found[context] = grouped(examples, [grade.correct for grade in graded])
        for one, grade in [pair for pair in zip(examples, graded, strict=True) if not pair[1].correct][:show]:
            print(f"  {one.question}\n    right {one.answer}\n    wrote {grade.answer!r}")
    alone = grades(lm, OnePassage(reasoning=False), examples, corpus)
    found["shortcut: one passage"] = grouped(examples, [grade.correct for grade in alone])
    found["shortcut: a name of it"] = grouped(examples, [guessed(one, corpus) for one in examples])
    return found


def guessed(example: MultiHopExample, corpus: Corpus) -> bool:
    """Whether the name that stands out answers the question."""
    passages = first_hit(HopReasoner().sees(example, corpus), example.question)
    said = name_in(passages, example.question)
    return bool(said) and compare_answers(said, example.answer, aliases=example.aliases, question=example.question).equal


def grouped(examples: Sequence[MultiHopExample], hits: Sequence[bool]) -> dict[str, Any]:
    """Return share, interval and number of each group of questions."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for one, hit in zip(examples, hits, strict=True):
        if not one.answerable:
            groups["not answerable"].append(hit)
            continue
        documents = len(set(one.seed.source_ids))
        names = ["all", f"{documents} documents", one.shape]
        names += ["unmet shapes"] if one.shape in WITHHELD_FORMS else []
        names += ["2 documents, chain"] if documents == 2 and one.shape == "chain" else []
        for name in names:
            groups[name].append(hit)
    return {name: described(found) for name, found in sorted(groups.items())}


def described(hits: list[bool]) -> dict[str, Any]:
    """Return share, interval and number."""
    low, high = wilson(sum(hits), len(hits))
    return {"right": round(sum(hits) / len(hits), 3), "interval": [round(low, 3), round(high, 3)], "of": len(hits)}


if __name__ == "__main__":
    main()
