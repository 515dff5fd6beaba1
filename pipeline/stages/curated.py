"""Stage `curated`: what is kept, what is not and why, and what LLMCurated and the control are trained on."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from ...data.datasets import write_dataset, write_jsonl
from ...data.document_records import Example
from ...data.parts import PARTS
from ...data.records import Part, Verdict
from ..judged import judged_as
from ..stage import Figures, Run, Stage
from ..store import StageFolder
from . import ablation, sources, verdicts
from .checks import load_checked
from .examples import load_examples


def settings(run: Run) -> JsonValue:
    """The rule and what is mixed in, and the verdicts themselves: unjudged examples may have been judged since."""
    curation = run.recipe.curation.model_dump(mode="json")
    human = curation.pop("human")
    proofs = {"ablation": ablation.fingerprint(run)} if "ablation" in run.folders else {}
    return {
        **curation,
        "human": sources.fingerprint(Path(human)) if human else None,
        "seed": run.recipe.seed,
        "verdicts": verdicts.fingerprint(run),
        **proofs,
    }


def work(run: Run, folder: StageFolder) -> Figures:
    """Apply the rule; write kept, dropped and the training rows."""
    from ...optimizers.selecting import draw_control, select, shown
    from ...optimizers.training import training_rows

    judged = _judged(run)
    found = {verdict.example_id: verdict for verdict in run.folders["verdicts"].read(Verdict)}
    selection, decided = select([e for _, e in judged], list(found.values()), verdicts.rule(run))
    if proofs := ablation.load_proofs(run):
        from ...optimizers.ablating import with_ablation

        selection, decided = select([e for _, e in judged], with_ablation(decided, proofs))
    by_id = {verdict.example_id: verdict for verdict in decided}
    rows = [judged_as(run.kind.judged, example, part, by_id[example.id]) for part, example in judged]
    twins, of_twins = _twins(run, selection.kept)
    rows = sorted([*rows, *of_twins], key=lambda row: row.id)
    write_dataset(folder.path / "kept", [row for row in rows if row.outcome == "kept"], run.kind.judged)
    write_dataset(folder.path / "dropped", _dropped(run, rows), run.kind.judged)

    weighing = {"learnability": run.recipe.curation.learnability, "balance": run.recipe.curation.balance}
    kept = shown(selection.kept, [e for _, e in judged], by_id, **weighing)
    human = _human(run)
    drawn = draw_control([e for _, e in judged], len(selection.kept), run.recipe.seed)
    training = folder.shard("training", run.kind.example, lambda: [*kept, *twins, *human])
    folder.shard("control", run.kind.example, lambda: [*drawn, *_twins(run, drawn)[0], *human])
    chat, _ = training_rows(run.kind.solver(run), run.student, training, run.sources)
    write_jsonl(folder.path / "chat.jsonl", chat)
    return {
        "judged": len(judged),
        "kept": len(selection.kept),
        "unjudged": len(selection.unjudged),
        "dropped": dict(sorted(Counter(by_id[e.id].check for e in selection.dropped).items())),
        "twins": len(twins),
        "twins_refused": len(of_twins) - len(twins),
        "human": len(human),
    }


def _judged(run: Run) -> list[tuple[Part, Example]]:
    """Return what was judged with its part, in id order."""
    found: list[tuple[Part, Example]] = [
        (part, example) for part, examples in verdicts.load_judged(run).items() for example in examples
    ]
    return sorted(found, key=lambda row: row[1].id)


def _twins(run: Run, examples: Sequence[Any]) -> tuple[tuple[Any, ...], list[Any]]:
    """Return the unanswerable twins of examples where the recipe wants some, and all of them, refused too, as rows."""
    share = run.recipe.curation.unanswerable
    if not share:
        return (), []
    from ...optimizers.twinning import twins_of

    found = twins_of(examples, run.kind.library(run.sources), share=share, seed=run.recipe.seed)
    by_id = {verdict.example_id: verdict for verdict in found.verdicts}
    every = (*found.made, *found.refused)
    part_of = run.division.part_of
    return found.made, [judged_as(run.kind.judged, one, part_of(one), by_id[one.id]) for one in every]


def _dropped(run: Run, judged: Sequence[Any]) -> list[Any]:
    """Put together what the filter and what the checks did not let through, in id order."""
    _, fallen = load_checked(run)
    parts = load_examples(run)
    by_checks = [
        judged_as(run.kind.judged, example, part, fallen[example.id])
        for part in PARTS
        for example in parts[part]
        if example.id in fallen
    ]
    rows = [*(row for row in judged if row.outcome != "kept"), *by_checks]
    return sorted(rows, key=lambda row: row.id)


def _human(run: Run) -> list[Example]:
    """Read the human examples to mix in; those that nothing proves are left out, with a note."""
    path = run.recipe.curation.human
    if path is None:
        return []
    examples, notices = run.kind.human(path, run.sources)
    sound = run.kind.provable(examples, run.sources)
    if len(sound) < len(examples) + len(notices):
        left = len(examples) + len(notices) - len(sound)
        message = f"{path}: {left} human examples are left out: not on these sources, or nothing proves their answer."
        run.say("note", "curated", message=message)
    return sound


def load_set(run: Run, name: str) -> list[Example]:
    """Return the rows of a training set (`training`, `control`) in their order."""
    return run.folders["curated"].read(run.kind.example, name)


STAGE = Stage("curated", 1, ("checks", "imputed", "verdicts", "parts"), settings, work)
