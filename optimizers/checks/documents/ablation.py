"""Ablation: a solver answers with all documents, and neither without any one of them nor closed-book."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from ....data.answers import compare_answers
from ....data.document_records import MultiHopExample, Passage
from ....data.records import Outcome, Record, Try, Verdict, content_id
from ....errors import ConfigError, ReplyError
from ....programs.contexts import gold_passages
from .guessing import above_chance, askings, odds, orders
from .library import Library

NAME = "ablation"


class Answered(Record):
    """How often one set of passages gave the answer."""

    right: int
    made: int
    wanted: int
    """Tries asked for; those that are missing could not be made."""

    def __str__(self) -> str:
        """Spell it as `2 of 3`."""
        return f"{self.right} of {self.made}"


class Ablation:
    """Judges by tries of a solver whether each document is needed.

    - Answered with all documents: any of k tries is right (`need` of them).
    - Not answered without any one document, nor closed-book: no majority of k is right; one lucky guess proves nothing.
    - Comparisons, counts, yes/no and either/or questions are asked k times in each order, and count as answered only
      where they are right more often than guessing gives (`guessing.above_chance`), so that guesses neither pass nor
      condemn.
    - Of an unanswerable twin only the first is asked: `not stated` is the right answer without documents too.
    - Tries that could not be made leave the example unjudged where they would decide.
    """

    def __init__(
        self, solver: Any, *, lm: Any = None, k: int = 3, need: int = 1, temperature: float = 0.7, seed: int = 0
    ) -> None:
        """Set up; nothing is asked yet.

        Args:
            solver: A DSPy module `(passages, question) -> HopAnswer`: `HopReasoner`.
            lm: The model that tries; None: the solver's own, else the configured one.
            k: Tries for each set of passages (each order).
            need: Right tries wanted with all documents, 1 to k.
            temperature: Of the tries.
            seed: Of the tries.

        Raises:
            ConfigError: `need` is not from 1 to `k`.
        """
        if not 1 <= need <= k:
            raise ConfigError(f"need: {need} right tries of k={k} cannot be wanted; write 1 to {k}.")
        self.solver, self.lm, self.k, self.need = solver, lm, k, need
        self.temperature, self.seed = temperature, seed

    async def judge(self, example: MultiHopExample, library: Library) -> Verdict:
        """Try an example with all its documents first; then, if that works, without each one and closed-book."""
        passages = gold_passages(library.corpus, example.seed.source_ids, example.hops)
        full = await self._answered(example, passages, library, "all")
        known = self._known(example, full, self.need)
        if not known:
            reason = f"It is not answered with all documents: {full} tries were right."
            return self._verdict(example, known, reason, {"all": str(full), **self._orders(example, library)})
        evidence: dict[str, JsonValue] = {"all": str(full), **self._orders(example, library)}
        if not example.answerable:
            return self._verdict(example, True, f"Not stated, say {full} tries.", evidence)
        for name, left in _ablated(example, passages):
            found = await self._answered(example, left, library, name)
            evidence[name] = str(found)
            known = self._known(example, found, self.k // 2 + 1)
            if known is not False:
                reason = f"It is answered {self._said(name, library)}: {found} tries were right."
                return self._verdict(example, None if known is None else False, reason, evidence)
        reason = "It is answered with all documents, and neither without any of them nor without all."
        return self._verdict(example, True, reason, evidence)

    async def _answered(
        self, example: MultiHopExample, passages: Sequence[Passage], library: Library, name: str
    ) -> Answered:
        tries = await asyncio.gather(
            *(
                self._try(one, passages, f"{name} {order} {number}")
                for order, one in enumerate(self._asked(example, library))
                for number in range(self.k)
            )
        )
        made = [one.correct for one in tries if one.correct is not None]
        return Answered(right=sum(made), made=len(made), wanted=len(tries))

    def _asked(self, example: MultiHopExample, library: Library) -> tuple[MultiHopExample, ...]:
        documents = [(id, library.document(id)) for id in example.seed.source_ids]
        return askings(example, {id: document.title for id, document in documents if document})

    def _orders(self, example: MultiHopExample, library: Library) -> dict[str, JsonValue]:
        """Say of a question that is easy to guess in how many orders it was asked: some cannot be turned."""
        return {"orders": orders(self._asked(example, library))} if odds(example) else {}

    async def _try(self, example: MultiHopExample, passages: Sequence[Passage], name: str) -> Try:
        rollout = int(content_id("ablation", self.seed, example.id, name)[:7], 16)
        try:
            given = await self._ask(passages, example.question, rollout)
        except ReplyError as error:
            return Try(answer="", correct=None, reason=str(error))
        same = compare_answers(given.answer, example.answer, aliases=example.aliases, question=example.question)
        return Try(answer=given.answer, correct=same.equal, reason=same.reason, output_tokens=given.output_tokens)

    async def _ask(self, passages: Sequence[Passage], question: str, rollout: int) -> Any:
        if self.lm is None:
            return await self.solver.acall(passages, question)
        from ....backends import speaking

        with speaking(self.lm.copy(temperature=self.temperature, rollout_id=rollout)):
            return await self.solver.acall(passages, question)

    def _known(self, example: MultiHopExample, found: Answered, need: int) -> bool | None:
        """Whether the answer was known; None if tries that could not be made would decide."""
        luck = odds(example)

        def enough(right: int) -> bool:
            return above_chance(right, found.wanted, luck) if luck else right >= need

        if enough(found.right):
            return True
        return None if enough(found.right + found.wanted - found.made) else False

    def _verdict(
        self, example: MultiHopExample, fine: bool | None, reason: str, evidence: dict[str, JsonValue]
    ) -> Verdict:
        if fine is None:
            reason = f"Tries that could not be made would decide. {reason}"
        outcomes: dict[bool | None, Outcome] = {True: "kept", False: "dropped", None: "unjudged"}
        return Verdict(example_id=example.id, outcome=outcomes[fine], check=NAME, reason=reason, evidence=evidence)

    def _said(self, name: str, library: Library) -> str:
        if name == "closed_book":
            return "closed-book"
        document = library.document(name)
        return f"without the document {document.title if document else name!r}"


def _ablated(example: MultiHopExample, passages: Sequence[Passage]) -> list[tuple[str, tuple[Passage, ...]]]:
    """Return what is tried besides: nothing at all first, it costs least."""
    left = [(id, tuple(one for one in passages if one.document_id != id)) for id in example.seed.source_ids]
    return [("closed_book", ()), *left]
