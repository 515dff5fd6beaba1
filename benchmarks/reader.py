"""Measures a student that reads, before any fine-tuning: multi-hop questions on random worlds and on real articles.

    python benchmarks/reader.py --student tiny-reader --out data/models/tiny_reader/reading.json

Every question is asked once, greedily, over the passages that support it (`gold`) and, for `gold+distractors`, one more
for each hop. Beside each figure stand shortcuts that see one passage only, the one that BM25 ranks first for the
question. `one passage` is the same student given that passage. `a guess from it` answers with its commonest name that
is not in the question, or date or number if one is asked for, with `yes`, or with the first of two. The better of the
two is what a question is worth without its hops.

The worlds are of seeds that no corpus uses. Shapes, registers and relations that the embedded student never met in its
own training are counted apart (`unmet`); the relations are told in worlds of their own.
"""

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from source2synth.backends import close_engines, make_lm
from source2synth.data import Corpus, MultiHopExample, read_documents
from source2synth.data.answers import compare_answers
from source2synth.data.document_records import Document, Passage
from source2synth.data.links import LinkGraph, link_graph
from source2synth.data.records import Style
from source2synth.data.retrieval import Retriever
from source2synth.evaluation import grades, wilson
from source2synth.evaluation.human_hops import read_human_hops
from source2synth.programs import HopReasoner, MultiHopQuestions
from source2synth.programs.multihop_questions import SPOKEN
from source2synth.programs.offline.relations import RELATION
from source2synth.programs.twins import unanswerable_twin
from source2synth.studies.tiny.world_pages import WITHHELD_FORMS, single_hops
from source2synth.studies.tiny.world_words import WITHHELD_RELATIONS
from source2synth.studies.tiny.worlds import random_world

UNMET = {
    ask.name
    for name in WITHHELD_RELATIONS
    for ask in (RELATION[name].forward, RELATION[name].inverse, RELATION[name].dated and RELATION[name].dated.ask)
    if ask
}
"""Ways to ask for what the student never read of."""
SAMPLES = Path(__file__).parents[1] / "data" / "samples"
_NAME = re.compile(
    r"\d{1,2} [A-Z][a-z]+ \d{4}|[A-Z][a-z]+ \d{1,2}, \d{4}"
    r"|[A-ZÀ-Þ][\w’'-]*(?: (?:[A-Z]\.|[A-ZÀ-Þ][\w’'-]*))*|\d[\d,.]*\d(?: [a-z²]+)?|\d"
)
_NO_NAMES = frozenset(
    "A An And As After At But By He Her His In It Its On One She Some That The This What When With".split()  # noqa: SIM905
)
_YES_NO = re.compile(r"(?:^|: )(?:are|did|do|does|has|have|is|was|were) ", re.IGNORECASE)
_EITHER = re.compile(
    r"(?:\bof|[,:]) (?!who|which)([^,:]+?)(?:,[^:]+)? (?:and|or) [^,]+(?:, (?:which|who)\b|\?$)", re.IGNORECASE
)
_TIME = re.compile(r"\b(?:when|year|date)\b", re.IGNORECASE)
_SIZE = re.compile(r"\b(?:how \w+|population|length|height|area|diameter|number|distance)\b", re.IGNORECASE)


class OnePassage(HopReasoner):
    """Sees of what it would see only the passage that BM25 ranks first for the question."""

    def sees(self, example: MultiHopExample, corpus: Corpus, index: Retriever | None = None) -> tuple[Passage, ...]:
        """Return one passage."""
        return first_hit(super().sees(example, corpus, index), example.question)


def first_hit(passages: Sequence[Passage], question: str) -> tuple[Passage, ...]:
    """Return the passage that BM25 ranks first."""
    return tuple(Retriever(list(passages)).best(question, 1))


def guess(passages: Sequence[Passage], question: str) -> str:
    """Guess an answer that fits the question: `yes`, the first of two, or the commonest date, number or name.

    Dates, numbers and names are those of the passages that are not in the question; the first of equals.
    """
    if _YES_NO.search(question):
        return "yes"
    if either := _EITHER.search(question):
        return either[1]
    found = [name for one in passages for name in _NAME.findall(f"{one.title}\n{one.text}")]
    kind = "time" if _TIME.search(question) else "size" if _SIZE.search(question) else "name"
    fitting = [name for name in found if _kind(name) == kind and name not in _NO_NAMES]
    counts = Counter(name for name in fitting if name.lower() not in question.lower())
    return counts.most_common(1)[0][0] if counts else ""


def _kind(name: str) -> str:
    if re.search(r"(?<![\d,])\d{4}$", name):
        return "time"
    return "size" if name[0].isdigit() else "name"


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


