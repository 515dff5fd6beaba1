"""The proof that every document is needed, over many examples, and what it does to their verdicts."""

import asyncio
from collections.abc import Sequence
from typing import Any

from ..data.document_records import Corpus, MultiHopExample
from ..data.records import Verdict
from .checks.documents import Ablation, Library, library_of
from .waiting import wait_for

FLIGHT = 16
"""Examples whose tries are asked together."""


def ablate(
    solver: Any,
    lm: Any,
    examples: Sequence[MultiHopExample],
    sources: Corpus,
    *,
    k: int,
    temperature: float = 0.7,
    seed: int = 0,
    library: Library | None = None,
) -> list[Verdict]:
    """Ask with all documents, without each one and closed-book; one verdict an example, in their order.

    Args:
        solver: A `HopReasoner`, in the form in which `lm` is asked.
        lm: LLMSynth, or another judge; never an untuned student.
        examples: What LLMSynth answered.
        sources: Of all examples.
        k: Tries for each set of passages.
        temperature: Of the tries.
        seed: Of the tries.
        library: Of the sources, where it is there already.
    """
    judge = Ablation(solver, lm=lm, k=k, temperature=temperature, seed=seed)
    found: list[Verdict] = wait_for(_judged(judge, examples, library or library_of(sources)))
    return found


def with_ablation(verdicts: Sequence[Verdict], proofs: Sequence[Verdict]) -> list[Verdict]:
    """Let the ablation decide on what the filter kept; tries stay, and what each set of passages gave is added."""
    by_id = {proof.example_id: proof for proof in proofs}
    return [_decided(one, by_id[one.example_id]) if one.example_id in by_id else one for one in verdicts]


def _decided(verdict: Verdict, proof: Verdict) -> Verdict:
    if verdict.outcome != "kept":
        return verdict
    evidence = {**verdict.evidence, proof.check: proof.evidence}
    if proof.outcome == "kept":
        return verdict.model_copy(update={"evidence": evidence})
    changed = {"outcome": proof.outcome, "check": proof.check, "reason": proof.reason, "evidence": evidence}
    return verdict.model_copy(update=changed)


async def _judged(judge: Ablation, examples: Sequence[MultiHopExample], library: Library) -> list[Verdict]:
    found: list[Verdict] = []
    for start in range(0, len(examples), FLIGHT):
        batch = examples[start : start + FLIGHT]
        found += await asyncio.gather(*(judge.judge(example, library) for example in batch))
    return found
