"""Stage `solver-prompt`, of `optimize: alternate`: are the new weights better, and is a prompt on top of them?

The held-out questions are halved by hash. One half is asked of the base and of LLMCurated and decides whether the new
weights go on; the other measures the solver's prompt on what goes on, so that nothing was chosen on what measures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from ...data.document_records import Example
from ...data.records import Part, content_id
from ...evaluation.accuracy import Grade, grades
from ..lessons import HERE
from ..prompting import identity as searched
from ..prompting import is_compact, search_options
from ..stage import Figures, Run, Stage
from ..steps import SOLVER, WEIGHTS, Step
from ..store import StageFolder
from ..students import Answering, base_of, learned
from .checks import load_checked

SHARD = 128
"""Questions a shard."""
BOOTSTRAP = "bootstrap_random"
"""The optimizer where the recipe's rewrites instructions and the student is shown none."""


@dataclass(frozen=True)
class Dealt:
    """A division of examples that was made beforehand."""

    parts: Mapping[Part, tuple[Example, ...]]
    by: str = "dealt"
    notes: tuple[str, ...] = ()

    def split(self, examples: Sequence[Example]) -> dict[Part, tuple[Example, ...]]:
        """Return the examples of each part in their order."""
        ids: dict[Part, set[str]] = {part: {one.id for one in rows} for part, rows in self.parts.items()}
        return {part: tuple(one for one in examples if one.id in own) for part, own in ids.items()}


def wanted(run: Run) -> bool:
    """Tell whether the recipe alternates and there are new weights."""
    return run.recipe.optimize.alternate and "curated-model" in run.figures


def settings(run: Run) -> JsonValue:
    """How the prompt is searched, and how many questions decide."""
    return {**searched(run), "seed": run.recipe.seed, "limit": run.recipe.evaluation.held_out_limit}


def work(run: Run, folder: StageFolder) -> Figures:
    """Decide on the weights, then search for a prompt on what goes on."""
    deciding, measuring = halves(run)
    candidates = {"base": base_of(run), "curated": learned(run, "curated-model")[0]}
    scores = {name: _graded(run, folder, name, one, deciding) for name, one in candidates.items()}
    weights = Step.of_scores(WEIGHTS, scores["base"], scores["curated"], run.recipe.seed)
    run.say("note", folder.name, message=str(weights))
    label = "curated" if weights.kept else "base"
    found = _searched(run, folder, candidates[label], measuring)
    steps = [weights]
    if found is not None:
        steps.append(Step.of_search(SOLVER, found))
        run.say("note", folder.name, message=str(steps[-1]))
    return {
        "weights": label,
        "better": found is not None and found.better,
        "models": [f"{HERE}{folder.name}/search/programs"],
        "calls": found.spent.calls if found is not None else 0,
        "steps": [step.model_dump(mode="json") for step in steps],
    }


def halves(run: Run) -> tuple[list[Example], list[Example]]:
    """Return the held-out questions that decide on the weights, and those that measure the prompt."""
    held_out = load_checked(run)[0]["held_out"]
    limit = run.recipe.evaluation.held_out_limit or len(held_out)
    drawn = sorted(held_out, key=lambda example: content_id("half", run.recipe.seed, example.id))[:limit]
    return sorted(drawn[::2], key=lambda one: one.id), sorted(drawn[1::2], key=lambda one: one.id)


def _graded(run: Run, folder: StageFolder, name: str, model: Answering, examples: Sequence[Example]) -> list[float]:
    found: list[Grade] = []
    for start in range(0, len(examples), SHARD):
        rows = examples[start : start + SHARD]
        shard = f"{name}_{start // SHARD:03d}"
        found += folder.shard(shard, Grade, lambda rows=rows: _grades(run, model, rows))  # type: ignore[misc]  # bound at once
    return [float(grade.correct) for grade in found]


def _grades(run: Run, model: Answering, examples: Sequence[Example]) -> list[Grade]:
    with run.replies.unit():
        return grades(model.lm, model.solver, examples, run.sources)


def _searched(run: Run, folder: StageFolder, model: Answering, measuring: Sequence[Example]) -> Any:
    """Search on slice 0, which LLMCurated was not trained on, if there is enough of it; what is kept is measured."""
    from ...optimizers import Accuracy, optimize_prompts
    from ...optimizers.prompts.searches import REFLECT

    slice_0 = load_checked(run)[0]["slice_0"]
    parts: dict[Part, tuple[Example, ...]] = {
        "slice_0": tuple(slice_0[::2]), "slice_1": tuple(slice_0[1::2]), "held_out": tuple(measuring),
    }  # fmt: skip
    if not all(parts.values()):
        run.say("note", folder.name, message="Too few examples to search for a prompt; it stays as it is.")
        return None
    options = search_options(run, folder, "")
    if is_compact(model.lm) and options["optimizer"] in REFLECT:
        options["optimizer"] = BOOTSTRAP
    return optimize_prompts(
        model.solver,
        run.sources,
        Accuracy(),
        lm=model.lm.copy(temperature=0.0),
        examples=[*slice_0, *measuring],
        division=Dealt(parts),
        **options,
    )


def prompted(run: Run) -> Answering | None:
    """Return the student with the prompt that was found; None if none was, or it was no better."""
    figures = run.figures.get("solver-prompt")
    if figures is None or not figures["better"]:
        return None
    from ...programs.compiled import load_program

    model = learned(run, "curated-model")[0] if figures["weights"] == "curated" else base_of(run)
    names = figures["models"]
    folder = str(names[0] if isinstance(names, list) else names).removeprefix(HERE)
    return Answering(load_program(model.solver, run.path / folder), model.lm)


STAGE = Stage("solver-prompt", 1, ("checks", "parts", "curated-model"), settings, work, wanted)
