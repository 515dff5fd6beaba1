"""Stage `ablation`: of documents, what LLMSynth answered is asked again without each document and without all."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from ...data.document_records import MultiHopExample
from ...data.records import Part, Verdict, content_id
from ..programs import compiled_id, judging_program, named_by
from ..stage import Figures, Run, Stage
from ..store import StageFolder
from ..students import learned
from ..turns import has_role, role_identity
from . import verdicts

SHARD = 16
"""Examples asked about together, in id order: the unit of work and of resume."""


def wanted(run: Run) -> bool:
    """Tell whether there is anything to leave out, and a model that reads; a student asked closed-book does not."""
    curation = run.recipe.curation
    reads = has_role(run, "judge") or run.recipe.student.context != "closed_book"
    return run.kind.ablates and curation.ablation and reads


def settings(run: Run) -> JsonValue:
    """Who is asked and how often, and the verdicts: what was not answered is not asked again."""
    curation = run.recipe.curation
    compiled = compiled_id(run, "solver") if has_role(run, "judge") else None
    return {
        **({"programs": compiled} if compiled else {}),
        "judge": role_identity(run, "judge"),
        "k": curation.k,
        "temperature": curation.temperature,
        "seed": run.recipe.seed,
        "verdicts": verdicts.fingerprint(run),
    }


def work(run: Run, folder: StageFolder) -> Figures:
    """Ask slice by slice."""
    # the loosest rule decided there: any right try, more than guesses give where guessing is easy
    answered = {one.example_id for one in run.folders["verdicts"].read(Verdict) if one.outcome == "kept"}
    parts = verdicts.load_judged(run)
    asked: list[tuple[Part, str, list[Any]]] = [
        (part, label, [example for example in parts[part] if example.id in answered])
        for part, label in verdicts.judged_slices(run).items()
    ]
    total, done = sum(len(examples) for _, _, examples in asked), 0
    for part, label, examples in asked:
        solver, lm = _judge(run, label)
        for start in range(0, len(examples), SHARD):
            rows = examples[start : start + SHARD]
            name = f"{part}-{start // SHARD:04d}"
            folder.shard(name, Verdict, lambda rows=rows, solver=solver, lm=lm: _ablate(run, solver, lm, rows))  # type: ignore[misc]  # bound at once
            done += len(rows)
            run.say("advanced", "ablation", done=done, total=total, unit="examples")
    found = Counter(verdict.outcome for verdict in folder.read(Verdict))
    return {"asked": total, "needed": found["kept"], "dropped": found["dropped"], "unjudged": found["unjudged"]}


def _judge(run: Run, label: str) -> tuple[Any, Any]:
    """Return who is asked, and by which program: a prompted model is not asked as a fine-tuned one is."""
    if has_role(run, "judge"):
        return judging_program(run), run.judge
    return learned(run, "synth-model", label)[0]


def _asked(run: Run, lm: Any) -> Any:
    """Return who is asked as it is asked."""
    if has_role(run, "judge"):
        return run.asked("judge", lm)
    labels = verdicts.judged_slices(run).values()
    return run.asked("student", lm, [learned(run, "synth-model", label)[0].lm for label in labels])


def _ablate(run: Run, solver: Any, lm: Any, examples: Sequence[MultiHopExample]) -> list[Verdict]:
    from ...optimizers.ablating import ablate

    curation = run.recipe.curation
    with run.replies.unit():
        found = ablate(
            solver,
            _asked(run, lm),
            examples,
            run.sources,
            k=curation.k,
            temperature=curation.temperature,
            seed=run.recipe.seed,
            library=run.kind.library(run.sources),
        )
    return named_by(run, found, solver)


def reopened(run: Run, folder: StageFolder) -> bool:
    """Drop the shards that hold unjudged examples, to be asked again."""
    shards = [
        shard
        for shard in folder.shards()
        if any(verdict.outcome == "unjudged" for verdict in folder.read(Verdict, shard))
    ]
    for shard in shards:
        folder.drop(shard)
    return bool(shards)


def load_proofs(run: Run) -> list[Verdict]:
    """Return what the ablation found; nothing if it is no part of the run."""
    return run.folders["ablation"].read(Verdict) if "ablation" in run.folders else []


def fingerprint(run: Run) -> JsonValue:
    """Identify what was found by its contents, as `verdicts.fingerprint` does; None if it is no part of the run."""
    found = load_proofs(run)
    return content_id(*(proof.model_dump(mode="json") for proof in found)) if "ablation" in run.folders else None


STAGE = Stage("ablation", 4, ("checks", "synth-model", "imputed", "verdicts"), settings, work, wanted, reopened)
