"""Unanswerable twins of many examples: a share of them, each without one document that it needs."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from ..data.document_records import MultiHopExample
from ..data.records import Verdict, content_id
from ..programs.twins import twin_without
from .checks.documents import Library, removed_is_needed


class Twins(NamedTuple):
    """Twins and what became of them, each in id order."""

    made: tuple[MultiHopExample, ...]
    refused: tuple[MultiHopExample, ...]
    """Twins whose question is still answered by what is left, whichever document is taken away."""
    verdicts: tuple[Verdict, ...]
    """One for each, made or refused."""


def twins_of(examples: Sequence[MultiHopExample], library: Library, *, share: float, seed: int) -> Twins:
    """Make twins of examples that passed their checks.

    Which examples get one is chosen by hash, so that with more examples the same ones are preferred; which document
    goes is drawn, and another is tried where what it tells stands elsewhere too.

    Args:
        examples: Answerable or not; only the former have twins.
        library: Of all their documents.
        share: Twins for one example: 0.2 is one for every five.
        seed: Of the choice.
    """
    able = [example for example in examples if example.answerable]
    wanted = round(share * len(able))
    made: list[MultiHopExample] = []
    refused: list[MultiHopExample] = []
    verdicts: list[Verdict] = []
    for example in sorted(able, key=lambda one: content_id("twin", seed, one.id)):
        if len(made) == wanted:
            break
        twin, verdict = _twin(example, library, seed)
        (made if verdict.outcome == "kept" else refused).append(twin)
        verdicts.append(verdict)
    return Twins(_sorted(made), _sorted(refused), tuple(sorted(verdicts, key=lambda one: one.example_id)))


def _twin(example: MultiHopExample, library: Library, seed: int) -> tuple[MultiHopExample, Verdict]:
    """Return a twin with the verdict on it: one that passes if there is one, else the last that was tried."""
    places = list(range(len(example.seed.source_ids)))
    random.Random(f"{seed} twin {example.id}").shuffle(places)
    found = [twin_without(example, place) for place in places]
    verdicts = [removed_is_needed(twin, library) for twin in found]
    return next(
        ((twin, one) for twin, one in zip(found, verdicts, strict=True) if one.outcome == "kept"),
        (found[-1], verdicts[-1]),
    )


def _sorted(examples: Sequence[MultiHopExample]) -> tuple[MultiHopExample, ...]:
    return tuple(sorted(examples, key=lambda one: one.id))
