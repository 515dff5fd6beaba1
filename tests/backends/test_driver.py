"""benchmarks/driver.py measures what it says, small."""

import argparse
import asyncio
import importlib
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))  # the process of its server must find it, too
    return importlib.import_module("driver")


def test_clients_are_measured_against_a_server_of_its_own(driver: Any) -> None:
    with driver.serving(0.0) as address:
        found = [asyncio.run(client(address, 12, 4)) for client in (driver.by_aiohttp, driver.by_ours)]
    assert [one.client for one in found] == ["aiohttp", "ours"]
    assert all(one.cpu_ms > 0 and one.rate > 0 for one in found)


def test_a_floor_that_is_missed_is_said(driver: Any) -> None:
    options = argparse.Namespace(calls=1, in_flight=1, slow_calls=1, slow_in_flight=1)
    names = {"aiohttp": 0.1, "ours": 0.6, "litellm": 2.0}
    figures = {name: driver.Figure(name, 1, cpu, 100 - 50 * (name == "ours")) for name, cpu in names.items()}
    lines = driver.report(options, 0.05, figures, figures)
    assert sum("**not reached**" in line for line in lines) == 3
    good = {**figures, "ours": driver.Figure("ours", 1, 0.3, 95)}
    assert sum(line.endswith("| reached |") for line in driver.report(options, 0.05, good, good)) == 3
