"""Guesses: what has few possible answers is asked twice as often, in both orders if it can be, and judged by chance."""

import re
from collections.abc import Mapping, Sequence
from math import comb

from ....data.answers import chance, either_or, truth
from ....data.document_records import SIZES, MultiHopExample
from ....data.titles import plain_title
from ....programs.plans import plan_of, subject_of

LEVEL = 0.05
"""How rarely guesses may be right as often by chance, for the tries to say that the answer was known."""


def above_chance(right: int, made: int, chance: float, *, level: float = LEVEL) -> bool:
    """Whether so many right tries of those made are more than guesses give (binomial tail).

    >>> above_chance(5, 6, 0.5), above_chance(6, 6, 0.5), above_chance(0, 6, 0.5)
    (False, True, False)
    """
    tail = sum(comb(made, hits) * chance**hits * (1 - chance) ** (made - hits) for hits in range(right, made + 1))
    return right > 0 and tail <= level


def askings(example: MultiHopExample, titles: Mapping[str, str]) -> tuple[MultiHopExample, ...]:
    """Return an example as it is asked: twice, in both orders if it can be turned, where guessing is easy.

    Args:
        example: What is asked.
        titles: Of its documents, by id; where one is missing, the two subjects cannot change places.
    """
    if not odds(example):
        return (example,)
    turned = swapped(example, _subjects(example, titles))
    if turned is None:
        return (example, example)
    question, answer = turned
    return (example, example.model_copy(update={"question": question, "answer": answer}))


def orders(asked: Sequence[MultiHopExample]) -> int:
    """Count the orders in which a question is asked: 1 if it cannot be turned."""
    return len({one.question for one in asked})


def odds(example: MultiHopExample) -> float:
    """Return how often a guess is right: of what is compared or counted, yes or no, one of two choices; else 0.0.

    A count of n things is taken to have n answers: that all of them fit, or none, is hardly ever asked.
    """
    last = example.hops[-1]
    if not example.answerable:
        return 0.0
    if last.operation == "compare":
        return 0.5
    few = last.operation in {"max", "count"}
    return 1 / len(last.uses) if few else chance(example.question, example.answer)


def swapped(example: MultiHopExample, subjects: tuple[str, ...] = ()) -> tuple[str, str] | None:
    """Return question and answer with the two things in the other order; None if the question cannot be turned.

    The two subjects change places if the question names each of them once, else the two choices of an either/or
    question that stand behind a comma or colon. The answer stays, but of yes or no to `is later` and its like it turns.
    """
    last = example.hops[-1]
    if last.operation == "compare" and len(subjects) == 2 and all(_once(example.question, one) for one in subjects):
        turned = "no" if truth(example.answer) else "yes"
        return _exchanged(example.question, *subjects), turned if last.relation.startswith("is ") else example.answer
    pair = either_or(example.question, example.answer)
    if pair and re.search(rf"[,:]\s{re.escape(pair[0])}", example.question):
        return _exchanged(example.question, *pair), example.answer
    return None


def _subjects(example: MultiHopExample, titles: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a computed hop compares, the titles at the start of its two branches; nothing if one is missing."""
    uses, ids = example.hops[-1].uses, example.seed.source_ids
    plan = plan_of(example.shape, len(ids)) if len(ids) in SIZES[example.shape] else ()
    if len(uses) != 2 or len(plan) != len(example.hops):
        return ()
    starts = [titles.get(ids[subject_of(plan, at)], "") for at in uses]
    return tuple(map(plain_title, starts)) if all(starts) else ()


def _once(text: str, name: str) -> bool:
    return len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", text)) == 1


def _exchanged(text: str, one: str, other: str) -> str:
    """Let two parts of a text change places."""
    first, last = sorted(((text.rindex(one), one), (text.rindex(other), other)))
    between = text[first[0] + len(first[1]) : last[0]]
    return text[: first[0]] + last[1] + between + first[1] + text[last[0] + len(last[1]) :]
