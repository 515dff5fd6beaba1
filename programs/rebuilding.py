"""A hop's question that was blanked, written again by a model."""

from typing import Any

import dspy

from ..data.document_records import Corpus, MultiHopExample
from ..data.leaks import shown_in
from ..errors import ReplyError
from ..signatures.imputation import RebuildHop
from .asking import line, replying
from .evidence import excerpt
from .hands import Awaiting, Blocking, Hands, at_once

BLANK = "___"


class RebuildQuestion(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Has a model write one hop's question again: it sees all but that question, its answer, and its document."""

    def __init__(self) -> None:
        super().__init__()
        self.ask = dspy.Predict(RebuildHop)

    def forward(self, example: MultiHopExample, corpus: Corpus, *, index: int, rng: int) -> str:
        """Return the hop's question; raises ReplyError if the reply is none, lacks a mark or gives the answer away."""
        return at_once(self._rebuilt(Blocking(), example, corpus, index, rng))

    async def aforward(self, example: MultiHopExample, corpus: Corpus, *, index: int, rng: int) -> str:
        """Return the hop's question, without blocking; raises ReplyError as `forward` does."""
        return await self._rebuilt(Awaiting(), example, corpus, index, rng)

    async def _rebuilt(self, hands: Hands, example: MultiHopExample, corpus: Corpus, index: int, rng: int) -> str:
        hop, marks = example.hops[index], [f"#{at + 1}" for at in example.hops[index].uses]
        with replying("a sub-question"):
            reply: Any = await hands.ask(
                self.ask,
                question=example.question,
                other_questions=[BLANK if at == index else one.question for at, one in enumerate(example.hops)],
                entity=hop.answer,
                document=excerpt(corpus.document(hop.evidence[0].document_id), [hop.answer]),
                must_contain=marks,
                config={"rollout_id": rng},
            )
        question = line(reply.sub_question, "sub-question")
        missing = [mark for mark in marks if mark not in question]
        if missing:
            raise ReplyError(f"The sub-question {question!r} does not contain {missing[0]}.")
        if shown_in(question, [hop.answer]):
            raise ReplyError(f"The sub-question {question!r} gives its answer {hop.answer!r} away.")
        return question
