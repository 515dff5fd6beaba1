"""One recipe, and only the model's name changed: offline, litellm's providers, our own engine, a model of this process.

No model small enough for a test writes SQL about any fact. Behind an address one answers by rule; the local one is a
real model that learned these answers, and says them word by word.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from source2synth.backends import make_lm, pace, train
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.run import run_recipe

from ..backends.conftest import make_model
from ..backends.misbehaving import Misbehaving
from .scripted_generator import answer

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "tables"
RECIPE: dict[str, Any] = {
    "name": "towns",
    "source": {"path": str(SAMPLES), "tables": ["islands", "lakes", "moons", "rivers", "cities", "volcanoes"]},
    "examples": {"count": 18},
    "training": {"max_steps": 1, "batch_size": 2},
    "curation": {"k": 1, "control": False},
    "evaluation": {"held_out_limit": 2},
}


def carry_out(folder: Path, generator: dict[str, Any]) -> dict[str, Any]:
    run_recipe(make_recipe({**RECIPE, "generator": {"temperature": 0.0, **generator}}), folder)
    result: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return result


def files(folder: Path) -> set[str]:
    """Name the files of a run; a model's folder is named by its contents."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {re.sub(r"-model/\w{16}/", "-model/…/", name) for name in names if not name.startswith("replies/")}


def shape(value: Any) -> Any:
    """Leave the names of a record's fields and forget what stands in them."""
    return {name: shape(inner) for name, inner in value.items()} if isinstance(value, dict) else "…"


@pytest.mark.slow
def test_the_same_recipe_with_other_model_strings_gives_the_same_files_and_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none-needed")
    monkeypatch.setenv("TOGETHERAI_API_KEY", "none-needed")
    with Misbehaving(lambda body: answer(_turns(body))) as server:
        found = {
            "offline": carry_out(tmp_path / "offline", {"model": "offline"}),
            "ours": carry_out(tmp_path / "ours", {"model": "openai/x", "api_base": server.api_base}),
            "local": carry_out(tmp_path / "local", {"model": taught(tmp_path, server.bodies)}),
            "openai": carry_out(tmp_path / "openai", {"model": "together_ai/x", "api_base": server.api_base}),
            "anthropic": carry_out(
                tmp_path / "anthropic", {"model": "anthropic/claude-3-5-haiku-20241022", "api_base": server.address}
            ),
        }
        paths = {headers["user-agent"].split("/")[0] for headers in server.headers}
    assert len(paths) > 1  # litellm's clients and ours have asked

    assert {name: files(tmp_path / name) for name in found} == dict.fromkeys(found, files(tmp_path / "offline"))
    offline = found.pop("offline")
    for name, summary in found.items():
        assert shape({**summary, "funnel": {**summary["funnel"], "dropped": 0}}) == shape(
            {**offline, "funnel": {**offline["funnel"], "dropped": 0}}
        ), name
        assert summary["funnel"] == found["ours"]["funnel"], name
        assert summary["scores"] == found["ours"]["scores"], name
        assert summary["faults"] == {}, name
    assert found["ours"]["funnel"]["examples"] > 12
    assert judged(tmp_path / "local") == judged(tmp_path / "ours")
    assert len(judged(tmp_path / "local")) > 4


def taught(folder: Path, bodies: Sequence[dict[str, Any]]) -> str:
    """Teach a new model what the rule answers to these requests; return its name."""
    lessons = [[*_turns(body), {"role": "assistant", "content": answer(_turns(body))}] for body in bodies]
    texts = [turn["content"] for lesson in lessons for turn in lesson]
    size = {"hidden": 96, "words": 3000, "context": 2048, "spread": 0.05}
    fresh = make_model(folder / "fresh", settings={"finetune": "full"}, lines=texts, **size)
    hyper = {"learning_rate": 4e-3, "max_steps": 160, "batch_size": 8}
    rows = [{"messages": lesson} for lesson in lessons]
    lm = train(make_lm(f"local/{fresh}"), rows, output_dir=folder / "taught", adapter="ChatAdapter", **hyper)
    return str(lm.model)


def judged(folder: Path) -> list[dict[str, Any]]:
    """Return the records of what a run kept and dropped, but for the name of the model that wrote them."""
    lines = "".join((folder / "curated" / name).read_text() for name in ("kept.jsonl", "dropped.jsonl"))
    records = [json.loads(line) for line in lines.splitlines()]
    return [{**record, "provenance": {**record["provenance"], "models": []}} for record in records]


def _turns(body: dict[str, Any]) -> list[dict[str, str]]:
    """Return the turns of a request of either protocol, as texts."""
    return [{"role": turn["role"], "content": _text(turn["content"])} for turn in body["messages"]]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)
