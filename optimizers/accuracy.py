"""The metric of a solver: is its answer to a question that a person (or a run) answered the right one?"""

from typing import Any

from ..data.records import Try
from ..evaluation.judging import judged
from .measuring import Faces, Measured, Wrap


class Accuracy(Faces):
    """1.0 for a right answer, else 0.0; compared as curation and evaluation compare.

    Tasks are `dspy.Example`s with `example` (the question with its answer) and what the solver sees, as
    `optimize_prompts` makes them.
    """

    name = "accuracy"

    def __init__(self, match: Any = None) -> None:
        """Say how answers are compared; None: see `evaluation.judging`."""
        self.match = match

    def measure(self, task: Any, made: Any) -> Measured:
        """Compare; the words show question, right answer, and what was wrong."""
        view = task.database if hasattr(task, "database") else task.passages
        found: Try = judged(made, task.example, view, self.match)
        right = getattr(task.example, "sql", "") or str(getattr(task.example, "answer", ""))
        asked = f"The question was: {task.example.asked}\nAnswered: {found.answer}\nRight is: {right}"
        words = "The answer is right." if found.correct else f"Wrong: {found.reason}\n{asked}"
        return Measured(
            score=None if found.correct is None else float(found.correct), kept=bool(found.correct), words=words
        )

    def with_models(self, wrap: Wrap) -> "Accuracy":
        """Return the same: it asks no model."""
        return self
