"""Stage `twins`: of documents, unanswerable twins of what passed the checks, for LLMSynth to learn from and to measure.

Those of what curation keeps are made by `curated`, once it is known what that is.
"""

from collections import Counter
from typing import Any

from pydantic import JsonValue

from ...data.document_records import MultiHopExample
from ...data.records import Part, Verdict
from ..stage import Figures, Run, Stage
from ..store import StageFolder
from .checks import load_checked


def wanted(run: Run) -> bool:
    """Tell whether the recipe asks for twins."""
    return run.recipe.curation.unanswerable > 0


def settings(run: Run) -> JsonValue:
    """How many, and the seed."""
    return {"share": run.recipe.curation.unanswerable, "half": run.recipe.curation.half, "seed": run.recipe.seed}


def work(run: Run, folder: StageFolder) -> Figures:
    """Make the twins of each part that an LLMSynth is trained on, and of the held-out one; refused ones are counted."""
    from ...optimizers.twinning import twins_of

    both: tuple[Part, ...] = ("slice_1",) if run.recipe.curation.half == "both" else ()
    parts: tuple[Part, ...] = ("held_out", "slice_0", *both)
    examples: dict[Part, list[Any]] = {part: list(rows) for part, rows in load_checked(run)[0].items()}
    share, seed = run.recipe.curation.unanswerable, run.recipe.seed
    for part in parts:
        made = twins_of(examples[part], run.kind.library(run.sources), share=share, seed=seed)
        folder.shard(f"verdicts-{part}", Verdict, lambda made=made: made.verdicts)  # type: ignore[misc]  # bound at once
        folder.shard(part, MultiHopExample, lambda made=made: made.made)  # type: ignore[misc]  # bound at once
    outcomes = Counter(verdict.outcome for verdict in folder.read(Verdict, "verdicts-"))
    counts: Figures = {part: len(folder.read(MultiHopExample, part)) for part in parts}
    return {"twins": outcomes["kept"], "parts": counts, "refused": outcomes["dropped"]}


def load_twins(run: Run, part: Part) -> list[MultiHopExample]:
    """Return the twins of a part; none if the recipe asks for none."""
    return run.folders["twins"].read(MultiHopExample, part) if "twins" in run.folders else []


STAGE = Stage("twins", 1, ("checks",), settings, work, wanted)
