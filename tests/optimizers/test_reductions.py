"""Duplicates and caps: over all examples, in id order, whatever order they come in."""

import random
from functools import partial
from typing import Any

from source2synth.data.records import Database
from source2synth.optimizers.checks import not_a_duplicate, run_reductions, within_cap

HEIGHT = "SELECT height_m FROM mountains WHERE name = '{}'"


def outcomes(verdicts: Any) -> list[str]:
    return [verdict.outcome for verdict in verdicts]


def test_one_query_is_asked_once_whatever_its_wording_and_aliases(make: Any) -> None:
    examples = [
        make("How high is K2?", HEIGHT.format("K2")),
        make(
            "What height does the mountain called K2 have?",
            "SELECT m.height_m FROM mountains AS m WHERE m.name = 'K2'",
        ),
        make("How high is Lhotse?", HEIGHT.format("Lhotse")),
    ]
    verdicts = not_a_duplicate(examples)
    assert sorted(outcomes(verdicts[:2])) == ["dropped", "kept"]
    assert verdicts[2].outcome == "kept"
    dropped = next(verdict for verdict in verdicts if verdict.outcome == "dropped")
    kept = min(examples[:2], key=lambda example: example.id)
    assert dropped.evidence["twin"] == kept.id
    assert kept.id in dropped.reason


def test_nearly_the_same_words_are_a_duplicate_unless_a_literal_differs(make: Any) -> None:
    limit = "SELECT name FROM mountains ORDER BY height_m DESC LIMIT 3"
    nested = (
        "SELECT name FROM mountains WHERE height_m IN (SELECT height_m FROM mountains ORDER BY height_m DESC LIMIT 3)"
    )
    question = "Which are the three highest mountains on this list of mountains?"
    same_words = [make(question, limit), make(f"{question[:-1]} ?", nested)]
    assert sorted(outcomes(not_a_duplicate(same_words))) == ["dropped", "kept"]
    other_literal = [make(question, limit), make(question.replace("three", "two"), limit.replace("3", "2"))]
    assert outcomes(not_a_duplicate(other_literal)) == ["kept", "kept"]
    other_words = [make(question, limit), make("Name the peaks nobody tops, the best trio.", nested)]
    assert outcomes(not_a_duplicate(other_words)) == ["kept", "kept"]


def test_tables_do_not_disturb_each_other(make: Any) -> None:
    example = make("How high is K2?", HEIGHT.format("K2"))
    elsewhere = example.model_copy(update={"id": "0" * 16, "database_id": "other"})
    assert outcomes(not_a_duplicate([example, elsewhere])) == ["kept", "kept"]


def test_the_cap_keeps_the_first_in_id_order(make: Any) -> None:
    names = ["K2", "Lhotse", "Makalu", "Twin", "Broad Peak"]
    examples = [make(f"How high is {name}?", HEIGHT.format(name)) for name in names]
    examples.append(make("What is the highest?", "SELECT name FROM mountains ORDER BY height_m DESC LIMIT 1"))
    verdicts = {verdict.example_id: verdict for verdict in within_cap(examples, cap=3)}
    ids = sorted(example.id for example in examples[:5])
    assert [verdicts[id_].outcome for id_ in ids] == ["kept"] * 3 + ["dropped"] * 2
    assert verdicts[examples[5].id].outcome == "kept"
    assert "lookup" in verdicts[ids[-1]].reason


def test_order_of_the_examples_decides_nothing(make: Any, mountains: Database) -> None:
    names = [row[0] for row in mountains.tables[0].rows]
    examples = [make(f"How high is {name}?", HEIGHT.format(name)) for name in names]
    examples += [make(f"What is the height of {name}?", HEIGHT.format(name)) for name in names]
    reductions = (not_a_duplicate, partial(within_cap, cap=4))
    first = {verdict.example_id: verdict for verdict in run_reductions(examples, "sqlite", reductions)}
    random.Random(1).shuffle(examples)
    verdicts = run_reductions(examples, "sqlite", reductions)
    assert [verdict.example_id for verdict in verdicts] == [example.id for example in examples]
    assert {verdict.example_id: verdict for verdict in verdicts} == first
    assert sum(verdict.outcome == "kept" for verdict in verdicts) == 4
    assert {verdict.check for verdict in verdicts} == {"not_a_duplicate", "within_cap"}
