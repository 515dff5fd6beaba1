"""The dataset card: what a dataset is, where it comes from, how it was filtered and what a model learnt from it."""

import json
import os
import re
from itertools import islice
from pathlib import Path
from typing import Any

from ..data.controls import visible
from .figures import ResultLike
from .wording import (
    MODELS,
    difference_text,
    drop_reasons,
    funnel_steps,
    imputation_figures,
    measure_text,
    measured_models,
    pair_text,
    pick,
    question_sets,
    questions_label,
    score_text,
    trainings_text,
)

CARD = "DATASET_CARD.md"
_MARKUP = re.compile(r"[\\`*\[\]!~]|(?<!\w)_|_(?!\w)|^[#>+-]|(?<=^\d)[.)]")
SHOWN = 5
"""Examples that the card shows."""
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def write_card(result: ResultLike, folder: str | Path | None = None) -> Path:
    """Write the card of a run's dataset beside it, and return its path.

    Args:
        result: Of the run.
        folder: Where the dataset lies; `curated/` of the run if left out.
    """
    home = Path(folder) if folder is not None else Path(result.folder) / "curated"
    home.mkdir(parents=True, exist_ok=True)
    path, temporary = home / CARD, home / f".{CARD}.{os.getpid()}.tmp"
    temporary.write_text(dataset_card(result, _some(home / "kept.jsonl")), encoding="utf-8")
    temporary.replace(path)  # a reader sees the old card or the new one, never half of one
    return path


def dataset_card(result: ResultLike, examples: list[dict[str, Any]] | None = None) -> str:
    """Return the card as Markdown with the header that dataset hubs read; it holds no clock value.

    Args:
        result: Of the run.
        examples: Rows of the dataset to show: `question`, `answer` and `sql` or `hops` each.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # Markdown: what comes from elsewhere goes through the filters below
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(cell=_cell, plain=_plain, code=_code, block=_block)
    return environment.get_template("card.md.jinja").render(
        result=result,
        size=next((name for limit, name in SIZES if result.funnel.kept < limit), "n>1M"),
        steps=funnel_steps(result.funnel, result.kind),
        reasons=drop_reasons(result.funnel, result.kind),
        imputation=[] if result.imputation is None else imputation_figures(result.imputation),
        reworded=[] if result.imputation is None else result.imputation.shown,
        measure=measure_text(result),
        trainings=trainings_text(result),
        sets=[questions_label(questions, total) for questions, total in question_sets(result).items()],
        accuracies=_accuracies(result),
        differences=[(pair_text(d), questions_label(d.questions), difference_text(d)) for d in result.differences],
        examples=[_example(row) for row in examples or []],
    )


def _accuracies(result: ResultLike) -> list[tuple[str, str, list[str]]]:
    rows = []
    for model in measured_models(result):
        scores = [pick(result.scores, model, questions) for questions in question_sets(result)]
        trained = str(result.training_rows.get(model, "–"))
        rows.append((MODELS.get(model, model), trained, ["–" if s is None else score_text(s) for s in scores]))
    return rows


def _some(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in islice(file, SHOWN)]


def _example(row: dict[str, Any]) -> dict[str, str]:
    if "hops" in row:
        hops = [f"{at}. {hop['question']} {hop['answer']}" for at, hop in enumerate(row["hops"], start=1)]
        return {"question": str(row["question"]), "chain": "\n".join(hops), "answer": str(row["answer"])}
    answer = row.get("answer")
    rows = answer.get("rows", []) if isinstance(answer, dict) else answer
    asked = f"{row['question']} ({row['knowledge']})" if row.get("knowledge") else str(row["question"])
    text = json.dumps(rows, ensure_ascii=False)
    return {"question": asked, "chain": str(row["sql"]), "answer": text if len(text) <= 200 else f"{text[:200]}…"}


def _plain(text: object) -> str:
    """Keep a text on one line, and from being read as markup, be it Markdown or HTML."""
    line = " ".join(visible(str(text)).split())
    return _MARKUP.sub(r"\\\g<0>", line.replace("&", "&amp;").replace("<", "&lt;"))


def _cell(text: object) -> str:
    """Keep a text from ending a cell of a Markdown table."""
    return _plain(text).replace("|", "\\|")


def _code(text: object) -> str:
    """Put a text between as many backticks as it cannot end, with blanks where it begins or ends with one."""
    line = " ".join(visible(str(text)).split())
    fence = "`" * (_longest_ticks(line) + 1)
    gap = " " if "`" in (line[:1], line[-1:]) else ""
    return f"{fence}{gap}{line}{gap}{fence}"


def _block(text: object, language: str) -> str:
    """Put a text into a block that it cannot end."""
    body = visible(str(text))
    fence = "`" * max(3, _longest_ticks(body) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def _longest_ticks(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
