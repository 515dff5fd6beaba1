r"""Plants errors in multi-hop examples and measures what the document checks, a solver and both find of them.

    python benchmarks/planted_errors_documents.py --out runs/planted_errors_documents
    python benchmarks/planted_errors_documents.py --documents articles/ --examples 300 --solver openai/gpt-5-mini
    python benchmarks/planted_errors_documents.py --documents articles/ --examples 600 --solver tiny-reader --train

Every example stands there once as it is, and those that the checks keep once broken in each way that can be done
(`DOCUMENT_KINDS`), so that what is found is what was planted. What is broken holds together in itself: its spans are
found, its hops fit its shape. Examples are the human questions on the
sample documents, or with `--examples` made offline; only those that end with a hop asked of a document can be broken.

Recall: the share of a kind that is taken out. Precision: what of all that is taken out is broken, were there as many
broken ones of that kind as sound ones. Both with their 95 % intervals: recall's by Wilson, precision's from recall's
and that of the sound ones lost. `filter` is `Ablation`: answered with all documents, not without any one of them, by
rules from any right try of those with all documents to all of them. `able`: the share kept of the sound examples that
the solver answers with all documents at all. With `--train` the solver is LLMSynth: examples are made inside slice 0
and slice 1, and those of each are judged by the solver fine-tuned on what the checks keep of the other's sound ones.
"""

import argparse
import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from source2synth.backends import close_engines, make_lm, train
from source2synth.backends.local.fingerprint import EMBEDDED
from source2synth.data import Corpus, Document, MultiHopExample, Verdict, read_documents
from source2synth.data.corpus_parts import CorpusDivision, divide_corpus
from source2synth.data.records import Part
from source2synth.evaluation import read_human_hops, wilson
from source2synth.optimizers.checks.documents import Ablation, Library, library_of, run_document_checks
from source2synth.optimizers.document_mutants import DOCUMENT_KINDS, DocumentMutantKind, document_mutant
from source2synth.optimizers.training import lesson_on

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
SLICES: tuple[Part, ...] = ("slice_0", "slice_1")
OTHER_HALF: dict[Part, Part] = {"slice_1": "slice_0", "slice_0": "slice_1"}
"""Whose examples the LLMSynth is trained on that tries those of a slice."""
FLIGHT = 16
"""Examples that the solver tries at a time."""

TRAINING = {"epochs": 6.0, "learning_rate": 1e-3, "batch_size": 8}


class Judged(NamedTuple):
    """An example, sound or broken."""

    example: MultiHopExample
    kind: DocumentMutantKind | None
    """What is broken in it; None: nothing."""
    origin: MultiHopExample
    """The sound one."""


Libraries = dict[DocumentMutantKind | None, Library]
"""What examples of a kind are judged in: their own where the kind needs changed documents, else that of None.

One for all would let the documents that one kind adds give away the examples of another.
"""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, default=SAMPLES / "documents", help="folder or file of documents")
    parser.add_argument("--questions", type=Path, default=SAMPLES / "multihop_questions.jsonl", help="human questions")
    parser.add_argument("--examples", type=int, default=0, help="make that many offline instead of human questions")
    parser.add_argument("--solver", help="model that tries them; none: checks only")
    parser.add_argument("--train", action="store_true", help="fine-tune the solver on the other half first")
    parser.add_argument("--tries", type=int, default=3, help="tries of each set of passages")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/planted_errors_documents"))
    return parser.parse_args()


def main() -> None:
    """Read or make examples, break them, check, try, and write the table."""
    options = arguments()
    corpus = read_documents(options.documents)
    library = library_of(corpus)
    division = divide_corpus(corpus, library.graph, seed=options.seed) if options.train else None
    examples = made(corpus, library, division, options) if options.examples else written(corpus, options)
    judged, added = plant(examples, library, options.seed)
    libraries: Libraries = {None: library}
    for kind, documents in added.items():
        libraries[kind] = library_of(corpus.model_copy(update={"documents": (*corpus.documents, *documents)}))
    checked = checks(judged, libraries)
    rows = measured("checks", judged, {id: verdict.outcome == "kept" for id, verdict in checked.items()})
    if options.solver:
        sound = [one.example for one in judged if one.kind is None and checked[one.example.id].outcome == "kept"]
        ablation = solvers(options, sound, corpus, division)
        tried = asyncio.run(filtered(judged, libraries, ablation))
        for need in range(1, options.tries + 1):
            rows += by_rule(need, judged, checked, tried, options)
    report(options, rows, judged, checked)
    close_engines()


