"""Stage `parts`: divides the sources into held-out, slice 0 and slice 1, before anything is generated from them."""

import json
from typing import Any

from pydantic import JsonValue

from ...data.datasets import write_json
from ..stage import Figures, Run, Stage
from ..store import StageFolder


def settings(run: Run) -> JsonValue:
    """Shares and seed."""
    return {"seed": run.recipe.seed, "shares": run.recipe.parts.model_dump(mode="json")}


def work(run: Run, folder: StageFolder) -> Figures:
    """Divide."""
    division = run.kind.divide(run)
    write_json(folder.path / "division.json", division)
    for note in division.notes:
        run.say("note", "parts", message=note)
    return {**run.kind.sizes(division), "notes": list(division.notes)}


def load_division(run: Run) -> Any:
    """Return the division that the stage wrote down."""
    text = (run.folders["parts"].path / "division.json").read_text(encoding="utf-8")
    return run.kind.division.model_validate(json.loads(text))


STAGE = Stage("parts", 2, ("sources",), settings, work)
