"""Unanswerable twins: the same question with one supporting document taken away, so that readers learn to abstain."""

import random

from ..data.answers import NOT_STATED
from ..data.document_records import MultiHopExample


def unanswerable_twin(example: MultiHopExample, rng: int) -> MultiHopExample | None:
    """Return the example without one of its documents, drawn at random; its right answer is `not stated`.

    The hops stay as they are, so that whoever picks distractors knows what may not stand in them; a hop is lost if
    its evidence is in a document that is not in `seed.source_ids` any more. Yes/no and either/or questions have
    twins too. None for what is unanswerable already.
    """
    if not example.answerable:
        return None
    ids = example.seed.source_ids
    return twin_without(example, random.Random(f"{rng} {example.id}").randrange(len(ids)))


def twin_without(example: MultiHopExample, gone: int) -> MultiHopExample:
    """Return the unanswerable twin of an example that lacks the document at that place of its `source_ids`."""
    ids = example.seed.source_ids
    seed = example.seed.model_copy(update={"source_ids": ids[:gone] + ids[gone + 1 :]})
    notes = (*example.provenance.notes, f"twin of {example.id} without document {ids[gone]}")
    return MultiHopExample.of(
        question=example.question, hops=example.hops, answer=NOT_STATED, answerable=False, shape=example.shape,
        seed=seed, provenance=example.provenance.model_copy(update={"notes": notes}),
    )  # fmt: skip
