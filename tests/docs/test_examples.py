"""The Python in the documents runs as it stands."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


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
