"""What a run came to, as one record; `summary.json` is this record as JSON."""

import json
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from ..data.imputations import Imputations
from ..data.records import Record
from ..errors import ConfigError
from .steps import Step

SUMMARY = "summary.json"


class Score(Record):
    """How one model did on one set of questions."""

    model: str
    """`base`, `synth`, `curated` or `control`."""
    questions: str
    """`held_out`, `unanswerable` (their twins), or the name of a file of human questions."""
    total: int
    right: float
    """Mean over trainings; a whole number if there was one."""
    accuracy: float
    """0.0 to 1.0; 0.0 if there are no questions."""
    low: float
    """Lower end of the 95 % Wilson interval of `accuracy`."""
    high: float
    seeds: int = 1
    """Trainings that the mean is over."""


class Difference(Record):
    """How much better one model did than another on the same questions."""

    model: str
    than: str
    questions: str
    mean: float
    """Difference of the accuracies, -1.0 to 1.0."""
    low: float
    """Lower end of the 95 % paired bootstrap interval."""
    high: float


class Funnel(Record):
    """How many were left after each step, and why the others were not."""

    wanted: int
    """Examples the recipe asked for."""
    seeds: int
    """Facts found; of documents, connections."""
    sql_written: int = 0
    """Of tables only, as `executed`."""
    executed: int = 0
    """SQL that ran and could be asked about."""
    hops_written: int = 0
    """Of documents only, as `composed`: connections all of whose hops were written."""
    composed: int = 0
    """Questions that were composed of their hops, those included whose answer was then not found again."""
    examples: int
    """Questions written; each with its chain of reasoning (SQL, hops) and answer."""
    checked: int
    """Examples that passed all checks."""
    parts: dict[str, int]
    """Of these, how many are in each part."""
    judged: int
    """Examples that a model was asked to answer."""
    imputed: int = 0
    """Of these, how many were imputed before."""
    kept: int
    twins: int = 0
    """Of documents: unanswerable twins of what was kept, which are added to the dataset."""
    unjudged: int
    dropped: dict[str, int]
    """How many fell at which check or filter, those that never became an example included."""


class RunResult(Record):
    """What a run came to."""

    kind: Literal["tables", "documents"] = "tables"
    """Of the sources."""
    name: str
    folder: str
    """Absolute path of the run's folder."""
    generator: str
    """Name of the model that wrote the examples, or `offline`."""
    student: str
    tuned: Literal["weights", "prompt"] = "weights"
    """What of the student was changed."""
    seed: int
    keep: str
    """Rule of the filter, with its k: `any of 3`."""
    sources: dict[str, JsonValue]
    """Counts of the sources: tables and rows, or documents and characters; notices."""
    division: dict[str, JsonValue]
    """How the sources were divided."""
    funnel: Funnel
    training_rows: dict[str, int]
    """Rows that each model was trained on."""
    scores: tuple[Score, ...]
    differences: tuple[Difference, ...]
    steps: tuple[Step, ...] = ()
    """Of `optimize: alternate`, in their order."""
    imputation: Imputations | None = None
    """What imputation came to; None if there was none."""
    models: dict[str, str]
    """Folder of each fine-tuned model, or of each tuned prompt, relative to the run's folder; of more than one
    training the first."""
    files: dict[str, str]
    """Where what was made lies, relative to the run's folder."""
    faults: dict[str, dict[str, int]] = {}
    """What went wrong when models were asked, by role and kind, over all goes at the run; `mended` counts the replies
    that were put right by asking again."""
    notes: tuple[str, ...] = ()
    """What a reader of these figures must know."""

    def score(self, model: str, questions: str = "held_out") -> Score | None:
        """Return one score, or None if it was not measured."""
        return next((s for s in self.scores if (s.model, s.questions) == (model, questions)), None)


def load_result(run_dir: str | Path) -> RunResult:
    """Return what a finished run came to; raises ConfigError if there is none in the folder."""
    path = Path(run_dir) / SUMMARY
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: there is no finished run here") from error
    return RunResult.model_validate({**found, "folder": str(Path(run_dir).resolve())})
