"""The benchmark's own parts: what it plants is broken and runs, and what it counts is right."""

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from source2synth.data.records import Database, Try, Verdict
from source2synth.data.results import compare
from source2synth.data.sandbox import shared_sandbox

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "planted_errors.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("planted_errors", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sound(make: Any) -> list[Any]:
    found = [
        make(f"How high is {name}?", f"SELECT height_m FROM mountains WHERE name = '{name}'")
        for name in ("K2", "Lhotse", "Makalu", "Twin", "Broad Peak")
    ]
    for name in ("Himalaya", "Karakoram"):
        those = f"FROM mountains WHERE range = '{name}'"
        found.append(
            make(f"Which is the highest in the {name}?", f"SELECT name {those} ORDER BY height_m DESC LIMIT 1")
        )
        found.append(make(f"How many are in the {name}?", f"SELECT COUNT(*) {those}"))
        for word, function in (("average", "AVG"), ("least", "MIN"), ("greatest", "MAX")):
            found.append(make(f"What is the {word} height in the {name}?", f"SELECT {function}(height_m) {those}"))
        for low in (8050, 8100, 8400):
            found.append(make(f"Which of the {name} are over {low} m?", f"SELECT name {those} AND height_m > {low}"))
    return found


def test_a_third_is_broken_in_all_kinds_and_the_rest_untouched(
    benchmark: ModuleType, sound: list[Any], mountains: Database
) -> None:
    examples, kinds = benchmark.plant(sound, mountains, 0.5, 1)
    assert len(examples) == len(sound)
    assert len(kinds) == round(0.5 * len(sound))
    assert set(kinds.values()) == set(benchmark.KINDS)
    assert max(Counter(kinds.values()).values()) <= 4
    originals = {example.question: example for example in sound}
    for example in examples:
        original = originals[example.question]
        if example.id not in kinds:
            assert example == original
            continue
        (execution,) = shared_sandbox().execute(mountains, [example.sql])
        assert execution.result is not None
        assert compare(execution.result, example.answer).equal
        assert not compare(example.answer, original.answer).equal
        assert example.answer.rows
    assert benchmark.plant(sound[::-1], mountains, 0.5, 1) == (examples, kinds)


def test_what_is_kept_and_lost_is_counted(benchmark: ModuleType, sound: list[Any]) -> None:
    judged = sound[:10]
    kinds = {example.id: "column" for example in judged[:4]}
    right = {example.id: number for number, example in enumerate(judged)}  # right tries of each: 0 to 9

    def verdict(example: Any) -> Verdict:
        tries = tuple(Try(answer="", correct=at < right[example.id]) for at in range(8))
        return Verdict(example_id=example.id, outcome="kept", check="answerability", reason="", tries=tries)

    through = {example.id: example is not judged[9] for example in judged}
    rows = {
        row["rule"]: row
        for row in benchmark.curve("both", judged, [verdict(example) for example in judged], kinds, through)
    }
    loose, strict = rows["any of 8"], rows[">= 5 of 8"]
    assert (loose["kept"], loose["broken_before"]) == (8, 0.4)
    assert loose["broken_after"] == round(3 / 8, 4)
    assert loose["answerable"] == 1.0
    assert loose["answerable_kept"] == round(5 / 6, 4)
    assert (strict["kept"], strict["broken_after"]) == (4, 0.0)
    assert strict["kinds"]["column"] == {"n": 4, "recall": 1.0, "precision": round(4 / 6, 4)}