def random_worlds(count: int, seed: int) -> tuple[Corpus, list[MultiHopExample]]:
    """Return random worlds, and questions of every shape on them, of 1 to 4 hops, some without an answer."""

    def ask(world: Corpus, graph: LinkGraph, at: int) -> list[MultiHopExample]:
        made = MultiHopQuestions.offline().many(world, 36, seed=seed + at, graph=graph)
        twins = [unanswerable_twin(one, seed) for one in made[::6]]
        singles = single_hops(world, graph, random.Random(seed + at))
        return [*made, *(twin for twin in twins if twin), *singles[:6]]

    return _asked(count, 40, f"held-out {seed}", WITHHELD_RELATIONS, ask)


def two_hops(count: int, seed: int, styles: Sequence[Style] = SPOKEN) -> tuple[Corpus, list[MultiHopExample]]:
    """Return other random worlds, and chains of two hops on them."""
    generate = MultiHopQuestions.offline(hops=2, shapes=("chain",))

    def ask(world: Corpus, graph: LinkGraph, at: int) -> list[MultiHopExample]:
        return generate.many(world, 20, seed=seed + at, graph=graph, styles=styles)

    return _asked(count, 20, f"two hops {seed} {len(styles)}", WITHHELD_RELATIONS, ask)


def unmet_relations(count: int, seed: int) -> tuple[Corpus, list[MultiHopExample]]:
    """Return random worlds that tell of the withheld relations too, and chains of two hops that need one of them."""

    def ask(world: Corpus, graph: LinkGraph, at: int) -> list[MultiHopExample]:
        made = MultiHopQuestions.offline(hops=2, shapes=("chain",)).many(world, 60, seed=seed + at, graph=graph)
        return [one for one in made if any(hop.relation in UNMET for hop in one.hops)]

    return _asked(count, 10, f"unmet {seed}", (), ask)


def _asked(
    count: int,
    each: int,
    name: str,
    untold: Sequence[str],
    ask: Callable[[Corpus, LinkGraph, int], list[MultiHopExample]],
) -> tuple[Corpus, list[MultiHopExample]]:
    """Put the documents of worlds together, with `count` questions, about `each` of them on a world."""
    documents, examples = list[Document](), list[MultiHopExample]()
    for at in range(max(1, count // each)):
        world = random_world(random.Random(f"{name} {at}"), untold=untold)
        examples += ask(world, link_graph(world), at)
        documents += world.documents
    return Corpus(documents=tuple(documents)), examples[:count]


def main() -> None:
    """Ask, compare, print, write."""
    options = arguments()
    sources = {
        "random worlds": random_worlds(options.questions, options.seed),
        "random worlds, chains of two hops": two_hops(options.questions // 2, options.seed),
        "random worlds, relations unmet": unmet_relations(options.questions // 4, options.seed),
        "random worlds, register unmet": two_hops(options.questions // 4, options.seed, ("descriptive",)),
    }
    for path in (SAMPLES / "documents", *options.source):
        corpus = read_documents(path)
        made = MultiHopQuestions.offline().many(corpus, options.questions, seed=options.seed)
        sources["samples" if path.parent == SAMPLES else "/".join(path.parts[-2:])] = (corpus, made)
    samples = sources["samples"][0]
    sources["samples, human-style"] = (samples, read_human_hops(SAMPLES / "multihop_questions.jsonl", samples)[0])
    lm, found = make_lm(options.student), dict[str, Any]()
    for name, (corpus, examples) in sources.items():
        found[name] = measured(lm, examples, corpus, options.show)
        print(json.dumps({name: found[name]}), flush=True)
        if options.out:
            options.out.write_text(json.dumps({"seed": options.seed, "sources": found}, indent=1) + "\n")
    close_engines()


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
    found["shortcut: a guess from it"] = grouped(examples, [guessed(one, corpus) for one in examples])
    return found


def guessed(example: MultiHopExample, corpus: Corpus) -> bool:
    """Whether the guess from one passage answers the question."""
    passages = first_hit(HopReasoner().sees(example, corpus), example.question)
    said = guess(passages, example.question)
    return (
        bool(said) and compare_answers(said, example.answer, aliases=example.aliases, question=example.question).equal
    )


def grouped(examples: Sequence[MultiHopExample], hits: Sequence[bool]) -> dict[str, Any]:
    """Return share, interval and number of each group of questions."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for one, hit in zip(examples, hits, strict=True):
        if not one.answerable:
            groups["not answerable"].append(hit)
            continue
        names = ["all", f"documents: {len(set(one.seed.source_ids))}", one.shape]
        names += ["unmet shapes"] if one.shape in WITHHELD_FORMS else []
        for name in names:
            groups[name].append(hit)
    return {name: described(found) for name, found in sorted(groups.items())}


def described(hits: list[bool]) -> dict[str, Any]:
    """Return share, interval and number."""
    low, high = wilson(sum(hits), len(hits))
    return {"right": round(sum(hits) / len(hits), 3), "interval": [round(low, 3), round(high, 3)], "of": len(hits)}


if __name__ == "__main__":
    main()
