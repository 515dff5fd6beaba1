"""The answer check: a model answers the composed question from the supporting documents, without seeing the answer."""

from typing import Any

import dspy

from ..data.answers import compare_answers, words
from ..data.controls import without_controls
from ..data.document_records import Corpus, Hop
from ..data.records import Seed
from ..data.render_documents import render_passages
from ..signatures.answer_check import AnswerComposed
from .asking import line, replying
from .contexts import gold_passages
from .protocols_documents import CheckedAnswer

MOST = 5
"""Other spellings that are taken over."""


class CheckAnswer(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Has a model answer a composed question from its documents; what agrees brings other spellings of the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = dspy.Predict(AnswerComposed)

    def forward(self, corpus: Corpus, seed: Seed, hops: tuple[Hop, ...], question: str, *, rng: int) -> CheckedAnswer:
        """Say whether the question's answer is that of the last hop.

        Raises:
            ReplyError: the reply cannot be read, or holds no answer.
        """
        with replying("an answer"):
            reply = self.answer(**_inputs(corpus, seed, hops, question), config={"rollout_id": rng})
        return _checked(reply, hops, question)

    async def aforward(
        self, corpus: Corpus, seed: Seed, hops: tuple[Hop, ...], question: str, *, rng: int
    ) -> CheckedAnswer:
        """Say whether the answer holds, without blocking; raises ReplyError as `forward` does."""
        with replying("an answer"):
            reply = await self.answer.acall(**_inputs(corpus, seed, hops, question), config={"rollout_id": rng})
        return _checked(reply, hops, question)


def _inputs(corpus: Corpus, seed: Seed, hops: tuple[Hop, ...], question: str) -> dict[str, str]:
    passages = gold_passages(corpus, seed.source_ids, hops)
    return {"passages": render_passages(passages), "question": question}


def _checked(reply: Any, hops: tuple[Hop, ...], question: str) -> CheckedAnswer:
    answer, gold = line(reply.answer, "answer"), hops[-1].answer
    same = compare_answers(answer, gold, question=question)
    if not same.equal:
        return CheckedAnswer(holds=False, reason=same.reason)
    spellings = [" ".join(without_controls(one).split()) for one in (answer, *reply.other_spellings)]
    other = {words(one): one for one in reversed(spellings) if one and words(one) != words(gold)}
    aliases = tuple(sorted(other.values(), key=spellings.index))[:MOST] if hops[-1].operation == "span" else ()
    return CheckedAnswer(holds=True, reason=same.reason, aliases=aliases)
