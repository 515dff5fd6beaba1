"""What verdicts make of a slice: kept, dropped, unjudged, shown how often; and the control."""

from collections import Counter
from typing import Any

import pytest

from source2synth.data.records import SQLExample, Try, Verdict
from source2synth.optimizers import KeepRule, draw_control, select, weighed


def judged(example: SQLExample, *correct: bool | None, outcome: Any = "kept") -> Verdict:
    tries = tuple(Try(answer="", correct=one) for one in correct)
    return Verdict(example_id=example.id, outcome=outcome, check="answerability", reason="", tries=tries)


@pytest.fixture
def examples(make: Any) -> list[SQLExample]:
    return [make(f"Number {at}?", f"SELECT {at} FROM mountains") for at in range(12)]


def test_selection_is_in_id_order_and_keeps_unjudged_apart(examples: list[SQLExample]) -> None:
    tries = [(True, True, False), (False,) * 3, (None, None, False)] * 4
    verdicts = [judged(example, *one) for example, one in zip(examples, tries, strict=True)]
    selection, decided = select(examples[::-1], verdicts, KeepRule.parse("any"))
    assert {example.id for example in selection.kept} == {example.id for example in examples[::3]}
    assert {example.id for example in selection.unjudged} == {example.id for example in examples[2::3]}
    ids = [example.id for example in selection.kept]
    assert ids == sorted(ids)
    assert [verdict.example_id for verdict in decided] == sorted(example.id for example in examples)
    strict, _ = select(examples, verdicts, KeepRule.parse("all"))
    assert not strict.kept
    assert len(strict.dropped) == 12


def test_learnability_shows_the_half_known_more_often(examples: list[SQLExample]) -> None:
    ordered = sorted(examples, key=lambda example: example.id)
    tries = [[True, False] * 4, [True] * 8] * 6
    verdicts = {example.id: judged(example, *one) for example, one in zip(ordered, tries, strict=True)}
    shown = weighed(ordered, verdicts)
    assert len(shown) == len(ordered)
    counts = Counter(example.id for example in shown)
    half_known = sum(counts[example.id] for example in ordered[::2])
    assert half_known == round(12 * 0.25 / (0.25 + 0.09))
    assert weighed(ordered, verdicts) == shown
    assert weighed((), {}) == ()


def test_the_control_is_drawn_by_seed_alone(examples: list[SQLExample]) -> None:
    drawn = draw_control(examples, 5, seed=3)
    assert drawn == draw_control(examples[::-1], 5, seed=3)
    assert len({example.id for example in drawn}) == 5
    assert len({draw_control(examples, 5, seed=seed) for seed in range(6)}) > 1
    assert len(draw_control(examples, 50, seed=3)) == 12
