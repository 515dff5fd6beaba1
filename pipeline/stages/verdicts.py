"""Stage `verdicts`: LLMSynth answers every example of slice 1, k times; the tries, and what came of each."""

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from ...data.document_records import Example
from ...data.records import Part, Verdict, content_id
from ..programs import named_by
from ..stage import Figures, Run, Stage
from ..store import StageFolder
from ..students import Answering, learned
from .checks import load_checked

SHARD = 32
"""Examples judged together, in id order: the unit of work and of resume."""
OTHER_HALF = "-1"
"""Label of the second LLMSynth of `half: both`, which is trained on slice 1 and judges slice 0."""


def settings(run: Run) -> JsonValue:
    """What the tries depend on; not the rule, which only counts them."""
    curation = run.recipe.curation.model_dump(mode="json")
    return {**{name: curation[name] for name in ("k", "temperature", "half", "perturbed")}, "seed": run.recipe.seed}


def work(run: Run, folder: StageFolder) -> Figures:
    """Judge slice by slice."""
    parts, slices = load_judged(run), judged_slices(run)
    total, done = sum(len(parts[part]) for part in slices), 0
    judges = {label: learned(run, "synth-model", label)[0] for label in slices.values()}
    beside = [judge.lm for judge in judges.values()]
    for part, label in slices.items():
        synth = judges[label]
        for start in range(0, len(parts[part]), SHARD):
            rows = parts[part][start : start + SHARD]
            name = f"{part}-{start // SHARD:04d}"
            verdicts = folder.shard(name, Verdict, lambda rows=rows, synth=synth: _judge(run, synth, rows, beside))  # type: ignore[misc]  # bound at once
            done += len(verdicts)
            run.say("advanced", "verdicts", done=done, total=total, unit="examples")
    return {"judged": total}


def judged_slices(run: Run) -> dict[Part, str]:
    """Return which slices are judged, and the label of the model that judges each."""
    both = run.recipe.curation.half == "both"
    return {"slice_1": "", "slice_0": OTHER_HALF} if both else {"slice_1": ""}


def load_judged(run: Run) -> dict[Part, list[Any]]:
    """Return what is judged, by part and in id order: what passed the checks, as it was imputed if it was."""
    imputed = run.folders.get("imputed")
    if imputed is None:
        checked, _ = load_checked(run)
        return {part: checked[part] for part in judged_slices(run)}
    return {part: imputed.read(run.kind.example, f"settled-{part}") for part in judged_slices(run)}


def rule(run: Run) -> Any:
    """Return the rule of the recipe."""
    from ...optimizers.rules import KeepRule

    return KeepRule.parse(run.recipe.curation.keep, run.recipe.curation.k)


def _judge(run: Run, synth: Answering, examples: Sequence[Example], beside: Sequence[Any]) -> list[Verdict]:
    from ...optimizers.curating import judge_slice
    from ...optimizers.rules import KeepRule

    curation, lm = run.recipe.curation, run.asked("student", synth.lm, beside)
    with run.replies.unit():
        found = judge_slice(
            synth.solver,
            lm,
            examples,
            run.sources,
            rule=KeepRule(need=1, of=curation.k),  # `curated` counts anew, by the recipe's rule
            temperature=curation.temperature,
            perturbed=curation.perturbed,
            seed=run.recipe.seed,
        )
    return named_by(run, found, synth.solver)


def reopened(run: Run, folder: StageFolder) -> bool:
    """Drop the shards that hold unjudged examples; replies that did come are in the log and are not asked for again."""
    wanted = rule(run)
    shards = [
        shard
        for shard in folder.shards()
        if any(wanted.apply(verdict).outcome == "unjudged" for verdict in folder.read(Verdict, shard))
    ]
    for shard in shards:
        folder.drop(shard)
    return bool(shards)


def fingerprint(run: Run) -> str:
    """Identify what was judged by its contents: examples that were unjudged may be judged on a later go."""
    verdicts = run.folders["verdicts"].read(Verdict)
    return content_id(*(verdict.model_dump(mode="json") for verdict in verdicts))


STAGE = Stage("verdicts", 3, ("checks", "synth-model", "imputed"), settings, work, reopened=reopened)
