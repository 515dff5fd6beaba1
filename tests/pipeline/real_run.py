"""Runs with the embedded student, really trained and really asked; otherwise as scripted_run.py, which it serves by.

A checkpoint is written after every step, so that a kill in the middle of training finds one.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

from dspy.lm15 import Request, Response
from scripted_run import killer, note, serve

from source2synth.backends.local.engine import AsyncLocalEngine
from source2synth.backends.reply_keys import model_identity
from source2synth.data.records import content_id
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.run import run_recipe

SMALL: dict[str, Any] = {
    "name": "real",
    "examples": {"count": 60},
    "evaluation": {"held_out_limit": 8},
    "training": {"max_steps": 10, "batch_size": 4},
}


def count_asks(calls: Path) -> None:
    """Write down every ask of a local model before it is answered."""
    answer = AsyncLocalEngine.complete

    async def complete(self: AsyncLocalEngine, request: Request) -> Response:
        said = [message.text for message in request.messages]
        config = (request.config.temperature, request.config.seed)
        note(calls, content_id(model_identity(request.model), said, config))
        return await answer(self, request)

    AsyncLocalEngine.complete = complete  # type: ignore[method-assign]  # in this process only


def main(run: Path, sources: Path, kill: str, fields: dict[str, str]) -> None:
    """Run the small recipe."""
    for module, function in (("sft", "run"), ("launching", "launch")):
        trainer = getattr(importlib.import_module(f"source2synth.backends.training.{module}"), function)
        trainer.__kwdefaults__["checkpoint_seconds"] = 0.0
    count_asks(run.parent / f"{run.name}.calls")
    recipe = make_recipe({**SMALL, "source": str(sources)}, fields)
    result = run_recipe(recipe, run, progress=killer(kill))
    sys.stdout.write(result.model_dump_json(indent=1))


if __name__ == "__main__":
    importlib.import_module("source2synth.backends.training.sft")  # slow to import, and once is enough
    serve(main)
