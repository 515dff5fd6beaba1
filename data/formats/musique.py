"""MuSiQue's JSON: numbered paragraphs, and the question taken apart into steps that point to them.

One line is an object of `id` (`3hop1__...`: shape before the underscores), `paragraphs` (`idx`, `title`,
`paragraph_text`, `is_supporting`), `question`, `question_decomposition` (`id`, `question` with `#1` for the answer of
the first step, `answer`, `paragraph_support_idx`), `answer`, `answer_aliases` and `answerable`. An unanswerable twin
has the id and answer of its original, and no paragraph for the step whose paragraph was taken away: MuSiQue's evaluator
pairs the two by their id. A question that was imputed has `original_question` besides.
"""

import re
from collections.abc import Sequence
from typing import Any

from ..document_records import Hop, MultiHopExample, Passage, Shape
from ..records import content_id
from .supporting import fault_of_support, original_of, place_of

SHAPES: dict[tuple[Shape, int], str] = {
    ("chain", 2): "2hop",
    ("chain", 3): "3hop1",
    ("chain", 4): "4hop1",
    ("join", 3): "3hop2",
    ("join", 4): "4hop3",
}
"""MuSiQue's names of shapes, by shape and number of hops. Its `4hop2`, a join with a step after it, is none of ours."""
_TWIN = re.compile(r"\btwin of (\w+)")


def musique_fault(example: MultiHopExample, passages: Sequence[Passage]) -> str:
    """Say why an example cannot be written for MuSiQue; empty if it can."""
    if any(hop.operation != "span" for hop in example.hops):
        return "MuSiQue has no computed steps (comparisons, counts, sums)"
    if (example.shape, len(example.hops)) not in SHAPES:
        return f"MuSiQue has no {example.shape} of {len(example.hops)} hops"
    return fault_of_support(example, passages)


def musique_row(example: MultiHopExample, passages: Sequence[Passage]) -> dict[str, Any]:
    """Return an example as MuSiQue has it.

    Args:
        example: One without a `musique_fault`.
        passages: The paragraphs in their order.
    """
    places = [place_of(hop, passages) for hop in example.hops]
    return {
        "id": f"{SHAPES[example.shape, len(example.hops)]}__{_original(example)}",
        "paragraphs": [
            {"idx": at, "title": one.title, "paragraph_text": one.text, "is_supporting": at in places}
            for at, one in enumerate(passages)
        ],
        "question": example.question,
        "question_decomposition": [_step(hop, place) for hop, place in zip(example.hops, places, strict=True)],
        "answer": example.hops[-1].answer,
        "answer_aliases": list(example.aliases),
        "answerable": example.answerable,
        **original_of(example),
    }


def _step(hop: Hop, place: int | None) -> dict[str, Any]:
    """Return a step; its number is the same in every question that takes it."""
    number = int(content_id("step", hop.question, hop.answer)[:7], 16)
    return {"id": number, "question": hop.question, "answer": hop.answer, "paragraph_support_idx": place}


def _original(example: MultiHopExample) -> str:
    """Return the id of the example that a twin was made from; its own if it is none."""
    notes = () if example.answerable else example.provenance.notes
    found = [match[1] for note in notes if (match := _TWIN.search(note))]
    return found[-1] if found else example.id
