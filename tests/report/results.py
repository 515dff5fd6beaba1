"""A result made by hand, as a run would give it."""

from pathlib import Path
from typing import Any

from source2synth.pipeline.result import Difference, Funnel, RunResult, Score


def score(model: str, questions: str, accuracy: float, total: int = 100) -> Score:
    return Score(
        model=model,
        questions=questions,
        total=total,
        right=accuracy * total,
        accuracy=accuracy,
        low=accuracy - 0.1,
        high=accuracy + 0.1,
    )


def a_result(folder: str | Path, **changes: Any) -> RunResult:
    funnel = Funnel(
        wanted=1200,
        seeds=1190,
        sql_written=1180,
        executed=1170,
        examples=1160,
        checked=900,
        parts={"held_out": 200, "slice_0": 350, "slice_1": 350},
        judged=350,
        kept=240,
        unjudged=0,
        dropped={"answerable": 110, "is_deterministic": 260},
    )
    result = RunResult(
        name="trial",
        folder=str(folder),
        generator="offline",
        student="tiny",
        seed=7,
        keep="any of 3",
        sources={"tables": 14, "rows": 992, "notices": 3},
        division={"by": "table"},
        funnel=funnel,
        training_rows={"synth": 350, "curated": 240, "control": 240},
        scores=tuple(
            score(model, questions, accuracy)
            for questions, shift in (("held_out", 0.0), ("questions", -0.2))
            for model, accuracy in (
                ("base", 0.4 + shift),
                ("synth", 0.55 + shift),
                ("curated", 0.613 + shift),
                ("control", 0.5 + shift),
            )
        ),
        differences=(
            Difference(model="curated", than="base", questions="held_out", mean=0.213, low=0.1, high=0.3),
            Difference(model="curated", than="control", questions="held_out", mean=-0.02, low=-0.06, high=0.02),
        ),
        models={"curated": "curated-model/abc"},
        files={"kept": "curated/kept.parquet"},
        notes=("The student is the embedded tiny model.",),
    )
    return result.model_copy(update=changes)
