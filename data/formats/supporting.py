"""Which paragraphs prove a hop, and what an example lacks among those it is shown with."""

from collections.abc import Sequence

from ..document_records import Hop, MultiHopExample, Passage, Span


def holds(passage: Passage, span: Span) -> bool:
    """Whether a span reaches into a passage."""
    return passage.document_id == span.document_id and passage.start < span.end and span.start < passage.end


def place_of(hop: Hop, passages: Sequence[Passage]) -> int | None:
    """Return the index of the passage that holds a hop's answer; None if it is computed, or none does."""
    return next((at for span in hop.evidence[:1] for at, one in enumerate(passages) if holds(one, span)), None)


def original_of(example: MultiHopExample) -> dict[str, str]:
    """Return the question as it was before it was imputed, as a field of a row; nothing if it was not."""
    original = example.provenance.original_question
    return {} if original is None else {"original_question": original}


def fault_of_support(example: MultiHopExample, passages: Sequence[Passage]) -> str:
    """Say which hop of an answerable example the passages do not prove; empty if all is there."""
    for at, hop in enumerate(example.hops if example.answerable else (), start=1):
        if hop.operation == "span" and place_of(hop, passages) is None:
            return f"no paragraph holds the answer of hop {at}"
    return ""
