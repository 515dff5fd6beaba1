"""How natural a question is, rated by a model."""

from typing import NamedTuple

import dspy

from ..signatures.naturalness import JudgeWording
from .asking import replying


class Rating(NamedTuple):
    """What a judge said."""

    score: float
    """0.0 (nobody would ask so) to 1.0."""
    fault: str
    """What is least natural, in a few words; `none` if nothing is."""


class RateWording(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Has a model rate the wording of a question."""

    def __init__(self) -> None:
        super().__init__()
        self.judge = dspy.Predict(JudgeWording)

    def forward(self, question: str) -> Rating:
        """Return the rating; raises ReplyError where the reply cannot be read."""
        with replying("a rating"):
            reply = self.judge(question=question)
        return Rating((int(reply.rating) - 1) / 4, " ".join(str(reply.fault).split()))
