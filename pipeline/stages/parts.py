"""Stage `parts`: divides the sources into held-out, slice 0 and slice 1, before anything is generated from them."""

import json

from pydantic import JsonValue

from ...data.datasets import write_json
from ...data.parts import PARTS, Division, divide
from ..stage import Figures, Run, Stage
from ..store import StageFolder


def settings(run: Run) -> JsonValue:
    """Shares and seed."""
    return {"seed": run.recipe.seed, "shares": run.recipe.parts.model_dump(mode="json")}


def work(run: Run, folder: StageFolder) -> Figures:
    """Divide."""
    shares = run.recipe.parts
    division = divide(run.database, seed=run.recipe.seed, shares=(shares.held_out, shares.slice_0, shares.slice_1))
    write_json(folder.path / "division.json", division)
    for note in division.notes:
        run.say("note", "parts", message=note)
    sizes: dict[str, JsonValue] = {part: len(division.tables(part)) for part in PARTS}
    return {"by": division.by, "tables": sizes, "notes": list(division.notes)}


def load_division(folder: StageFolder) -> Division:
    """Return the division that the stage wrote down."""
    return Division.model_validate(json.loads((folder.path / "division.json").read_text(encoding="utf-8")))


STAGE = Stage("parts", 1, ("sources",), settings, work)
