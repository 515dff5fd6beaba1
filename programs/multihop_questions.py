"""From documents to multi-hop questions: entities, hops, composition, answer check; each a module to exchange."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import dspy

from ..data.document_records import SIZES, Corpus, Hop, MultiHopAttempt, MultiHopExample, Shape
from ..data.records import STYLES, Provenance, Seed, Style, Verdict, content_id
from ..errors import ConfigError
from .answer_check import CheckAnswer
from .composition import ComposeHops
from .entities import ProposeEntities
from .hands import Awaiting, Blocking, Ended, Hands, at_once, step
from .hops import AskHop
from .offline.hops import EntitySeeds, FactHops, OtherNames, RelationComposition
from .plans import plan_of
from .protocols import Wording
from .protocols_documents import CheckedAnswer, UsedEntities
from .provenance import models_of, program_id

if TYPE_CHECKING:
    from ..data.links import LinkGraph

SPARE = 4
"""Goes at an example, for every example wanted, before a corpus is taken to give no more."""
PATIENCE = 30
"""Goes without a new example, one after the other, before a shape with its number of hops is given up."""
SPOKEN: tuple[Style, ...] = tuple(style for style in STYLES if style != "vague")
"""Styles of composed questions: with a term left open nothing would tell the hops apart."""


class MultiHopQuestions(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Makes examples from documents: entities → hops → one question → its answer checked. Any step may be offline.

    `MultiHopQuestions(hops=3)` asks the model of the context; `.offline()` asks none. `hops` counts the hops asked of
    documents, one number or several; shapes that none of them fits are an error. `preset="paper"` asks as
    Source2Synth does (section 3.1), in our own words, and checks no answer: the paper leaves that to curation.
    """

    def __init__(
        self,
        *,
        hops: int | Sequence[int] = 2,
        shapes: Sequence[Shape] = ("chain",),
        seeds: Any = None,
        hop: Any = None,
        compose: Any = None,
        check: Any = None,
        preset: Literal["default", "paper"] = "default",
    ) -> None:
        super().__init__()
        self.kinds = _kinds((hops,) if isinstance(hops, int) else tuple(hops), shapes)
        self.seeds = seeds or ProposeEntities(preset=preset)
        self.hop = hop or AskHop(preset=preset)
        self.compose = compose or ComposeHops(preset=preset)
        self.check = check or (CheckAnswer() if preset == "default" else None)

    @classmethod
    def offline(
        cls,
        *,
        hops: int | Sequence[int] = (2, 3, 4),
        shapes: Sequence[Shape] = ("chain", "join", "comparison", "bridge_comparison", "fan_out"),
        seeds: Any = None,
        hop: Any = None,
        compose: Any = None,
    ) -> "MultiHopQuestions":
        """Build the same program without a model: relation patterns find the facts and word the questions."""
        given = {"seeds": seeds or EntitySeeds(), "hop": hop or FactHops(), "compose": compose or RelationComposition()}
        return cls(hops=hops, shapes=shapes, check=OtherNames(), **given)

    def forward(
        self,
        corpus: Corpus,
        graph: "LinkGraph | None" = None,
        *,
        seed: int,
        shape: Shape | None = None,
        hops: int | None = None,
        style: Style = "formal",
        used: UsedEntities | None = None,
    ) -> MultiHopAttempt:
        """Go once at one example; what fails comes back with its verdict, it is not raised.

        Args:
            corpus: The documents.
            graph: Of the corpus; built anew if None, so give it where you ask more than once.
            seed: Of everything drawn.
            shape: One of the module's; the first if None.
            hops: Asked of documents; the fewest of the shape if None.
            style: Of the question.
            used: What earlier examples used.

        Raises:
            ConfigError: the shape does not go with that many hops.
        """
        given = (graph or _linked(corpus), seed, *self._kind(shape, hops), style, used or UsedEntities())
        return at_once(self._attempt(Blocking(), corpus, *given))

    async def aforward(
        self,
        corpus: Corpus,
        graph: "LinkGraph | None" = None,
        *,
        seed: int,
        shape: Shape | None = None,
        hops: int | None = None,
        style: Style = "formal",
        used: UsedEntities | None = None,
    ) -> MultiHopAttempt:
        """Go once at one example, as `forward` does."""
        given = (graph or _linked(corpus), seed, *self._kind(shape, hops), style, used or UsedEntities())
        return await self._attempt(Awaiting(), corpus, *given)

    def attempts(
        self,
        corpus: Corpus,
        n: int,
        *,
        seed: int,
        graph: "LinkGraph | None" = None,
        styles: Sequence[Style] = SPOKEN,
    ) -> Iterator[MultiHopAttempt]:
        """Yield every attempt, failed ones with their verdicts, until `n` distinct examples are made.

        The shapes and numbers of hops take turns. The same seed gives the same attempts.
        """
        stream = self._attempts(Blocking(), corpus, graph or _linked(corpus), n, seed, styles)
        while True:
            try:
                yield at_once(anext(stream))  # type: ignore[arg-type]  # an async generator's next is a coroutine
            except StopAsyncIteration:
                return

    async def aattempts(
        self,
        corpus: Corpus,
        n: int,
        *,
        seed: int,
        graph: "LinkGraph | None" = None,
        styles: Sequence[Style] = SPOKEN,
    ) -> AsyncIterator[MultiHopAttempt]:
        """Yield what `attempts` does, without blocking."""
        async for attempt in self._attempts(Awaiting(), corpus, graph or _linked(corpus), n, seed, styles):
            yield attempt

    def many(
        self,
        corpus: Corpus,
        n: int,
        *,
        seed: int,
        graph: "LinkGraph | None" = None,
        styles: Sequence[Style] = SPOKEN,
    ) -> list[MultiHopExample]:
        """Return `n` distinct examples, or as many as the corpus gives."""
        found = self.attempts(corpus, n, seed=seed, graph=graph, styles=styles)
        return [one.example for one in found if one.example is not None]

    async def amany(
        self,
        corpus: Corpus,
        n: int,
        *,
        seed: int,
        graph: "LinkGraph | None" = None,
        styles: Sequence[Style] = SPOKEN,
        concurrency: int = 16,
    ) -> list[MultiHopExample]:
        """Return up to `n` distinct examples, made in `concurrency` lines at the same time.

        Each line knows what it used itself, so the examples are not those of `many`; the same seed and concurrency
        give the same ones.
        """
        linked = graph or _linked(corpus)
        lines = min(concurrency, n) or 1

        async def share(at: int) -> list[MultiHopExample]:
            count = n // lines + (at < n % lines)
            stream = self._attempts(Awaiting(), corpus, linked, count, seed + 7919 * at, styles)
            return [one.example async for one in stream if one.example is not None]

        done = await asyncio.gather(*(share(at) for at in range(lines)))
        return list({example.id: example for made in done for example in made}.values())

    async def _attempts(
        self, hands: Hands, corpus: Corpus, graph: "LinkGraph", n: int, seed: int, styles: Sequence[Style]
    ) -> AsyncIterator[MultiHopAttempt]:
        seen, used, vain = set[str](), UsedEntities(), dict[tuple[Shape, int], int]()
        draw = random.Random(f"{seed} multihop")
        for go in range(SPARE * n * len(self.kinds)):
            if len(seen) == n:
                return
            shape, hops = self.kinds[go % len(self.kinds)]
            vain[shape, hops] = vain.get((shape, hops), 0) + 1
            if vain[shape, hops] > PATIENCE:
                continue
            style = styles[(go + go // len(self.kinds)) % len(styles)]
            one = await self._attempt(hands, corpus, graph, draw.randrange(2**31), shape, hops, style, used)
            if one.example is not None:
                if one.example.id in seen:
                    continue
                seen.add(one.example.id)
                vain[shape, hops] = 0
                used = _use(used, one.example)
            yield one

    async def _attempt(
        self,
        hands: Hands,
        corpus: Corpus,
        graph: "LinkGraph",
        rng: int,
        shape: Shape,
        hops: int,
        style: Style,
        used: UsedEntities,
    ) -> MultiHopAttempt:
        known: Seed | None = None
        chain: tuple[Hop, ...] = ()
        try:
            given = {"corpus": corpus, "graph": graph, "shape": shape, "rng": rng}
            found: Seed = await step("seed", hands.ask(self.seeds, **given, hops=hops, used=used))
            known = found
            for index in range(len(plan_of(shape, hops))):
                asked = hands.ask(self.hop, **given, seed=found, index=index, earlier=chain)
                chain = (*chain, await step("hop", asked))
            said: Wording = await step(
                "compose", hands.ask(self.compose, hops=chain, shape=shape, style=style, rng=rng)
            )
            checked = await self._checked(hands, corpus, found, chain, said, rng)
        except Ended as end:
            identity = content_id("multihop", rng, shape, hops, style, known.text if known else "")
            verdict = Verdict(example_id=identity, outcome=end.outcome, check=end.check, reason=end.reason)
            return MultiHopAttempt(seed=known, shape=shape, hops=chain, verdict=verdict)
        example = self._example(shape, found, chain, said, checked, rng)
        return MultiHopAttempt(seed=found, shape=shape, hops=chain, example=example)

    async def _checked(
        self, hands: Hands, corpus: Corpus, seed: Seed, hops: tuple[Hop, ...], said: Wording, rng: int
    ) -> CheckedAnswer:
        """Check the answer, if there is a module for it; one that does not hold ends the attempt, dropped."""
        if self.check is None:
            return CheckedAnswer(holds=True, reason="not checked")
        asked = hands.ask(self.check, corpus=corpus, seed=seed, hops=hops, question=said.text, rng=rng)
        checked: CheckedAnswer = await step("answer", asked)
        if not checked.holds:
            raise Ended("answer", f"The composed question has another answer: {checked.reason}", "dropped")
        return checked

    def _example(
        self, shape: Shape, seed: Seed, hops: tuple[Hop, ...], said: Wording, checked: CheckedAnswer, rng: int
    ) -> MultiHopExample:
        made = Provenance(stage="examples", seed=rng, models=models_of(self), program=program_id(self))
        return MultiHopExample.of(
            question=said.text, hops=hops, answer=hops[-1].answer, aliases=checked.aliases, shape=shape, seed=seed,
            provenance=made,
        )  # fmt: skip

    def _kind(self, shape: Shape | None, hops: int | None) -> tuple[Shape, int]:
        shape = shape or self.kinds[0][0]
        hops = hops or next((size for name, size in self.kinds if name == shape), SIZES.get(shape, (2,))[0])
        plan_of(shape, hops)
        return shape, hops


def _kinds(hops: tuple[int, ...], shapes: Sequence[Shape]) -> tuple[tuple[Shape, int], ...]:
    """Pair every shape with the numbers of hops that it can take; raises ConfigError where one fits none."""
    found = []
    for shape in shapes:
        sizes = [size for size in hops if size in SIZES.get(shape, ())]
        if not sizes:
            wanted = " or ".join(map(str, SIZES[shape])) if shape in SIZES else ""
            mend = f"it takes hops={wanted}" if wanted else f"the shapes are {', '.join(SIZES)}"
            raise ConfigError(f"Shape {shape!r} does not go with hops={', '.join(map(str, hops))}; {mend}.")
        found += [(shape, size) for size in sizes]
    if not found:
        raise ConfigError("MultiHopQuestions needs at least one shape and one number of hops.")
    return tuple(found)


def _use(used: UsedEntities, made: MultiHopExample) -> UsedEntities:
    return used.plus(
        documents=made.seed.source_ids,
        texts=(made.seed.text,),
        relations=tuple(hop.relation for hop in made.hops if hop.relation),
        questions=tuple(hop.question for hop in made.hops),
    )


def _linked(corpus: Corpus) -> "LinkGraph":
    from ..data.links import link_graph

    return link_graph(corpus)