def by_rule(
    need: int,
    judged: Sequence[Judged],
    checked: Mapping[str, Verdict],
    tried: Mapping[str, Verdict],
    options: argparse.Namespace,
) -> list[dict[str, Any]]:
    """Return the rows of the filter and of both, where so many right tries with all documents are wanted."""
    kept = {id: verdict.outcome == "kept" and right(verdict) >= need for id, verdict in tried.items()}
    both = {id: fine and checked[id].outcome == "kept" for id, fine in kept.items()}
    able = {id for id, verdict in tried.items() if right(verdict)}
    rule = f" >= {need} of {options.tries}"
    return measured(f"filter{rule}", judged, kept, able) + measured(f"both{rule}", judged, both, able)


def right(verdict: Verdict) -> int:
    """Return how many tries with all documents were right."""
    return int(str(verdict.evidence["all"]).split()[0])


def written(corpus: Corpus, options: argparse.Namespace) -> list[MultiHopExample]:
    """Read the human questions."""
    examples, notices = read_human_hops(options.questions, corpus)
    for notice in notices:
        print(f"{notice.file}:{notice.row}: {notice.message}")
    return examples


def made(
    corpus: Corpus, library: Library, division: CorpusDivision | None, options: argparse.Namespace
) -> list[MultiHopExample]:
    """Make examples offline, of all documents together or inside each slice."""
    from source2synth.programs import MultiHopQuestions

    generate = MultiHopQuestions.offline(hops=(2, 3, 4), shapes=("chain", "join"))
    if division is None:
        whole: list[MultiHopExample] = generate.many(corpus, options.examples, seed=options.seed, graph=library.graph)
        return whole
    halves = [division.corpus(corpus, part) for part in SLICES]
    return [one for half in halves for one in generate.many(half, options.examples // len(SLICES), seed=options.seed)]


def plant(
    examples: Sequence[MultiHopExample], library: Library, seed: int
) -> tuple[list[Judged], dict[DocumentMutantKind, list[Document]]]:
    """Return all examples, sound and broken, in id order, and the documents that each kind needs besides."""
    ordered = sorted({one.id: one for one in examples}.values(), key=lambda one: one.id)
    fine = {verdict.example_id for verdict in run_document_checks(ordered, library) if verdict.outcome == "kept"}
    judged = {one.id: Judged(one, None, one) for one in ordered}
    added: dict[DocumentMutantKind, list[Document]] = {}
    for at, example in enumerate(ordered):
        answers = [one.answer for one in ordered[:at] + ordered[at + 1 :]]
        for kind in DOCUMENT_KINDS:
            rng = random.Random(f"plant {seed} {kind} {example.id}")
            mutant = document_mutant(example, kind, library, answers, rng) if example.id in fine else None
            if mutant is not None:
                judged.setdefault(mutant.example.id, Judged(mutant.example, kind, example))
                if mutant.added is not None:
                    added.setdefault(kind, []).append(mutant.added)
    return list(judged.values()), added


def checks(judged: Sequence[Judged], libraries: Libraries) -> dict[str, Verdict]:
    """Check every example in the documents of its kind."""
    verdicts = [run_document_checks([one.example], libraries.get(one.kind) or libraries[None])[0] for one in judged]
    return {verdict.example_id: verdict for verdict in verdicts}


def solvers(
    options: argparse.Namespace, sound: Sequence[MultiHopExample], corpus: Corpus, division: CorpusDivision | None
) -> Callable[[Judged], Ablation]:
    """Return who tries an example; a model of our own is asked in the form it is fine-tuned in."""
    from source2synth.programs import HopReasoner

    own = options.solver in EMBEDDED or options.solver.startswith("local/")
    reader, lm = (HopReasoner().as_student() if own else HopReasoner()), make_lm(options.solver)
    if division is None:
        one = Ablation(reader, lm=lm, k=options.tries, seed=options.seed)
        return lambda _: one
    training = {**TRAINING, "seed": options.seed, "output_dir": str(options.out / "models")}
    halves = division.split(sound)

    def learned(part: Part) -> Any:
        lesson = lesson_on(reader, lm, halves[part], corpus, what="LLMSynth", training=training)
        return train(lm, lesson.rows, **lesson.options)

    of = {
        part: Ablation(
            reader,
            lm=learned(taught),
            k=options.tries,
            seed=options.seed,
        )
        for part, taught in OTHER_HALF.items()
    }
    return lambda judged: of[division.part_of(judged.origin)]


async def filtered(
    judged: Sequence[Judged], libraries: Libraries, ablation: Callable[[Judged], Ablation]
) -> dict[str, Verdict]:
    """Let the solver try every example, some at a time; one that is left unjudged counts as taken out."""
    room = asyncio.Semaphore(FLIGHT)

    async def one(judged: Judged) -> Verdict:
        async with room:
            return await ablation(judged).judge(judged.example, libraries.get(judged.kind) or libraries[None])

    verdicts = await asyncio.gather(*map(one, judged))
    return {verdict.example_id: verdict for verdict in verdicts}


def measured(
    method: str, judged: Sequence[Judged], kept: Mapping[str, bool], able: Container[str] | None = None
) -> list[dict[str, Any]]:
    """Return a row a kind: recall and precision, beside the share of sound examples lost and of those answered kept."""
    out: dict[DocumentMutantKind | None, list[bool]] = {
        kind: [not kept[one.example.id] for one in judged if one.kind == kind] for kind in (None, *DOCUMENT_KINDS)
    }
    lost = share(out[None])
    known = [kept[one.example.id] for one in judged if one.kind is None and able and one.example.id in able]
    rows = []
    for kind in DOCUMENT_KINDS:
        recall = share(out[kind])
        precision = {
            "share": precise(recall["share"], lost["share"]),
            "low": precise(recall["low"], lost["high"]),
            "high": precise(recall["high"], lost["low"]),
        }
        row = {"method": method, "kind": kind, "recall": recall, "precision": precision, "sound_lost": lost}
        rows.append({**row, "able": share(known)} if able else row)
    return rows


def share(flags: Sequence[bool]) -> dict[str, float]:
    """Return a share with its Wilson interval, and of how many."""
    low, high = wilson(sum(flags), len(flags))
    return {"share": sum(flags) / len(flags) if flags else 0.0, "low": low, "high": high, "of": len(flags)}


def precise(recall: float, lost: float) -> float:
    """Return what of all that is taken out is broken, where sound and broken ones are as many; 0.0 of nothing."""
    return recall / (recall + lost) if recall + lost else 0.0


def report(
    options: argparse.Namespace,
    rows: Sequence[dict[str, Any]],
    judged: Sequence[Judged],
    checked: Mapping[str, Verdict],
) -> None:
    """Print the table with what every check took out, and write both."""
    lines = [f"{'method':<18}{'kind':<16}{'n':>5}{'recall':>24}{'precision':>24}"]
    for row in rows:
        head = f"{row['method']:<18}{row['kind']:<16}{row['recall']['of']:>5}"
        lines.append(f"{head}{spelt(row['recall']):>24}{spelt(row['precision']):>24}")
    for method, row in {row["method"]: row for row in rows}.items():
        lost, able = row["sound_lost"], row.get("able")
        more = f"; of {able['of']} that the solver answers {spelt(able)} are kept" if able else ""
        lines.append(f"{method}: of {lost['of']} sound ones {spelt(lost)} are taken out{more}")
    fallen = [one for one in judged if checked[one.example.id].outcome != "kept"]
    dropped = Counter((checked[one.example.id].check, one.kind or "sound") for one in fallen)
    lines += [f"{check:<24}{kind:<16}{count:>5}" for (check, kind), count in sorted(dropped.items())]
    print("\n".join(lines))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "planted_errors.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    document = {"options": {key: str(value) for key, value in vars(options).items()}, "rows": list(rows)}
    (options.out / "planted_errors.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def spelt(cell: Mapping[str, float]) -> str:
    """Spell a share with its interval."""
    return f"{cell['share']:.2f} ({cell['low']:.2f}-{cell['high']:.2f})"


if __name__ == "__main__":
    main()
