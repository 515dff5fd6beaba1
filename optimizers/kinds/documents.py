"""Multi-hop examples on documents: the answer is found in one of them, or computed from what is found."""

from collections.abc import Sequence
from typing import Any

from ...data.corpus_parts import CorpusDivision, divide_corpus
from ...data.document_records import Corpus, MultiHopExample, Passage
from ...data.links import link_graph
from ...data.records import Try, Verdict
from ..checks.documents import (
    DOCUMENT_CHECKS,
    Check,
    askings,
    library_of,
    odds,
    run_document_checks,
    run_document_reductions,
)


class Documents:
    """The kind of corpora."""

    ablates = True
    embedded = "tiny-reader"

    def divide(self, sources: Corpus, seed: int) -> CorpusDivision:
        """Divide by communities of the link graph."""
        return divide_corpus(sources, link_graph(sources), seed=seed)

    def check(
        self, examples: Sequence[MultiHopExample], sources: Corpus, checks: Sequence[Check] | None = None
    ) -> list[Verdict]:
        """Run checks, and unless there are none duplicates and caps over what they kept."""
        wanted = DOCUMENT_CHECKS if checks is None else checks
        verdicts = run_document_checks(examples, library_of(sources), wanted)
        if not wanted:
            return verdicts
        kept = [example for example, verdict in zip(examples, verdicts, strict=True) if verdict.outcome == "kept"]
        by_id = {verdict.example_id: verdict for verdict in run_document_reductions(kept)}
        return [by_id.get(verdict.example_id, verdict) for verdict in verdicts]

    def askings(self, example: MultiHopExample, view: Sequence[Passage]) -> tuple[MultiHopExample, ...]:
        """Return yes/no and either/or questions in both orders; titles in the view say what changes places."""
        return askings(example, {passage.document_id: passage.title for passage in view})

    def chance(self, example: MultiHopExample) -> float:
        """Return 0.5 of yes or no and of two choices, less of more choices, else 0.0."""
        return odds(example)

    async def confirm(
        self,
        tries: Sequence[Try],
        example: MultiHopExample,
        view: Sequence[Passage],
        match: Any,
        n: int,
        seed: int,
        sandbox: Any = None,
    ) -> list[Try]:
        """Return the tries as they are: that a document is needed is proven by leaving it out, not by changing it."""
        return list(tries)
