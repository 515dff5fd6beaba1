"""Stage `evaluation`: every model of the run on the held-out questions and on the questions of people."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from ...data.document_records import Example
from ...data.records import Record, content_id
from ...evaluation.accuracy import Grade, grades
from ..people import load_people
from ..stage import Figures, Run, Stage
from ..store import StageFolder
from ..students import Answering, base_of, learned
from .checks import load_checked
from .solver_prompt import prompted
from .sources import fingerprint
from .twins import load_twins

SHARD = 128
"""Questions a shard."""
MODELS = {
    "base": "", "synth": "synth-model", "curated": "curated-model", "control": "control-model",
    "prompted": "solver-prompt",
}  # fmt: skip
"""The models in the order in which they are shown, and the stage that makes each."""
HELD_OUT = "held_out"
UNANSWERABLE = "unanswerable"
"""Twins of held-out questions, without a passage that they need: who answers them guesses."""


class Question(Record):
    """One question that the models are asked, as it is kept beside their answers."""

    questions: str
    """Name of the set."""
    example: Example


def settings(run: Run) -> JsonValue:
    """What is asked, human files by their contents."""
    evaluation = run.recipe.evaluation
    files = {name: fingerprint(path) for name, path in _files(run).items()}
    return {**evaluation.model_dump(mode="json"), "human": files, "seed": run.recipe.seed}


def _files(run: Run) -> dict[str, Path]:
    """Name each file of human questions: by its stem, by stem and folder if two have the same."""
    paths = [Path(path) for path in run.recipe.evaluation.human]
    stems = [path.name.split(".")[0] for path in paths]
    names = [
        stem if stems.count(stem) == 1 and stem not in (HELD_OUT, UNANSWERABLE) else f"{path.parent.name}-{stem}"
        for stem, path in zip(stems, paths, strict=True)
    ]
    return dict(zip(names, paths, strict=True))


def work(run: Run, folder: StageFolder) -> Figures:
    """Ask every model every question, set by set."""
    questions = folder.shard("questions", Question, lambda: _questions(run))
    sets = {name: [q.example for q in questions if q.questions == name] for name in _sets(run)}
    models = _models(run)
    beside = [model.lm for model in models.values()]
    total, done = len(questions) * len(models), 0
    for label, model in models.items():  # one after the other: behind vLLM only those of one base are there together
        for name, examples in sets.items():
            for start in range(0, len(examples), SHARD):
                rows = examples[start : start + SHARD]
                shard = f"{name}_{label}_{start // SHARD:03d}"
                folder.shard(shard, Grade, lambda rows=rows, model=model: _grades(run, model, rows, beside))  # type: ignore[misc]  # bound at once
                done += len(rows)
                run.say("advanced", "evaluation", done=done, total=total, unit="questions")
    return {"questions": {name: len(examples) for name, examples in sets.items()}, "models": list(models)}


def _sets(run: Run) -> list[str]:
    return [HELD_OUT, *([UNANSWERABLE] if "twins" in run.folders else []), *_files(run)]


def _grades(run: Run, model: Answering, examples: Sequence[Example], beside: Sequence[Any]) -> list[Grade]:
    with run.replies.unit():
        return grades(run.asked("student", model.lm, beside), model.solver, examples, run.sources)


def _questions(run: Run) -> list[Question]:
    generated: dict[str, list[Any]] = {
        HELD_OUT: list(load_checked(run)[0]["held_out"]),
        UNANSWERABLE: list(load_twins(run, "held_out")),
    }
    found = [Question(questions=name, example=e) for name, rows in generated.items() for e in _chosen(run, rows)]
    for name, path in _files(run).items():
        found += [Question(questions=name, example=example) for example in load_people(run, "evaluation", path)]
    return found


def _chosen(run: Run, examples: Sequence[Any]) -> list[Any]:
    """Choose by hash, so that raising the limit adds questions and takes none away; in id order."""
    limit = run.recipe.evaluation.held_out_limit or len(examples)
    chosen = sorted(examples, key=lambda example: content_id(run.recipe.seed, example.id))[:limit]
    return sorted(chosen, key=lambda example: str(example.id))


def _models(run: Run) -> dict[str, Answering]:
    """Return every model to measure, by name and training: `base-0`, `synth-0`, `curated-1`."""
    models = {"base-0": base_of(run)}
    for name, stage in MODELS.items():
        if stage in run.figures and name != "prompted":
            models.update({f"{name}-{seed}": one for seed, one in enumerate(learned(run, stage))})
    best = prompted(run)
    return {**models, "prompted-0": best} if best else models


def load_scores(run: Run, questions: str, model: str) -> list[float]:
    """Return a model's score on each question of a set: right or wrong, or the share over its trainings."""
    folder = run.folders["evaluation"]
    labels = [label for label in _labels(run) if label.rsplit("-", 1)[0] == model]
    runs = [[grade.correct for grade in folder.read(Grade, f"{questions}_{label}_")] for label in labels]
    return [sum(column) / len(column) for column in zip(*runs, strict=True)]


def _labels(run: Run) -> list[str]:
    models = run.figures["evaluation"]["models"]
    return [str(label) for label in models] if isinstance(models, list) else []


STAGE = Stage(
    "evaluation",
    1,
    ("checks", "parts", "twins", "synth-model", "curated-model", "control-model", "solver-prompt"),
    settings,
    work,
)
