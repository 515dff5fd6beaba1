"""Puts a finished run together into its `RunResult`: funnel, scores with their intervals, where the files are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..backends.local.fingerprint import EMBEDDED
from ..data.datasets import write_json
from ..evaluation.bootstrap import paired_bootstrap, wilson
from ..report.wording import questions_label
from .lessons import HERE
from .progress import count_faults
from .prompting import tunes_prompt
from .result import SUMMARY, Difference, Funnel, RunResult, Score
from .stage import Run
from .stages.evaluation import MODELS, load_scores
from .stages.imputed import load_imputations
from .steps import Step, steps_of

PAIRS = (
    ("curated", "base"), ("curated", "control"), ("curated", "synth"), ("synth", "base"), ("control", "base"),
    ("prompted", "base"), ("prompted", "curated"),
)  # fmt: skip
"""Which models are compared, the first minus the second."""
FILES = {
    "kept": "curated/kept.parquet",
    "kept_jsonl": "curated/kept.jsonl",
    "dropped": "curated/dropped.parquet",
    "dropped_jsonl": "curated/dropped.jsonl",
    "chat": "curated/chat.jsonl",
    "attempts": "examples",
    "twins": "twins",
    "imputed": "imputed",
    "verdicts": "verdicts",
    "ablation": "ablation",
    "evaluation": "evaluation",
    "recipe": "recipe.yaml",
    "log": "log.jsonl",
}
EVEN = 0.8
"""Share of the most frequent level that the rarest must reach to pass for even."""
FEW = 30
"""Kept examples or questions below which a note warns of small numbers."""


def summarize(run: Run) -> RunResult:
    """Build the result of a run whose stages are complete, and write `summary.json`."""
    recipe = run.recipe
    scores, differences = _scores(run)
    faults, steps = count_faults(run.path / FILES["log"]), steps_of(run)
    result = RunResult(
        kind=recipe.source.kind,
        name=recipe.name,
        folder=".",
        generator=_name(run, "generator", recipe.generator.model),
        student=_name(run, "student", recipe.student.model),
        seed=recipe.seed,
        tuned=recipe.student.tuned,
        keep=recipe.curation.rule,
        sources=run.figures["sources"],
        division=run.figures["parts"],
        funnel=_funnel(run),
        training_rows={n: _count(run, s, "rows") for n, s in MODELS.items() if "rows" in run.figures.get(s, {})},
        steps=steps,
        scores=scores,
        differences=differences,
        imputation=load_imputations(run),
        models=_models(run),
        files={name: path for name, path in FILES.items() if (run.path / path).exists()},
        faults=faults,
        notes=(
            *_notes(run, scores),
            *map(_sentence, steps),
            *(_fault_note(role, counts) for role, counts in faults.items()),
        ),
    )
    write_json(run.path / SUMMARY, result)
    return result.model_copy(update={"folder": str(run.path)})


def _name(run: Run, role: str, named: str) -> str:
    lm = run.given.get(role)
    return named if lm is None else str(lm.model)


def _count(run: Run, stage: str, name: str) -> int:
    value = run.figures.get(stage, {}).get(name, 0)
    return value if isinstance(value, int) else 0


def _counts(run: Run, stage: str, name: str) -> dict[str, int]:
    value = run.figures.get(stage, {}).get(name, {})
    return {key: count for key, count in value.items() if isinstance(count, int)} if isinstance(value, dict) else {}


def _funnel(run: Run) -> Funnel:
    dropped: Counter[str] = Counter()
    for stage, name in (("examples", "failed"), ("checks", "dropped"), ("curated", "dropped")):
        dropped.update(_counts(run, stage, name))
    passed = _counts(run, "checks", "passed")
    return Funnel(
        wanted=_count(run, "examples", "wanted"),
        seeds=_count(run, "examples", "seeds"),
        sql_written=_count(run, "examples", "sql_written"),
        executed=_count(run, "examples", "executed"),
        hops_written=_count(run, "examples", "hops_written"),
        composed=_count(run, "examples", "composed"),
        examples=_count(run, "examples", "examples"),
        checked=sum(passed.values()),
        parts=passed,
        judged=_count(run, "curated", "judged"),
        imputed=_count(run, "imputed", "imputed"),
        kept=_count(run, "curated", "kept"),
        twins=_count(run, "curated", "twins"),
        unjudged=_count(run, "curated", "unjudged"),
        dropped=dict(sorted(dropped.items())),
    )


def _scores(run: Run) -> tuple[tuple[Score, ...], tuple[Difference, ...]]:
    scores: list[Score] = []
    differences: list[Difference] = []
    for questions in _counts(run, "evaluation", "questions"):
        found = {model: load_scores(run, questions, model) for model in MODELS if model == "base" or _has(run, model)}
        scores += [_score(run, model, questions, values) for model, values in found.items()]
        differences += [
            _difference(model, than, questions, found, run.recipe.seed)
            for model, than in PAIRS
            if model in found and than in found and found[model]
        ]
    return tuple(scores), tuple(differences)


def _has(run: Run, model: str) -> bool:
    figures = run.figures.get(MODELS[model])
    return figures is not None and (model != "prompted" or bool(figures["better"]))


def _score(run: Run, model: str, questions: str, values: Sequence[float]) -> Score:
    low, high = wilson(sum(values), len(values))
    return Score(
        model=model,
        questions=questions,
        total=len(values),
        right=sum(values),
        accuracy=sum(values) / len(values) if values else 0.0,
        low=low,
        high=high,
        seeds=1 if model in {"base", "prompted"} else run.recipe.evaluation.seeds,
    )


def _difference(model: str, than: str, questions: str, found: Mapping[str, Sequence[float]], seed: int) -> Difference:
    mean, low, high = paired_bootstrap(found[model], found[than], seed=seed)
    return Difference(model=model, than=than, questions=questions, mean=mean, low=low, high=high)


def _models(run: Run) -> dict[str, str]:
    named: dict[str, Any] = {
        n: run.figures[stage].get("models") for n, stage in MODELS.items() if n != "base" and _has(run, n)
    }
    return {name: str(models[0]).removeprefix(HERE) for name, models in named.items() if models}


def _notes(run: Run, scores: Sequence[Score]) -> list[str]:
    division = run.figures["parts"].get("notes")
    notes = [str(note) for note in division] if isinstance(division, list) else []
    wanted, made = _count(run, "examples", "wanted"), _count(run, "examples", "examples")
    if made < wanted:
        notes.append(f"The {run.kind.name} gave {made} examples of the {wanted} wanted.")
    notes += _uneven(run)
    kept = _count(run, "curated", "kept")
    if kept == 0:
        notes.append(f"No example was kept, so there is no LLMCurated: {_why_none(run)}.")
    elif kept < FEW:
        notes.append(f"Only {_of(kept, 'example')} kept: LLMCurated was trained on very little.")
    measured = [s for s in scores if s.model == "base"]
    notes += [_few(s) for s in measured if s.total < FEW]
    if refused := _count(run, "curated", "twins_refused"):
        notes.append(f"{_of(refused, 'unanswerable twin')} left out: what is left answers it all the same.")
    if _count(run, "curated", "unjudged"):
        notes.append("Some examples are unjudged: no usable reply came. Run again to try them again.")
    if run.student.model in EMBEDDED:
        notes.append("The student is the embedded tiny model.")
        if _count(run, "imputed", "imputed"):
            notes.append("It has learnt to answer, not to ask, so its perplexity of questions says little.")
    if tunes_prompt(run):
        notes.append(
            "No weights were trained: base, LLMSynth, LLMCurated and control are one model, each with the prompt that "
            "did best on the examples it learned from."
        )
    return notes


def _sentence(step: Step) -> str:
    said = str(step)
    return f"{said[:1].upper()}{said[1:]}."


def _fault_note(role: str, counts: Mapping[str, int]) -> str:
    kinds = ", ".join(f"{kind.replace('_', ' ')} {count:,}" for kind, count in counts.items() if kind != "mended")
    mended = counts.get("mended", 0)
    put_right = f"; {_of(mended, 'reply')} put right by asking again" if mended == 1 else ""
    put_right = f"; {mended:,} replies were put right by asking again" if mended > 1 else put_right
    return f"Asking the {role} met with faults: {kinds}{put_right}."


def _why_none(run: Run) -> str:
    answered = _count(run, "ablation", "asked")
    if answered:
        return f"LLMSynth answered {answered}, and none of these was proven to need all its documents"
    return "LLMSynth answered none of them"


def _uneven(run: Run) -> list[str]:
    """Say how many examples each level has, where the tables did not give as many of one as of another."""
    found = run.figures["examples"].get("levels")
    levels = {level: int(str(count)) for level, count in found.items()} if isinstance(found, dict) else {}
    if len(levels) < 2 or min(levels.values()) >= EVEN * max(levels.values()):
        return []
    told = ", ".join(f"level {level}: {count:,}" for level, count in levels.items())
    return [f"Levels are as even as the tables allow ({told})."]


def _few(score: Score) -> str:
    return f"Of {questions_label(score.questions)} only {score.total} were asked: their figures are rough."


def _of(count: int, what: str) -> str:
    return f"{count} {what} was" if count == 1 else f"{count} {what}s were"
