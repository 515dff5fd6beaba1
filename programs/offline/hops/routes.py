"""The questions that can stand at the hops of a seed, and which of them make a chain that nothing shortens."""

from collections.abc import Iterator, Sequence
from itertools import product

from ....data.answers import words
from ....data.document_records import Shape
from ....data.leaks import shown_in
from ...plans import Step, followed, plan_of, subject_of
from ..relations import ASKS
from .asked import Asked
from .atlas import Atlas

Route = tuple[Asked, ...]
"""One question for each hop asked of a document; for the last hop of a join two, one for each branch."""
_MOST = 64
"""Routes of one seed that are looked at."""


def routes(atlas: Atlas, ids: Sequence[str], shape: Shape) -> list[Route]:
    """Return the routes over these documents, in this order, that nothing shortens."""
    made = _ROUTES[shape](atlas, tuple(ids))
    return [route for at, route in enumerate(made) if at < _MOST and sound(atlas, route, ids, shape)]


def sound(atlas: Atlas, route: Route, ids: Sequence[str], shape: Shape) -> bool:
    """Whether every hop is needed: all ends different, nothing given away, no document that holds far ends."""
    plan = plan_of(shape, len(ids))
    spans = [at for at, step in enumerate(plan) if step.source is not None]
    answers = {at: route[place] for place, at in enumerate(spans)}
    keys = [one.answer_key for place, one in enumerate(route[: len(spans)]) if followed(plan, spans[place])]
    starts = [one.start_key for place, one in enumerate(route[: len(spans)]) if not plan[spans[place]].uses]
    if len({*keys, *starts}) < len(keys) + len(starts):
        return False
    if any(followed(plan, at) and not bears(one) for at, one in answers.items()):
        return False
    if any(len(atlas.graph.find(one.answer)) > 1 for at, one in answers.items() if followed(plan, at)):
        return False
    return not _shown(atlas, route, plan, spans) and not _shortened(atlas, answers, plan, ids)


def bears(one: Asked) -> bool:
    """Whether there are words for what a question finds, so that another can follow on it."""
    ask = ASKS[one.ask]
    return any(one.noun or ask.noun or "{n}" not in form for form in ask.phrases)


def _shown(atlas: Atlas, route: Route, plan: tuple[Step, ...], spans: list[int]) -> bool:
    """Whether what the question will name gives an answer away."""
    said = [one.start for place, one in enumerate(route[: len(spans)]) if not plan[spans[place]].uses]
    said += [f"{one.noun} {one.year}" for one in route]
    names = [name for one in route for name in atlas.names(one.answer_key, one.answer)]
    return shown_in(" / ".join(said), names) is not None


def _shortened(atlas: Atlas, answers: dict[int, Asked], plan: tuple[Step, ...], ids: Sequence[str]) -> bool:
    ends = [len(plan) - 1] if plan[-1].source is not None else list(plan[-1].uses)
    for end in ends:
        if _told_early(atlas, answers[end], end, plan, ids):
            return True
        if any(atlas.holders.together(one, other) for one, other in _far(atlas, end, answers, plan, ids)):
            return True
    if len(ends) < 2:
        return False
    names = [name for at in ends for name in (_subject(atlas, at, plan, ids), answers[at].answer)]
    return bool(frozenset.intersection(*(atlas.holders.holders(name) for name in names)))


def _told_early(atlas: Atlas, end: Asked, at: int, plan: tuple[Step, ...], ids: Sequence[str]) -> bool:
    """Whether a document before the last one names the country that is the answer, if only by its people."""
    if end.answer_key not in atlas.documents or atlas.asking.sort(end.answer_key) != "land":
        return False
    sources = [ids[source] for step in plan[:at] if (source := step.source) is not None]
    return any(shown_in(atlas.documents[id].text, [end.answer]) is not None for id in sources)


def _subject(atlas: Atlas, at: int, plan: tuple[Step, ...], ids: Sequence[str]) -> str:
    return atlas.topics[ids[subject_of(plan, at)]].name


def _far(
    atlas: Atlas, at: int, answers: dict[int, Asked], plan: tuple[Step, ...], ids: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the pairs of entities that another one lies between on the way to a hop."""
    uses = plan[at].uses
    far = [pair for used in uses for pair in _far(atlas, used, answers, plan, ids)]
    near = {answers[used].answer for used in uses}
    before = {name for used in uses for name in _before(atlas, used, answers, plan, ids)} - near
    return far + [(name, answers[at].answer) for name in sorted(before) if words(name) != words(answers[at].answer)]


def _before(atlas: Atlas, at: int, answers: dict[int, Asked], plan: tuple[Step, ...], ids: Sequence[str]) -> list[str]:
    uses = plan[at].uses
    if not uses:
        return [_subject(atlas, at, plan, ids)]
    return [name for used in uses for name in (*_before(atlas, used, answers, plan, ids), answers[used].answer)]


def _chain(atlas: Atlas, ids: tuple[str, ...]) -> Iterator[Route]:
    first = [one for one in atlas.inside.get(ids[0], ()) if atlas.opens(one)]
    yield from _onward(atlas, [(one,) for one in first], ids[1:])


def _onward(atlas: Atlas, begun: list[Route], ids: tuple[str, ...]) -> list[Route]:
    for id in ids:
        here = atlas.inside.get(id, ())
        begun = [(*route, one) for route in begun for one in here if one.start_key == route[-1].answer_key]
    return begun


def _beside(atlas: Atlas, ids: tuple[str, ...]) -> Iterator[Route]:
    values = [{one.ask: one for one in atlas.inside.get(id, ()) if atlas.opens(one) and one.is_value} for id in ids]
    for name in sorted(set.intersection(*(set(one) for one in values))):
        yield tuple(one[name] for one in values)


def _bridged(atlas: Atlas, ids: tuple[str, ...]) -> Iterator[Route]:
    left = list(_chain(atlas, ids[:2]))
    right = list(_chain(atlas, ids[2:]))
    for one, other in product(left, right):
        same_end = one[-1].is_value and one[-1].ask == other[-1].ask
        alike = len(other) == 1 or (one[0].ask, one[0].noun) == (other[0].ask, other[0].noun)
        if same_end and alike:
            yield (*one, *other)


def _join(atlas: Atlas, ids: tuple[str, ...]) -> Iterator[Route]:
    left = list(_chain(atlas, ids[:-2]))
    right = list(_chain(atlas, ids[-2:-1]))
    last = atlas.clauses.get(ids[-1], ())
    for one, other in product(left, right):
        for first, second in product(last, last):
            ends = (one[-1].answer_key, other[-1].answer_key)
            if (first.start_key, second.start_key) == ends and ends[0] != ends[1]:
                yield (*one, *other, first, second)


_ROUTES = {"chain": _chain, "comparison": _beside, "fan_out": _beside, "bridge_comparison": _bridged, "join": _join}
