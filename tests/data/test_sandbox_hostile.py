"""Hostile statements, through both walls and through the engines and the confinement alone."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from source2synth.data import Limits
from source2synth.data.sandbox import process

ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "tests" / "fixtures" / "sql" / "hostile.jsonl"
LIMITS = Limits(seconds=0.2)


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hostile_sql", ROOT / "benchmarks" / "hostile_sql.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hostile_sql"] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def test_nothing_leaks_changes_or_outlives_its_limit(benchmark: ModuleType) -> None:
    report = benchmark.run_hostile(FIXTURE, limits=LIMITS)
    assert report.breaches == []
    assert sum(report.kinds.values()) >= 200
    # What may run is harmless: a name that only looks like a file, and a count that may be quick.
    assert all('WITH "' in place or "count(*)" in place for place in report.ran), report.ran


def test_without_the_check_engines_and_confinement_hold_alone(
    benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = "from source2synth.data.sandbox import check; check.Checker.check = lambda _, sql: check.Checked(sql)"
    monkeypatch.setattr(process, "_BOOT", process._BOOT.replace("try:", f"{patch}\ntry:"))
    report = benchmark.run_hostile(FIXTURE, limits=LIMITS)
    assert report.breaches == []
    assert any("random()" in place for place in report.ran), "the check was not out of the way"
