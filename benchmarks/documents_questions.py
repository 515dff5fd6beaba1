"""Measures what the offline programs make of a corpus: facts, bridges, candidates, kept questions, a second.

    python benchmarks/documents_questions.py articles.jsonl.gz --examples 3000 --seed 7 --out runs/questions --json

Kept: passed every check of documents that asks no model (`optimizers.checks.documents.DOCUMENT_CHECKS`), then the
reductions over all (duplicates, caps), then `--computed`. No solver has read them. Without a corpus, the sample
articles are read. `--out` writes `kept.jsonl`, `dropped.jsonl` (as `benchmarks/shortcuts.py` and `audit_draw.py` read
them) and `summary.json`; `candidates` are examples made, whatever the checks say of them.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from source2synth.data.datasets import write_jsonl
from source2synth.data.document_records import Corpus, MultiHopExample
from source2synth.data.links import LinkGraph, link_graph
from source2synth.data.records import Verdict
from source2synth.data.sources.documents import read_documents
from source2synth.optimizers.checks.documents import library_of, run_document_checks, run_document_reductions
from source2synth.programs import MultiHopQuestions
from source2synth.programs.offline.hops import STRATEGIES, Atlas, EntitySeeds, atlas_of

SAMPLES = Path(__file__).parents[1] / "data" / "samples" / "documents"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", type=Path, nargs="?", default=SAMPLES)
    parser.add_argument("--examples", type=int, default=3000, help="candidates asked for")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--computed", type=int, default=100, help="most that are kept of a shape that computes its answer"
    )
    parser.add_argument("--strategy", choices=STRATEGIES, help="one way to draw seeds; else they take turns")
    parser.add_argument("--out", type=Path, help="folder for kept and dropped examples and the summary")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> None:
    """Make, check and count."""
    options = arguments(given)
    clock = Clock()
    corpus = read_documents(options.documents)
    clock.stop("read")
    graph = link_graph(corpus)
    clock.stop("link")
    atlas = atlas_of(corpus, graph)
    clock.stop("facts")
    seeds = EntitySeeds((options.strategy,) if options.strategy else STRATEGIES)
    made = MultiHopQuestions.offline(seeds=seeds).many(corpus, options.examples, seed=options.seed, graph=graph)
    clock.stop("make")
    verdicts = mixed(made, judged(made, corpus, graph), options.computed)
    clock.stop("check")
    summary = summed_up(corpus, atlas, made, verdicts, clock.seconds)
    if options.out:
        write(options.out, made, verdicts, summary)
    sys.stdout.write(json.dumps(summary, indent=1) + "\n" if options.json else spelt(summary))


class Clock:
    """Seconds of the parts of one process."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def stop(self, name: str) -> None:
        """Note what went by since the last stop."""
        now = time.perf_counter()
        self.seconds[name], self._last = round(now - self._last, 2), now


def judged(made: Sequence[MultiHopExample], corpus: Corpus, graph: LinkGraph) -> list[Verdict]:
    """Return one verdict an example: of the checks, then of the reductions over what those kept."""
    verdicts = run_document_checks(made, library_of(corpus, graph))
    kept = [one for one, verdict in zip(made, verdicts, strict=True) if verdict.outcome == "kept"]
    reduced = {verdict.example_id: verdict for verdict in run_document_reductions(kept)}
    return [reduced.get(verdict.example_id, verdict) for verdict in verdicts]


def mixed(made: Sequence[MultiHopExample], verdicts: Sequence[Verdict], most: int) -> list[Verdict]:
    """Drop, in id order, what goes beyond a cap of the shapes that compute: a corpus with dates has no end of them."""
    counts, decided = Counter[str](), {verdict.example_id: verdict for verdict in verdicts}
    for one in sorted(made, key=lambda one: one.id):
        if decided[one.id].outcome != "kept" or one.hops[-1].operation == "span":
            continue
        counts[one.shape] += 1
        if counts[one.shape] > most:
            decided[one.id] = Verdict(example_id=one.id, outcome="dropped", check="mixed", reason=f"More than {most}.")
    return [decided[one.id] for one in made]


def summed_up(
    corpus: Corpus,
    atlas: Atlas,
    made: Sequence[MultiHopExample],
    verdicts: Sequence[Verdict],
    seconds: dict[str, float],
) -> dict[str, Any]:
    """Count facts, bridges, candidates and what was kept, by shape and number of documents."""
    kept = [one for one, verdict in zip(made, verdicts, strict=True) if verdict.outcome == "kept"]
    dropped = Counter(verdict.check for verdict in verdicts if verdict.outcome != "kept")
    bridges = {
        one.answer_key for one in atlas.asked if one.answer_key in atlas.documents and one.answer_key in atlas.about
    }
    return {
        "documents": len(corpus.documents),
        "facts": len(atlas.facts),
        "facts by relation": dict(Counter(fact.relation for fact in atlas.facts).most_common()),
        "documents with a fact": len({fact.document_id for fact in atlas.facts}),
        "bridges": len(bridges),
        "candidates": len(made),
        "candidates by kind": kinds(made),
        "dropped by check": dict(dropped.most_common()),
        "kept": len(kept),
        "kept by kind": kinds(kept),
        "relations asked last": dict(Counter(_last(one) for one in kept).most_common()),
        "documents used": len({id for one in kept for id in one.seed.source_ids}),
        "seconds": seconds,
        "kept a second": round(len(kept) / max(1e-9, sum(seconds.values())), 2),
    }


def kinds(examples: Sequence[MultiHopExample]) -> dict[str, int]:
    """Count examples by shape and number of documents."""
    return dict(sorted(Counter(f"{one.shape} {len(one.seed.source_ids)}" for one in examples).items()))


def _last(example: MultiHopExample) -> str:
    hops = example.hops
    return hops[-1].relation if hops[-1].operation == "span" else hops[hops[-1].uses[0]].relation


def write(folder: Path, made: Sequence[MultiHopExample], verdicts: Sequence[Verdict], summary: dict[str, Any]) -> None:
    """Write what was kept and dropped, and the summary."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("kept", "dropped"):
        some = [one for one, v in zip(made, verdicts, strict=True) if (v.outcome == "kept") == (name == "kept")]
        write_jsonl(folder / f"{name}.jsonl", some)
    (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


def spelt(summary: dict[str, Any]) -> str:
    """Spell the summary, a line a figure."""
    lines = []
    for name, figure in summary.items():
        said = ", ".join(f"{key} {value}" for key, value in figure.items()) if isinstance(figure, dict) else figure
        lines.append(f"{name}: {said}\n")
    return "".join(lines)


if __name__ == "__main__":
    main()
