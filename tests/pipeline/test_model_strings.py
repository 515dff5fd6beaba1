"""One recipe, and only the model's name changed: offline, litellm's providers, our own engine, a model of this process.

No model small enough for a test writes SQL about facts, so wherever there is one it answers by rule; all around it (its
name, address, protocol, adapter, log) is real.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from dspy.lm15 import Message, Request, Response, TextPart, Usage

from source2synth.backends import pace
from source2synth.backends.local.engine import AsyncLocalEngine
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
    run_recipe(make_recipe({**RECIPE, "generator": generator}), folder)
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
    local = make_model(tmp_path / "model", settings={"finetune": "full"})
    with Misbehaving(lambda body: answer(_turns(body))) as server:
        found = {
            "offline": carry_out(tmp_path / "offline", {"model": "offline"}),
            "ours": carry_out(tmp_path / "ours", {"model": "openai/x", "api_base": server.api_base}),
            "openai": carry_out(tmp_path / "openai", {"model": "together_ai/x", "api_base": server.api_base}),
            "anthropic": carry_out(
                tmp_path / "anthropic", {"model": "anthropic/claude-3-5-haiku-20241022", "api_base": server.address}
            ),
        }
        paths = {headers["user-agent"].split("/")[0] for headers in server.headers}
    assert len(paths) > 1  # litellm's clients and ours have asked
    ask = AsyncLocalEngine.complete

    async def by_rule(self: AsyncLocalEngine, request: Request) -> Response:
        if request.model != f"local/{local}":
            return await ask(self, request)  # the student's own
        turns = [{"role": turn.role, "content": turn.text or ""} for turn in request.messages]
        return Response(None, request.model, Message.assistant([TextPart(answer(turns))]), "stop", Usage(50, 10))

    monkeypatch.setattr(AsyncLocalEngine, "complete", by_rule)
    found["local"] = carry_out(tmp_path / "local", {"model": f"local/{local}"})

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


def _turns(body: dict[str, Any]) -> list[dict[str, str]]:
    """Return the turns of a request of either protocol, as texts."""
    return [{"role": turn["role"], "content": _text(turn["content"])} for turn in body["messages"]]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)
