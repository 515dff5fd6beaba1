"""What verdicts make of a slice: kept, dropped, unjudged, shown how often; and the control."""

from collections import Counter
from typing import Any

import pytest

from source2synth.data.records import SQLExample, Try, Verdict
from source2synth.optimizers import KeepRule, draw_control, select, shown


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
    rows = shown(ordered, ordered, verdicts, learnability=True)
    assert len(rows) == len(ordered)
    counts = Counter(example.id for example in rows)
    half_known = sum(counts[example.id] for example in ordered[::2])
    assert half_known == round(12 * 0.25 / (0.25 + 0.09))
    assert shown(ordered, ordered, verdicts, learnability=True) == rows
    assert shown(ordered, ordered, verdicts) == tuple(ordered)
    assert shown((), (), {}, learnability=True, balance=True) == ()


def test_balance_gives_each_shape_the_share_it_had(make: Any) -> None:
    lookups = [make(f"Number {at}?", f"SELECT name FROM mountains WHERE height = {at}") for at in range(20)]
    counts = [make(f"How many {at}?", f"SELECT COUNT(*) FROM mountains WHERE height = {at}") for at in range(20)]
    kept = sorted([*lookups, *counts[:10]], key=lambda example: example.id)
    rows = shown(kept, [*lookups, *counts], {}, balance=True)
    of = Counter("COUNT" in example.sql for example in rows)
    assert of == {True: 15, False: 15}
    assert {example.id for example in rows if "COUNT" in example.sql} == {example.id for example in counts[:10]}


def test_no_example_is_shown_without_bounds_for_the_sake_of_balance(make: Any) -> None:
    lookups = [make(f"Number {at}?", f"SELECT name FROM mountains WHERE height = {at}") for at in range(20)]
    counts = [make(f"How many {at}?", f"SELECT COUNT(*) FROM mountains WHERE height = {at}") for at in range(20)]
    rows = shown(sorted([*lookups, counts[0]], key=lambda one: one.id), [*lookups, *counts], {}, balance=True)
    assert sum("COUNT" in example.sql for example in rows) in {5, 6, 7}


def test_the_control_is_drawn_by_seed_alone(examples: list[SQLExample]) -> None:
    drawn = draw_control(examples, 5, seed=3)
    assert drawn == draw_control(examples[::-1], 5, seed=3)
    assert len({example.id for example in drawn}) == 5
    assert len({draw_control(examples, 5, seed=seed) for seed in range(6)}) > 1
    assert len(draw_control(examples, 50, seed=3)) == 12
