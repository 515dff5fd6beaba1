"""How a student learns from examples: by fine-tuning its weights, or by a better prompt where they are not ours."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from ..data.document_records import Example, Sources
from .answerer import Answerer
from .training import lesson_on, student_form

Learns = Literal["weights", "prompt"]
"""What is changed of a student."""
Learn = Callable[[Sequence[Example], str], Answerer]
"""From examples, and the name of the model in errors, to the student that learned from them."""


def by_weights(solver: Any, student: Any, sources: Sources, training: Mapping[str, Any]) -> Learn:
    """Fine-tune the student anew, from its base, on every set of examples.

    Args:
        solver: In any form; the student is trained and asked in its own, see `student_form`.
        student: The base.
        sources: Of all examples.
        training: Arguments of `backends.train`.
    """
    from ..backends import train

    form = student_form(solver)

    def learn(examples: Sequence[Example], what: str) -> Answerer:
        lesson = lesson_on(form, student, examples, sources, what=what, training=training)
        return Answerer(form, train(student, lesson.rows, **lesson.options))

    return learn


def by_prompt(solver: Any, student: Any, sources: Sources, prompting: Mapping[str, Any]) -> Learn:
    """Optimize the solver's prompt anew, from the one it has, on every set of examples.

    Args:
        solver: As it is asked; it keeps the prompt that it has.
        student: The model, which stays as it is.
        sources: Of all examples.
        prompting: Arguments of `optimize_prompts`; its `workdir` gets a folder for every set.
    """
    from .prompts import tune_prompt

    def learn(examples: Sequence[Example], what: str) -> Answerer:
        options = dict(prompting)
        if options.get("workdir"):
            options["workdir"] = Path(options["workdir"]) / what.lower().replace(" ", "-")
        return Answerer(tune_prompt(solver, student, examples, sources, what=what, prompting=options).solver, student)

    return learn
