"""From examples to a fine-tuned student: the training prompt is the prompt that asks it later, byte for byte."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..data.document_records import Example, Sources
from ..errors import TrainingError
from ..evaluation.judging import views

if TYPE_CHECKING:
    from ..backends import Lesson


def student_form(solver: Any) -> Any:
    """Return a solver in the form in which students are fine-tuned and asked: the one place that decides it.

    A solver that asks a student otherwise than a prompted model says so by a method `as_student`, as
    `programs.SQLReasoner` does: reasoning and SQL of a prompted model, SQL only of a student. Any other solver is
    taken as it is.
    """
    as_student = getattr(solver, "as_student", None)
    return solver if as_student is None else as_student()


def training_rows(
    solver: Any, lm: Any, examples: Sequence[Example], sources: Sources
) -> tuple[list[dict[str, Any]], Any]:
    """Turn examples into conversations by the solver's signature, in the form that the model is fine-tuned in.

    Returns:
        The rows, and the signature they were made with (None if there are no examples).
    """
    from ..backends import training_adapter

    adapter, view = training_adapter(lm), views(solver, sources)
    rows, signature = [], None
    for example in examples:
        row = solver.training_row(view(example), example)
        signature = row["signature"]
        rows.append(adapter.format_finetune_data(signature, [], row["inputs"], row["outputs"]))
    return rows, signature


def lesson_on(
    solver: Any,
    lm: Any,
    examples: Sequence[Example],
    sources: Sources,
    *,
    what: str,
    training: Mapping[str, Any] | None = None,
) -> "Lesson":
    """Return what a base model is fine-tuned with, to make it answer these examples; see `backends.train_all`.

    Args:
        solver: Whose questions the model is to answer.
        lm: The base.
        examples: What to train on.
        sources: Of all examples.
        what: Name of the model in errors: `LLMSynth`, `LLMCurated`, `the control`.
        training: Arguments of `backends.train`: `epochs`, `learning_rate`, `batch_size`, `seed`, `output_dir` …

    Raises:
        TrainingError: there is nothing to train on.
    """
    from ..backends import Lesson, training_adapter

    if not examples:
        raise TrainingError(f"There is no example left to train {what} on; the verdicts say why each one was dropped.")
    rows, signature = training_rows(solver, lm, examples, sources)
    names = {"signature": signature, "adapter": type(training_adapter(lm)).__name__}
    return Lesson(rows, {**names, **(training or {})})
