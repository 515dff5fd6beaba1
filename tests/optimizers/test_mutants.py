"""Planted errors: each wrong in one place, and what the checks make of them."""

import random
from typing import Any

import pytest

from source2synth.data.records import Database
from source2synth.data.sandbox import shared_sandbox
from source2synth.optimizers.checks import run_checks
from source2synth.optimizers.mutants import KINDS, mutants

SOUND = [
    (
        "Which mountains in the Himalaya are over 8,400 m?",
        "SELECT name FROM mountains WHERE range = 'Himalaya' AND height_m > 8400",
    ),
    (
        "Which are the three highest mountains of NP?",
        "SELECT name FROM mountains WHERE country = 'NP' ORDER BY height_m DESC LIMIT 3",
    ),
    ("What is the average height in the Karakoram?", "SELECT AVG(height_m) FROM mountains WHERE range = 'Karakoram'"),
    ("How many ranges has PK or NP?", "SELECT COUNT(DISTINCT range) FROM mountains WHERE country IN ('PK', 'NP')"),
    (
        "Which ranges have more than 2 peaks?",
        "SELECT range, COUNT(*) FROM mountains GROUP BY range HAVING COUNT(*) > 2",
    ),
]


@pytest.mark.parametrize("kind", KINDS[1:])
def test_mutants_run_and_differ(kind: Any, mountains: Database) -> None:
    found = {sql: mutants(sql, mountains, kind, random.Random(1)) for _, sql in SOUND}
    assert sum(map(len, found.values())) >= 4
    for sql, changed in found.items():
        assert sql not in changed
        assert len(set(changed)) == len(changed)
        executions = shared_sandbox().execute(mountains, changed)
        assert all(execution.result is not None for execution in executions)
        assert mutants(sql, mountains, kind, random.Random(1)) == changed


def test_questions_are_swapped_not_queries(mountains: Database) -> None:
    assert mutants(SOUND[0][1], mountains, "question", random.Random(1)) == []


def test_checks_let_the_sound_through_and_catch_forgotten_conditions_and_other_values(
    make: Any, mountains: Database
) -> None:
    sound = [make(question, sql) for question, sql in SOUND]
    assert [verdict.outcome for verdict in run_checks(sound, mountains)] == ["kept"] * len(SOUND)
    for kind in ("condition", "value"):
        broken = [
            make(question, changed)
            for question, sql in SOUND
            for changed in mutants(sql, mountains, kind, random.Random(1))
        ]
        dropped = sum(verdict.outcome == "dropped" for verdict in run_checks(broken, mountains))
        assert dropped == len(broken) > 4
