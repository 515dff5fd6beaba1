"""benchmarks/gpu.py goes through all its parts on a CPU, small; what is not installed is said."""

import importlib
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.slow
@pytest.mark.timeout(900)  # five processes that import torch
def test_a_dry_run_fills_its_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("PATH", "/nowhere")  # no vLLM, wherever this runs
    benchmark: Any = importlib.import_module("gpu")
    benchmark.main(["--dry-run"])
    head, _, *table = capsys.readouterr().out.strip().split("\n")
    assert "DRY RUN" in head
    rows = {row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")[2:-1]] for row in table[2:]}
    assert set(rows) == set(benchmark.TITLES.values())
    assert rows.pop("asking, vLLM")[0] == "not installed"
    for tokens, tries, memory in rows.values():
        assert all(float(cell.replace(",", "")) > 0 for cell in (tokens, tries or "1", memory))
