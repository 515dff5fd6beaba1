"""Hops without a model: the question that a relation has for its fact, with the fact's spans."""

import random
from typing import TYPE_CHECKING

import dspy

from ....data.answers import words
from ....data.computed import recompute
from ....data.document_records import Corpus, Hop, Operation, Shape
from ....data.records import Seed
from ....errors import ReplyError
from ...computing import question_of, subjects_of
from ...plans import Step, followed, plan_of
from ..relations import ASKS
from .asked import Asked
from .atlas import atlas_of
from .routes import Route, routes
from .rules import rules_of
from .wording import drawn, filled, fitting

if TYPE_CHECKING:
    from ....data.links import LinkGraph


class FactHops(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Asks for facts that the relation patterns found in the documents of a seed."""

    def forward(
        self, corpus: Corpus, graph: "LinkGraph", seed: Seed, index: int, earlier: tuple[Hop, ...], *, shape: Shape,
        rng: int,
    ) -> Hop:  # fmt: skip
        """Return the hop.

        Raises:
            ReplyError: no facts were found in these documents that go on from the earlier hops.
        """
        plan = plan_of(shape, len(seed.source_ids))
        if plan[index].source is None:
            return _computed(corpus, seed, plan, index, earlier, rng)
        found = [
            route for route in routes(atlas_of(corpus, graph), seed.source_ids, shape) if _fits(route, plan, earlier)
        ]
        if not found:
            raise ReplyError(f"No facts were found that connect {seed.text!r} as this hop needs.")
        route = random.Random(f"{rng} route").choice(found)
        place = [at for at, step in enumerate(plan) if step.source is not None].index(index)
        if len(plan[index].uses) > 1:
            return _joined(route[place], route[place + 1], plan[index])
        return _asked(route[place], plan, index, random.Random(f"{rng} {route[place].ask} form"))


def _fits(route: Route, plan: tuple[Step, ...], earlier: tuple[Hop, ...]) -> bool:
    spans = [at for at, step in enumerate(plan) if step.source is not None]
    return all(
        words(route[place].answer) == words(earlier[at].answer)
        and (followed(plan, at) or route[place].ask == earlier[at].relation)
        for place, at in enumerate(spans)
        if at < len(earlier)
    )


def _asked(one: Asked, plan: tuple[Step, ...], index: int, draw: random.Random) -> Hop:
    """Ask for a fact; what an earlier hop found is named by its mark."""
    start = _marked(one.start, f"#{plan[index].uses[0] + 1}") if plan[index].uses else one.start
    ask = ASKS[one.ask]
    noun = one.noun if one.noun or fitting(ask.questions, "") else ask.noun
    question = filled(drawn(ask.questions, noun, draw), start, noun, one.year)
    return Hop(question=question, answer=one.answer, evidence=one.evidence, uses=plan[index].uses, relation=one.ask)


def _joined(first: Asked, second: Asked, step: Step) -> Hop:
    one, other = (f"#{at + 1}" for at in step.uses)
    said = (filled(first.clause, _marked(first.start, one)), filled(second.clause, _marked(second.start, other)))
    evidence = (*first.evidence, *(span for span in second.evidence[1:] if span not in first.evidence))
    question = f"Which {first.noun} {said[0]} and {said[1]}?"
    return Hop(question=question, answer=first.answer, evidence=evidence, uses=step.uses, relation=first.ask)


def _marked(start: str, mark: str) -> str:
    """Put a mark for a name, its article left: `the Danube` is `the #1`, but `the film Jaws` is `#1`."""
    return f"the {mark}" if start.startswith("the ") and start[4:5].isupper() else mark


def _computed(
    corpus: Corpus, seed: Seed, plan: tuple[Step, ...], index: int, earlier: tuple[Hop, ...], rng: int
) -> Hop:
    step = plan[index]
    answers = [earlier[at].answer for at in step.uses]
    subjects = subjects_of(corpus, seed, plan, step.uses)
    whole = len({len(earlier[at].uses) for at in step.uses}) == 1
    choices: list[tuple[Operation, str]] = rules_of(
        step.operations, earlier[step.uses[0]].relation, answers, whole=whole
    )
    random.Random(f"{rng} operation").shuffle(choices)
    for operation, rule in choices:
        try:
            answer = recompute(operation, rule, answers, subjects)
        except ValueError:
            continue
        return Hop(
            question=question_of(rule, step.uses), answer=answer, operation=operation, uses=step.uses, relation=rule
        )
    raise ReplyError(f"Nothing can be computed from {', '.join(map(repr, answers))}.")
