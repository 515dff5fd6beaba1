"""HotpotQA's JSON: paragraphs as lists of sentences, and the sentences that prove the answer.

One example is an object of `_id`, `question`, `answer`, `type` (`bridge`, `comparison`), `level`, `supporting_facts`
(`[title, index of the sentence]`) and `context` (`[title, sentences]`); a file is a list of them. A title names one
paragraph, because loaders look sentences up by it; sentences joined without anything between them are the text. A
question that was imputed has `original_question` besides.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

from ..document_records import MultiHopExample, Passage, Shape
from ..sentences import sentences_of
from .supporting import fault_of_support, original_of

TYPES: dict[Shape, str] = {
    "chain": "bridge",
    "join": "bridge",
    "comparison": "comparison",
    "bridge_comparison": "comparison",
    "fan_out": "comparison",
}
"""HotpotQA has two types; a count, sum or maximum over several documents is nearer to its comparisons."""
LEVEL = "hard"
"""HotpotQA's name for what no single hop answers; loaders want the field."""


class Sentence(NamedTuple):
    """A sentence of a paragraph; the blanks before it belong to it."""

    title: str
    number: int
    """Of the sentences of its paragraph, from 0."""
    document_id: str
    start: int
    """Offsets into the document's text; `start` is that of the blanks."""
    end: int
    text: str


def hotpotqa_fault(example: MultiHopExample, passages: Sequence[Passage]) -> str:
    """Say why an example cannot be written for HotpotQA; empty if it can."""
    if not example.answerable:
        return "HotpotQA has no unanswerable questions"
    return fault_of_support(example, passages)


def hotpotqa_row(example: MultiHopExample, passages: Sequence[Passage]) -> dict[str, Any]:
    """Return an example as HotpotQA has it.

    Args:
        example: One without a `hotpotqa_fault`.
        passages: The paragraphs in their order; those of one document become one.
    """
    paragraphs = _paragraphs(passages)
    return {
        "_id": example.id,
        "question": example.question,
        "answer": example.answer,
        "type": TYPES[example.shape],
        "level": LEVEL,
        "supporting_facts": _supporting(example, [one for some in paragraphs.values() for one in some]),
        "context": [[title, [one.text for one in some]] for title, some in paragraphs.items()],
        **original_of(example),
    }


def _paragraphs(passages: Sequence[Passage]) -> dict[str, list[Sentence]]:
    """Return the sentences by title; documents of one title are told apart by a number."""
    documents: dict[str, list[Passage]] = {}
    for passage in passages:
        documents.setdefault(passage.document_id, []).append(passage)
    found: dict[str, list[Sentence]] = {}
    for some in documents.values():
        title = some[0].title
        free = next(name for name in _spellings(title) if name not in found)
        found[free] = _sentences(free, sorted(some, key=lambda one: one.start))
    return found


def _spellings(title: str) -> Any:
    yield title
    yield from (f"{title} ({number})" for number in count(2))


def _sentences(title: str, passages: Sequence[Passage]) -> list[Sentence]:
    found: list[Sentence] = []
    for passage in passages:
        low = 0
        borders = [end for _, end in sentences_of(passage.text)]
        for high in [*borders[:-1], len(passage.text)]:
            text = passage.text[low:high]
            gap = " " if found and not low else ""
            start, end = passage.start + low, passage.start + high
            found.append(Sentence(title, len(found), passage.document_id, start, end, gap + text))
            low = high
    return found


def _supporting(example: MultiHopExample, sentences: Sequence[Sentence]) -> list[list[str | int]]:
    """Return title and index of every sentence that proves a hop, in the order of the hops, each once."""
    found = [
        (one.title, one.number)
        for hop in example.hops
        for span in hop.evidence
        for one in sentences
        if one.document_id == span.document_id and one.start < span.end and span.start < one.end
    ]
    return [[title, index] for title, index in dict.fromkeys(found)]
