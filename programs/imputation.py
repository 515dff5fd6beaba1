"""Imputation: one hop's question is blanked and rebuilt, the whole is composed again, and kept if its answer holds."""

import re
from typing import Any, Self

import dspy

from ..data.answers import compare_answers
from ..data.document_records import Corpus, Hop, MultiHopExample
from ..data.records import Provenance, Style
from ..data.retrieval import Retriever
from ..errors import ConfigError
from .composition import ComposeHops
from .hands import Awaiting, Blocking, Ended, Hands, at_once, step
from .hop_reasoner import HopReasoner
from .offline.hops import RelationComposition, RewordHop
from .provenance import models_of, program_id
from .rebuilding import RebuildQuestion

_NOTE = re.compile(r"imputation of hop -?\d+ failed at (\w+): ")


class Imputation(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Rebuilds one hop of an example, as the paper does with the first of two; here any hop asked of a document.

    The hop's question is rebuilt from the whole question, the other hops, the entity (its answer) and its document;
    the question is composed again and answered by `solver` (LLMSynth); if the answer holds, both replace the old ones
    and the original question goes into the provenance. Where anything fails, or the question comes out as it was, the
    example comes back as it was, with a note that says so (`failed_at`).

    `adraft` and `aheld` are its two halves, for those who check a draft before they pay for answers.
    """

    def __init__(self, *, solver: Any = None, rebuild: Any = None, compose: Any = None, identity: str = "") -> None:
        """Set up.

        Args:
            solver: Answers the new question; a `HopReasoner` if left out.
            rebuild: Writes the hop's question again; a model if left out.
            compose: Composes the whole question; a model if left out.
            identity: What provenance calls the program; the hash of its prompts if left out.
        """
        super().__init__()
        self.identity = identity
        self.rebuild = rebuild or RebuildQuestion()
        self.compose = compose or ComposeHops()
        self.solver = solver or HopReasoner()

    @classmethod
    def offline(cls, *, solver: Any = None) -> Self:
        """Build the same program with other words of the hop's relation; only the answer is asked of a model."""
        return cls(solver=solver, rebuild=RewordHop(), compose=RelationComposition())

    def forward(
        self, example: MultiHopExample, corpus: Corpus, *, index: int = 0, rng: int = 0, style: Style = "formal",
        hits: Retriever | None = None,
    ) -> MultiHopExample:  # fmt: skip
        """Return the example imputed, or as it was with a note.

        Args:
            example: Of documents of the corpus.
            corpus: The documents.
            index: Which hop is rebuilt, from 0.
            rng: Seed of what is sampled.
            style: Of the question composed again.
            hits: `solver.index(corpus)`, where the solver sees distractors.

        Raises:
            ConfigError: there is no such hop, or it is computed: there is nothing to rebuild.
        """
        return at_once(self._imputed(Blocking(), example, corpus, index, rng, style, hits))

    async def aforward(
        self, example: MultiHopExample, corpus: Corpus, *, index: int = 0, rng: int = 0, style: Style = "formal",
        hits: Retriever | None = None,
    ) -> MultiHopExample:  # fmt: skip
        """Return the example imputed, without blocking; raises ConfigError as `forward` does."""
        return await self._imputed(Awaiting(), example, corpus, index, rng, style, hits)

    async def adraft(
        self, example: MultiHopExample, corpus: Corpus, *, index: int = 0, rng: int = 0, style: Style = "formal"
    ) -> MultiHopExample:
        """Return the example rebuilt and composed, its answer not asked for yet; raises ConfigError as `forward`."""
        return await self._draft(Awaiting(), example, corpus, index, rng, style)

    async def aheld(
        self, draft: MultiHopExample, example: MultiHopExample, corpus: Corpus, *, index: int = 0,
        hits: Retriever | None = None,
    ) -> MultiHopExample:  # fmt: skip
        """Return a draft of the example if the solver gives its answer, else the example with a note."""
        return await self._held(Awaiting(), draft, example, corpus, index, hits)

    async def _imputed(
        self, hands: Hands, example: MultiHopExample, corpus: Corpus, index: int, rng: int, style: Style,
        hits: Retriever | None,
    ) -> MultiHopExample:  # fmt: skip
        draft = await self._draft(hands, example, corpus, index, rng, style)
        return await self._held(hands, draft, example, corpus, index, hits) if draft.provenance.imputed else draft

    async def _draft(
        self, hands: Hands, example: MultiHopExample, corpus: Corpus, index: int, rng: int, style: Style
    ) -> MultiHopExample:
        if index not in imputable(example):
            raise ConfigError(f"Hop {index} of example {example.id} is not asked of a document; nothing to impute.")
        try:
            rebuilt = hands.ask(self.rebuild, example=example, corpus=corpus, index=index, rng=rng)
            hop = example.hops[index].model_copy(update={"question": await step("rebuild", rebuilt)})
            hops = (*example.hops[:index], hop, *example.hops[index + 1 :])
            asked = hands.ask(self.compose, hops=hops, shape=example.shape, style=style, rng=rng)
            question: str = (await step("compose", asked)).text
            if question == example.question:
                raise Ended("compose", "The question came out as it was.", "dropped")
        except Ended as end:
            return unimputed(example, index, end.check, str(end))
        return self._replaced(example, hops, question, index)

    async def _held(
        self, hands: Hands, draft: MultiHopExample, example: MultiHopExample, corpus: Corpus, index: int,
        hits: Retriever | None,
    ) -> MultiHopExample:  # fmt: skip
        asked = hands.ask(self.solver, passages=self.solver.sees(draft, corpus, hits), question=draft.question)
        try:
            given = await step("answer", asked)
        except Ended as end:
            return unimputed(example, index, end.check, str(end))
        same = compare_answers(given.answer, example.answer, aliases=example.aliases, question=draft.question)
        return draft if same.equal else unimputed(example, index, "answer", same.reason)

    def _replaced(self, example: MultiHopExample, hops: tuple[Hop, ...], question: str, index: int) -> MultiHopExample:
        old = example.provenance
        made = Provenance(
            stage=old.stage, seed=old.seed, human=old.human, imputed=True,
            models=tuple(sorted({*old.models, *models_of(self)})), program=self.identity or program_id(self),
            original_question=example.question,
            notes=(*old.notes, f"imputed hop {index}: {example.hops[index].question}"),
        )  # fmt: skip
        return MultiHopExample.of(
            question=question, hops=hops, answer=example.answer, aliases=example.aliases, shape=example.shape,
            seed=example.seed, answerable=example.answerable, provenance=made,
        )  # fmt: skip


def imputable(example: MultiHopExample) -> tuple[int, ...]:
    """Return the hops that can be rebuilt: those asked of a document."""
    return tuple(at for at, hop in enumerate(example.hops) if hop.operation == "span")


def unimputed(example: MultiHopExample, index: int, at: str, reason: str) -> MultiHopExample:
    """Return the example as it was, with the note that it was not imputed, at which step that ended, and why."""
    note = f"imputation of hop {index} failed at {at}: {reason}"
    made = example.provenance.model_copy(update={"notes": (*example.provenance.notes, note)})
    return example.model_copy(update={"provenance": made})


def failed_at(example: MultiHopExample) -> str:
    """Return the step at which the imputation of an example ended (`rebuild`); empty if it was imputed or not tried."""
    found = [match[1] for note in example.provenance.notes if (match := _NOTE.match(note))]
    return found[-1] if found and not example.provenance.imputed else ""
