"""Hops asked by a model: a question of one document, its answer found in it letter by letter."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import dspy

from ..data.answers import words
from ..data.controls import without_controls
from ..data.document_records import Corpus, Document, Hop, Shape
from ..data.leaks import shown_in
from ..data.records import Seed
from ..data.titles import plain_title
from ..errors import ReplyError
from ..signatures.hop_questions import AskAboutEntity, AskForEntity, AskProperty
from ..signatures.paper_documents import AskContaining, AskPropertyPlain, AskWithAnswer
from .asking import chosen, line, replying
from .computing import compute_hop, subjects_of
from .evidence import excerpt, find_span, sentence_around
from .plans import Step, followed, plan_of
from .protocols_documents import JOINT

if TYPE_CHECKING:
    from ..data.links import LinkGraph

LONGEST = 12
"""Words of an answer; longer ones are sentences, which nobody gives letter by letter."""


class _Task(NamedTuple):
    """What one hop has to be."""

    document: Document
    step: Step
    wanted: str
    """The bridge that must be the answer; empty if the answer is free."""
    named: tuple[str, ...]
    """Names that the question must contain, one for each hop it uses."""
    compared: bool
    keep_to: str
    """Question of the side compared with, if it is there."""

    @property
    def subject(self) -> str:
        """What a compared property is asked of."""
        return self.named[0] if self.named else plain_title(self.document.title)


class AskHop(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Has a model write one hop; computed hops need none.

    Args:
        preset: `default` or `paper`.
    """

    def __init__(self, preset: str = "default") -> None:
        super().__init__()
        self.preset = preset
        self.ask_for = dspy.Predict(chosen(preset, {"default": AskForEntity, "paper": AskWithAnswer}))
        self.ask_about = dspy.Predict(chosen(preset, {"default": AskAboutEntity, "paper": AskContaining}))
        self.ask_property = dspy.Predict(chosen(preset, {"default": AskProperty, "paper": AskPropertyPlain}))

    def forward(
        self, corpus: Corpus, graph: "LinkGraph", seed: Seed, index: int, earlier: tuple[Hop, ...], *, shape: Shape,
        rng: int,
    ) -> Hop:  # fmt: skip
        """Return the hop.

        Raises:
            ReplyError: the reply cannot be read; its answer does not stand in the document, or is not the bridge; its
                question shows the answer, or does not name what it must; or nothing can be computed.
        """
        task = _task(corpus, seed, index, earlier, shape)
        if task is None:
            return _computed(corpus, seed, index, earlier, shape, rng)
        ask, inputs = self._asked(task)
        with replying("a hop"):
            reply = ask(**inputs, config={"rollout_id": rng})
        return _hop(reply.hop, task)

    async def aforward(
        self, corpus: Corpus, graph: "LinkGraph", seed: Seed, index: int, earlier: tuple[Hop, ...], *, shape: Shape,
        rng: int,
    ) -> Hop:  # fmt: skip
        """Return the hop, without blocking; raises ReplyError as `forward` does."""
        task = _task(corpus, seed, index, earlier, shape)
        if task is None:
            return _computed(corpus, seed, index, earlier, shape, rng)
        ask, inputs = self._asked(task)
        with replying("a hop"):
            reply = await ask.acall(**inputs, config={"rollout_id": rng})
        return _hop(reply.hop, task)

    def _asked(self, task: _Task) -> tuple[Any, dict[str, Any]]:
        """Choose the prompt: for the bridge, for a property to compare, or for anything about the entity."""
        text = excerpt(task.document, [task.wanted, *task.named])
        inputs: dict[str, Any] = {"title": task.document.title, "document": text}
        if self.preset == "paper":
            inputs = {"document": f"{task.document.title}\n{text}"}
        if task.wanted:
            named = {} if self.preset == "paper" else {"must_contain": list(task.named)}
            return self.ask_for, {**inputs, "entity": task.wanted, **named}
        if task.compared:
            subject = "entity" if self.preset == "paper" else "subject"
            return self.ask_property, {**inputs, subject: task.subject, "keep_to": task.keep_to}
        if self.preset == "paper":
            return self.ask_about, {**inputs, "entity": " and ".join(task.named)}
        return self.ask_about, {**inputs, "must_contain": list(task.named)}


def _task(corpus: Corpus, seed: Seed, index: int, earlier: Sequence[Hop], shape: Shape) -> _Task | None:
    """Say what the hop has to be; None if it is computed."""
    plan = plan_of(shape, len(seed.source_ids))
    step = plan[index]
    if step.source is None:
        return None
    computed = [one for one in plan if one.source is None and index in one.uses]
    sides = [at for one in computed for at in one.uses if at < index]
    return _Task(
        document=corpus.document(seed.source_ids[step.source]),
        step=step,
        wanted=seed.text.split(JOINT)[step.source] if followed(plan, index) else "",
        named=tuple(earlier[at].answer for at in step.uses),
        compared=bool(computed),
        keep_to=_filled(earlier[sides[0]], earlier) if sides else "",
    )


def _computed(corpus: Corpus, seed: Seed, index: int, earlier: Sequence[Hop], shape: Shape, rng: int) -> Hop:
    plan = plan_of(shape, len(seed.source_ids))
    return compute_hop(plan[index], earlier, subjects_of(corpus, seed, plan, plan[index].uses), rng)


def _filled(hop: Hop, earlier: Sequence[Hop]) -> str:
    """Put the answers back for the marks in a hop's question."""
    question = hop.question
    for at in hop.uses:
        question = question.replace(f"#{at + 1}", earlier[at].answer)
    return question


def _hop(reply: Any, task: _Task) -> Hop:
    """Turn a reply into a hop whose answer was found in the document."""
    answer = line(reply.answer, "answer")
    if len(answer.split()) > LONGEST:
        raise ReplyError(f"The answer {answer!r} is no short phrase.")
    if task.wanted and words(answer) != words(task.wanted):
        raise ReplyError(f"The question asks for {answer!r}, not for {task.wanted!r}.")
    span = find_span(task.document, task.wanted or answer, near=reply.sentence)
    question = _marked(line(reply.question, "question"), task)
    given = shown_in(question, [span.text])
    if given:
        raise ReplyError(f"The question {question!r} gives its answer {given!r} away.")
    return Hop(
        question=question, answer=span.text, evidence=(span, sentence_around(task.document, span)),
        uses=task.step.uses, relation=" ".join(without_controls(reply.relation).split()).lower(),
    )  # fmt: skip


def _marked(question: str, task: _Task) -> str:
    """Put `#1`, `#2`, ... for the names of earlier answers; raises ReplyError if one is not there."""
    for at, name in zip(task.step.uses, task.named, strict=True):
        form = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        question, count = form.subn(f"#{at + 1}", question)
        if not count:
            raise ReplyError(f"The question {question!r} does not name {name!r}.")
    if task.compared and not task.named and not shown_in(question, [task.subject]):
        raise ReplyError(f"The question {question!r} does not name {task.subject!r}.")
    return question
