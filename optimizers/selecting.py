"""From verdicts to training sets: what is kept, how often it is shown, and the control drawn against it."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..data.document_records import Example, MultiHopExample
from ..data.records import Verdict
from ..data.sqlshape import shape_of
from .rules import KeepRule
from .rules import learnability as learned_from

MOST = 4.0
"""How much more often than the average a kept example may be shown so that its shape has its share."""


class Selection(NamedTuple):
    """Examples by what became of them, each in id order."""

    kept: tuple[Example, ...]
    dropped: tuple[Example, ...]
    unjudged: tuple[Example, ...]


def select(
    examples: Sequence[Example], verdicts: Sequence[Verdict], rule: KeepRule | None = None
) -> tuple[Selection, tuple[Verdict, ...]]:
    """Sort examples by their verdicts.

    Args:
        examples: What was judged.
        verdicts: One for each, in any order.
        rule: Decides anew from the tries; None: the verdicts stand as they are.

    Returns:
        The selection, and the verdicts as decided, in id order.
    """
    decided = {verdict.example_id: rule.apply(verdict) if rule else verdict for verdict in verdicts}
    ordered = sorted(examples, key=lambda example: example.id)
    by = {
        outcome: tuple(example for example in ordered if decided[example.id].outcome == outcome)
        for outcome in ("kept", "dropped", "unjudged")
    }
    selection = Selection(by["kept"], by["dropped"], by["unjudged"])
    return selection, tuple(decided[example.id] for example in ordered)


def shown(
    kept: Sequence[Example],
    judged: Sequence[Example],
    verdicts: Mapping[str, Verdict],
    *,
    learnability: bool = False,
    balance: bool = False,
) -> tuple[Example, ...]:
    """Return the rows that are trained on: what was kept, some of it more often than the rest; as many in all.

    Args:
        kept: In id order.
        judged: What it was chosen from.
        verdicts: Of those kept, by example id.
        learnability: Weigh each by p(1-p), p being its share of right tries.
        balance: Give every shape of reasoning (of SQL, or of hops) the share it had before the filter, which keeps what
            LLMSynth finds easy; no example is weighed more than `MOST` times as much as the average.
    """
    if not (learnability or balance):
        return tuple(kept)
    weights = {example.id: learned_from(verdicts[example.id]) if learnability else 1.0 for example in kept}
    return weighed(kept, _balanced(kept, judged, weights) if balance else weights)


def _balanced(kept: Sequence[Example], judged: Sequence[Example], weights: Mapping[str, float]) -> dict[str, float]:
    """Scale weights so that those of a shape add up to its share of what was judged."""
    shapes = {example.id: _shape(example) for example in (*kept, *judged)}
    wanted = Counter(shapes[example.id] for example in judged)
    found: dict[str, float] = defaultdict(float)
    for example in kept:
        found[shapes[example.id]] += weights[example.id]
    most = MOST * len(judged) / sum(found.values()) if found else 1.0
    return {id_: weight * min(most, wanted[shapes[id_]] / found[shapes[id_]]) for id_, weight in weights.items()}


def _shape(example: Example) -> str:
    return example.shape if isinstance(example, MultiHopExample) else shape_of(example.sql)


def weighed(examples: Sequence[Example], weights: Mapping[str, float]) -> tuple[Example, ...]:
    """Repeat and leave out examples in proportion to their weights; as many in all as there were.

    Going from the heaviest to the lightest, each is shown `len(examples) * weight / sum of weights` times, rounded so
    that the running total is right: nothing is drawn by chance.

    Args:
        examples: Those kept.
        weights: Theirs, by example id.
    """
    total, count, share = sum(weights[example.id] for example in examples), len(examples), 0.0
    rows: list[Example] = []
    for example in sorted(examples, key=lambda example: (-weights[example.id], example.id)):
        share += weights[example.id]
        rows += [example] * (round(count * share / total) - len(rows))
    return tuple(sorted(rows, key=lambda example: example.id))


def draw_control(examples: Sequence[Example], n: int, seed: int) -> tuple[Example, ...]:
    """Draw the control: `n` examples at random, in id order; all of them if there are no more.

    Args:
        examples: What curation chose from (slice 1 after the checks).
        n: As many as curation kept.
        seed: The same seed draws the same.
    """
    ordered = sorted(examples, key=lambda example: example.id)
    drawn = random.Random(f"control {seed}").sample(ordered, min(n, len(ordered)))
    return tuple(sorted(drawn, key=lambda example: example.id))
