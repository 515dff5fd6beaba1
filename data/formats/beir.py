"""BEIR's files for retrieval: passages, questions, and which passages answer which question.

`corpus.jsonl` has `_id`, `title`, `text`; `queries.jsonl` has `_id`, `text`; `qrels/test.tsv` has a head and the
columns `query-id`, `corpus-id`, `score` (1). Every passage of the corpus is there, so that there is something to miss.
"""

from collections.abc import Sequence
from typing import Any

from ..document_records import MultiHopExample, Passage
from .supporting import holds, original_of

QRELS_HEAD = ("query-id", "corpus-id", "score")


def passage_name(passage: Passage) -> str:
    """Return the id of a passage: its document and where it starts."""
    return f"{passage.document_id}-{passage.start}"


def corpus_row(passage: Passage) -> dict[str, Any]:
    """Return a passage as BEIR has it."""
    place = {"document_id": passage.document_id, "start": passage.start, "end": passage.end}
    return {"_id": passage_name(passage), "title": passage.title, "text": passage.text, "metadata": place}


def query_row(example: MultiHopExample) -> dict[str, Any]:
    """Return a question as BEIR has it."""
    about: dict[str, Any] = {"answer": example.answer, "shape": example.shape, "hops": len(example.seed.source_ids)}
    about |= original_of(example)
    return {"_id": example.id, "text": example.question, "metadata": about}


def relevant(example: MultiHopExample, passages: Sequence[Passage]) -> list[str]:
    """Return the ids of the passages that hold the answer of a hop, in the order of the hops, each once."""
    spans = [span for hop in example.hops for span in hop.evidence[:1]]
    names = [passage_name(one) for span in spans for one in passages if holds(one, span)]
    return list(dict.fromkeys(names))
