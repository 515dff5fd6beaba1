"""Names and numbers as every report of a run spells them."""

import re
from collections.abc import Sequence
from typing import TypeVar

from ..data.imputations import Imputations
from .figures import DifferenceLike, FunnelLike, ResultLike, ScoreLike

S = TypeVar("S", ScoreLike, DifferenceLike)

MODELS = {
    "base": "base (before fine-tuning)",
    "synth": "LLMSynth",
    "curated": "LLMCurated",
    "control": "control (as many, at random)",
    "prompted": "with the solver's new prompt",
}
"""Models of a run in the order in which they are shown."""
SHORT = {"base": "base", "synth": "LLMSynth", "curated": "LLMCurated", "control": "control", "prompted": "new prompt"}
HELD_OUT = "held_out"
GENERATED = {HELD_OUT: "held-out generated questions", "unanswerable": "held-out twins without an answer"}
GOES = {
    "seed": "goes that found no fact",
    "sql": "goes that found no SQL",
    "repair": "goes whose SQL could not be mended",
    "question": "goes that found no wording",
    "made_twice": "the same example again",
}
"""Reasons that are no checks: goes at an example that never became one."""
GOES_AT_DOCUMENTS = {
    "seed": "goes that found no connection",
    "hop": "goes that found no question for a document",
    "compose": "goes that found no wording",
    "answer": "the composed question has another answer",
    "made_twice": "the same example again",
}


def questions_label(questions: str, total: int | None = None) -> str:
    """Say which questions a score is over: generated and held out, or a person's.

    >>> questions_label("held_out", 240)
    'held-out generated questions (240)'
    """
    label = GENERATED.get(questions) or _of_people(questions)
    return label if total is None else f"{label} ({total:,})"


def _of_people(name: str) -> str:
    """Name a file of human questions; one that is called `questions` tells nothing more.

    >>> _of_people("questions"), _of_people("shop_2024")
    ('human questions', 'human questions (shop_2024)')
    """
    return "human questions" if re.fullmatch(r"(human_?)?questions", name) else f"human questions ({name})"


def percent(share: float) -> str:
    """Spell a share.

    >>> percent(0.6134)
    '61.3 %'
    """
    return f"{100 * share:.1f} %"


def score_text(score: ScoreLike) -> str:
    """Spell an accuracy with its interval: `61.3 % (55.0 to 67.2)`; a dash if there were no questions."""
    if not score.total:
        return "–"
    return f"{percent(score.accuracy)} ({100 * score.low:.1f} to {100 * score.high:.1f})"


def trainings_text(result: ResultLike) -> str:
    """Say over how many trainings accuracies are averaged: `, mean of 3 trainings`; nothing if there was one."""
    most = max((score.seeds for score in result.scores), default=1)
    return f", mean of {most} trainings" if most > 1 else ""


def difference_text(difference: DifferenceLike) -> str:
    """Spell a difference in points with its interval: `+12.5 (+8.1 to +16.9)`."""
    low, high = 100 * difference.low, 100 * difference.high
    return f"{100 * difference.mean:+.1f} ({low:+.1f} to {high:+.1f})"


def pair_text(difference: DifferenceLike) -> str:
    """Name what is compared: `LLMCurated minus base`."""
    return f"{SHORT.get(difference.model, difference.model)} minus {SHORT.get(difference.than, difference.than)}"


def question_sets(result: ResultLike) -> dict[str, int]:
    """Return the sets of questions of a result with their sizes, held-out ones first."""
    sizes = {score.questions: score.total for score in result.scores}
    return dict(sorted(sizes.items(), key=lambda item: (item[0] != HELD_OUT, item[0] not in GENERATED, item[0])))


def measured_models(result: ResultLike) -> list[str]:
    """Return the models that were measured, in the order in which they are shown."""
    found = {score.model for score in result.scores}
    return [*(model for model in MODELS if model in found), *sorted(found - set(MODELS))]


def pick(rows: Sequence[S], model: str, questions: str) -> S | None:
    """Return the row of a model on a set of questions, or None."""
    return next((row for row in rows if (row.model, row.questions) == (model, questions)), None)


def measure_text(result: ResultLike) -> str:
    """Name what is measured: of tables the results of queries are compared, of documents the answers themselves."""
    return "Accuracy" if result.kind == "documents" else "Execution accuracy"


def imputation_figures(found: Imputations) -> list[tuple[str, str]]:
    """Return what imputation came to, a name and a figure each."""
    failed = ", ".join(f"{step} {count:,}" for step, count in found.failed.items())
    rows = [
        ("rebuilt by", found.by),
        ("imputed", f"{found.imputed:,} of {found.tried:,} ({percent(found.share)})"),
        *([("went on as they were, by step", failed)] if failed else []),
    ]
    if found.imputed:
        rows.append(("words of a question", f"{found.words_before:.1f} before, {found.words_after:.1f} after"))
        rows.append(("perplexity under the student", _perplexity(found)))
    return rows


def _perplexity(found: Imputations) -> str:
    if found.perplexity_before is None or found.perplexity_after is None:
        return f"not measured: {found.unmeasured}"
    return f"{found.perplexity_before:,.1f} before, {found.perplexity_after:,.1f} after"


def funnel_steps(funnel: FunnelLike, kind: str = "tables") -> list[tuple[str, int]]:
    """Return the steps from wanted examples to kept ones, with how many were left after each."""
    parts = ", ".join(f"{part.replace('_', ' ')} {count:,}" for part, count in funnel.parts.items())
    return [
        ("examples wanted", funnel.wanted),
        *_written(funnel, kind),
        (f"passed all checks ({parts})" if parts else "passed all checks", funnel.checked),
        *([("imputed", funnel.imputed)] if funnel.imputed else []),
        ("judged by LLMSynth", funnel.judged),
        ("kept", funnel.kept),
        *([("unanswerable twins added", funnel.twins)] if funnel.twins else []),
        *([("unjudged", funnel.unjudged)] if funnel.unjudged else []),
    ]


def _written(funnel: FunnelLike, kind: str) -> list[tuple[str, int]]:
    if kind == "documents":
        return [
            ("connections found", funnel.seeds),
            ("all hops written", funnel.hops_written),
            ("questions composed", funnel.composed),
            ("answers found again", funnel.examples),
        ]
    return [
        ("seeds found", funnel.seeds),
        ("SQL written", funnel.sql_written),
        ("SQL executed", funnel.executed),
        ("questions written", funnel.examples),
    ]


def drop_reasons(funnel: FunnelLike, kind: str = "tables") -> list[tuple[str, int]]:
    """Return why examples were dropped, most frequent first."""
    goes = GOES_AT_DOCUMENTS if kind == "documents" else GOES
    found = {f"{name} ({goes[name]})" if name in goes else name: count for name, count in funnel.dropped.items()}
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))
