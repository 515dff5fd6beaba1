"""Runs on documents: entities, hops, one question that needs them all; answered hop by hop."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from ...data.corpus_parts import CorpusDivision, divide_corpus
from ...data.datasets import write_json
from ...data.document_records import Corpus, Document, MultiHopAttempt, MultiHopExample
from ...data.links import LinkGraph, link_graph
from ...data.parts import PARTS
from ...data.records import Notice, Part, Verdict
from ..judged import JudgedMultiHopExample
from ..programs import student_of
from ..prompting import reasoning_of
from ..recipe import Recipe
from ..stage import Run
from ..store import StageFolder
from ..turns import is_offline, rotated

if TYPE_CHECKING:
    from ...optimizers.checks.documents import Library
    from ..stages.seeds import Plan

DRAW = 40
"""Examples of one unit, about: each draws from all documents of its part, with a random seed of its own."""
SHARD = 4_096
"""Documents a shard."""
COMPOSED = "answer"
"""Where an attempt ends whose question was written."""


class Documents:
    """The kind of corpora; keeps what was built from the documents of its run, so that it is built once."""

    name = "documents"
    embedded = "tiny-reader"
    example = MultiHopExample
    attempt = MultiHopAttempt
    judged = JudgedMultiHopExample
    division = CorpusDivision
    unused = frozenset({"levels"})
    ablates = True
    mend = "Give articles that name each other and state facts in plain sentences, or a language model as generator."

    def __init__(self) -> None:
        self._graph: tuple[Corpus, LinkGraph] | None = None
        self._parts: dict[Part, tuple[Corpus, LinkGraph]] = {}

    def read(self, run: Run) -> Corpus:
        """Read a folder or file of documents."""
        from ...data.sources.documents import read_documents

        return read_documents(run.recipe.source.path)

    def write(self, folder: StageFolder, sources: Corpus) -> dict[str, JsonValue]:
        """Write the documents, and what was noticed about them beside them."""
        for start in range(0, len(sources.documents), SHARD):
            rows = sources.documents[start : start + SHARD]
            folder.shard(f"documents-{start // SHARD:04d}", Document, lambda rows=rows: rows)  # type: ignore[misc]  # bound at once
        notices: list[JsonValue] = [notice.model_dump(mode="json") for notice in sources.notices]
        write_json(folder.path / "notices.json", notices)
        characters = sum(len(document.text) for document in sources.documents)
        return {"documents": len(sources.documents), "characters": characters, "notices": len(notices)}

    def load(self, folder: StageFolder) -> Corpus:
        """Put the corpus together again."""
        notices = json.loads((folder.path / "notices.json").read_text(encoding="utf-8"))
        return Corpus(
            documents=tuple(folder.read(Document, "documents-")),
            notices=tuple(Notice.model_validate(notice) for notice in notices),
        )

    def divide(self, run: Run) -> CorpusDivision:
        """Divide by communities of the link graph."""
        shares = run.recipe.parts
        graph = self._linked(run.sources)
        wanted = (shares.held_out, shares.slice_0, shares.slice_1)
        return divide_corpus(run.sources, graph, seed=run.recipe.seed, shares=wanted)

    def sizes(self, division: CorpusDivision) -> dict[str, JsonValue]:
        """Count the documents of each part, and the links that chains cannot use."""
        return {
            "by": division.by,
            "documents": {part: len(division.documents(part)) for part in PARTS},
            "communities": division.communities,
            "links": division.edges,
            "lost_links": division.lost_edges,
        }

    def units(self, division: CorpusDivision, recipe: Recipe) -> list[tuple[str, Sequence[str]]]:
        """Return draws from each part: chains need all their documents in reach, so a part is not cut up further."""
        counts = [recipe.examples.count * share for share in division.shares]
        return [
            (part, [f"{part} draw {draw}" for draw in range(max(1, round(count / DRAW)))])
            for part, count in zip(PARTS, counts, strict=True)
        ]

    def levels(self, run: Run) -> JsonValue:
        """Return none: hops and shapes take turns."""
        return None

    def balanced(self, run: Run, plans: "list[Plan]") -> "list[Plan]":
        """Return the plans as they are."""
        return plans

    def program(self, run: Run) -> Any:
        """Return `MultiHopQuestions` as the recipe's generator wants it."""
        from ...programs import MultiHopQuestions
        from ...programs.offline.hops import STRATEGIES, EntitySeeds

        generator = run.recipe.generator
        given: dict[str, Any] = {"hops": generator.hops, "shapes": generator.shapes}
        if generator.seeds == "model":
            return MultiHopQuestions(**given, preset=generator.preset)
        seeds = EntitySeeds(tuple(one for one in STRATEGIES if generator.seeds in {one, "statistics"}))
        if is_offline(run):
            return MultiHopQuestions.offline(**given, seeds=seeds)
        return MultiHopQuestions(**given, preset=generator.preset, seeds=seeds)

    def attempts(self, run: Run, program: Any, plan: "Plan") -> Iterator[MultiHopAttempt]:
        """Draw from one part, shapes and styles in turn."""
        yield from program.attempts(**self._draw(run, plan))

    async def aattempts(self, run: Run, program: Any, plan: "Plan") -> AsyncIterator[MultiHopAttempt]:
        """Draw from one part without blocking."""
        async for attempt in program.aattempts(**self._draw(run, plan)):
            yield attempt

    def _draw(self, run: Run, plan: "Plan") -> dict[str, Any]:
        corpus, graph = self._part(run, plan.part)
        # with a term left open nothing would tell the hops apart
        styles = tuple(style for style in run.recipe.generator.styles if style != "vague")
        return {
            "corpus": corpus,
            "n": plan.count,
            "seed": plan.seed,
            "graph": graph,
            "styles": rotated(styles, plan.seed),
        }

    def written(self, attempts: Sequence[MultiHopAttempt], examples: Sequence[MultiHopExample]) -> dict[str, JsonValue]:
        """Count connections found, chains of hops written, questions composed; examples by shape and by documents."""
        whole = [one for one in attempts if one.example is not None or _ended(one) in {"compose", COMPOSED}]
        return {
            "seeds": sum(attempt.seed is not None for attempt in attempts),
            "hops_written": len(whole),
            "composed": sum(one.example is not None or _ended(one) == COMPOSED for one in whole),
            "shapes": dict(sorted(Counter(example.shape for example in examples).items())),
            "hops": dict(sorted(Counter(str(len(example.seed.source_ids)) for example in examples).items())),
        }

    def checks(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Return the checks of multi-hop examples."""
        from ...optimizers.checks.documents import DOCUMENT_CHECKS, DOCUMENT_REDUCTIONS

        return DOCUMENT_CHECKS, DOCUMENT_REDUCTIONS

    def check(self, examples: Sequence[MultiHopExample], sources: Corpus, checks: Sequence[Any]) -> list[Verdict]:
        """Run checks, in the corpus indexed once."""
        from ...optimizers.checks.documents import run_document_checks

        return run_document_checks(examples, self.library(sources), checks)

    def reduce(self, examples: Sequence[MultiHopExample], sources: Corpus) -> list[Verdict]:
        """Look for duplicates and keep the caps."""
        from ...optimizers.checks.documents import run_document_reductions

        return run_document_reductions(examples)

    def solver(self, run: Run) -> Any:
        """Return the program that asks a student: its chain of hops is its reasoning."""
        from ...programs import HopReasoner

        return student_of(run, HopReasoner(reasoning=reasoning_of(run), context=run.recipe.student.context))

    def human(self, path: str | Path, sources: Corpus) -> tuple[list[MultiHopExample], list[Notice]]:
        """Read human questions on these documents."""
        from ...evaluation import read_human_hops

        return read_human_hops(path, sources)

    def provable(self, examples: Sequence[MultiHopExample], sources: Corpus) -> list[MultiHopExample]:
        """Return those whose hops are of their shape, are found where they say, and come to the same again."""
        from ...optimizers.checks.documents import follows_its_plan, hops_are_recomputed, spans_are_found

        found = self.check(examples, sources, (follows_its_plan, spans_are_found, hops_are_recomputed))
        return [e for e, verdict in zip(examples, found, strict=True) if verdict.outcome == "kept"]

    def library(self, sources: Corpus) -> "Library":
        """Return the corpus as checks look things up in it."""
        from ...optimizers.checks.documents import library_of

        return library_of(sources, self._linked(sources))

    def _linked(self, corpus: Corpus) -> LinkGraph:
        if self._graph is None or self._graph[0] is not corpus:
            self._graph = (corpus, link_graph(corpus))
        return self._graph[1]

    def _part(self, run: Run, name: str) -> tuple[Corpus, LinkGraph]:
        """Return the documents of a part, and how they are connected among themselves."""
        part: Part = next(one for one in PARTS if one == name)
        if part not in self._parts:
            corpus = run.division.corpus(run.sources, part)
            self._parts[part] = (corpus, link_graph(corpus))
        return self._parts[part]


def _ended(attempt: MultiHopAttempt) -> str:
    return attempt.verdict.check if attempt.verdict is not None else ""
