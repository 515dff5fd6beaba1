"""The Python in the documents runs as it stands, and prints what they say that it prints."""

import os
import re
from pathlib import Path

import pytest

from ..pipeline.scripted_generator import Server
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
