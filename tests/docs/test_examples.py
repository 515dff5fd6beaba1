"""The Python in the documents runs as it stands, and prints what they say that it prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..pipeline.scripted_generator import Server
from ..pipeline.scripted_generator import answer as by_rule
from .scripted_walk import answer

ROOT = Path(__file__).parents[2]
ADDRESS = "http://localhost:8000/v1"
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)


@pytest.mark.slow
def test_dspy_s_own_optimizers_take_our_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "dspy.md").read_text(), re.DOTALL)
    os.symlink(ROOT / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "docs/dspy.md", "exec"), {"__name__": "example"})
    told = capsys.readouterr().out
    assert "2 demonstrations" in told
    assert re.search(r"^local/runs/dspy/[0-9a-f]{16}$", told, re.MULTILINE)
    (folder,) = (tmp_path / "runs" / "dspy").glob("*/fingerprint.json")
    assert '"steps": 4' in folder.read_text()
    assert float(told.split()[-1]) > 0


def test_the_walk_prints_what_its_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "walk.md").read_text()
    blocks = BLOCK.findall(page)
    assert len(blocks) == page.count("```python") > 5
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    names = {"__name__": "walk"}
    with Server(answer) as server:
        for code, printed in blocks:
            exec(compile(code.replace(ADDRESS, server.api_base), "docs/walk.md", "exec"), names)
            assert capsys.readouterr().out == printed, code


def test_the_sample_for_more_cores_shares_the_tables_among_processes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "performance.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    os.symlink(ROOT / "data" / "samples" / "tables", tmp_path / "tables")
    with Server(by_rule) as server:
        code = block.replace(ADDRESS, server.api_base).replace("2000", "4")
        shown = "    print(*sorted({name for one in made for name in one.seed.source_ids}))\n"
        (tmp_path / "share.py").write_text(code + shown)
        line = [sys.executable, "share.py"]
        done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["cities", "lakes", "moons", "rivers"]
