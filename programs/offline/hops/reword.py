"""A hop's question in other words of its relation: what a model rebuilds, without a model."""

import random

import dspy

from ....data.document_records import Corpus, MultiHopExample
from ....errors import ReplyError
from .wording import filled, known_form


class RewordHop(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Asks one hop in another form of words that its relation has."""

    def forward(self, example: MultiHopExample, corpus: Corpus, *, index: int, rng: int) -> str:
        """Return the hop's question; raises ReplyError if its relation has no other, or does not ask so at all."""
        hop = example.hops[index]
        ask, (start, noun, year) = known_form(hop)
        fit = [form for form in ask.questions if (noun or "{n}" not in form) and (year or "{y}" not in form)]
        others = [said for form in fit if (said := filled(form, start, noun, year)) != hop.question]
        if not others:
            raise ReplyError(f"There are no other words for {hop.question!r}.")
        return random.Random(f"{rng} reword").choice(others)
