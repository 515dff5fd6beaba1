"""Ways through the questions of a corpus, drawn at random: documents in hop order for each shape."""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from ....data.document_records import Shape
from .asked import Asked
from .atlas import Atlas

Order = Callable[[Asked], float]
"""Smaller first: which question a walk begins with."""
_TRIES = 400
"""Walks of one seed."""
AT_ONCE = 1_000
"""Questions to begin with that are put in order at once: of more of them so many are drawn, the others come after."""


class Walks:
    """Walks over one atlas."""

    def __init__(self, atlas: Atlas, draw: random.Random, order: Order) -> None:
        self.atlas, self.draw, self.order = atlas, draw, order

    def walk(self, shape: Shape, hops: int) -> Iterator[tuple[Asked, ...]]:
        """Yield the questions of hops asked of documents; whether they are sound is seen later."""
        return {"chain": self.chains, "comparison": self.beside, "fan_out": self.beside,
                "bridge_comparison": self.bridged, "join": self.joins}[shape](hops)  # fmt: skip

    def chains(self, hops: int) -> Iterator[tuple[Asked, ...]]:
        """Yield chains, each from another question to begin with."""
        for some in self.shares(self.atlas.openers(hops)):
            for one in sorted(some, key=self.order):
                yield from self.onward((one,), hops)

    def onward(self, route: tuple[Asked, ...], hops: int) -> Iterator[tuple[Asked, ...]]:
        """Yield what a route goes on to, at random, a few each."""
        if len(route) == hops:
            yield route
            return
        following = list(self.atlas.about.get(route[-1].answer_key, ()))
        self.draw.shuffle(following)
        documents = {one.document_id for one in route}
        for one in following[:6]:
            if one.document_id not in documents and one.answer_key not in {other.start_key for other in route}:
                yield from self.onward((*route, one), hops)

    def beside(self, number: int) -> Iterator[tuple[Asked, ...]]:
        """Yield questions for the same value of things of the same noun."""
        groups = self.atlas.groups
        names = [name for name, group in groups.items() if len(group) >= number]
        for _ in range(_TRIES if names else 0):
            weights = [min(len(groups[name]), 12) for name in names]
            group = groups[self.draw.choices(names, weights)[0]]
            chosen = self.draw.sample(group, min(len(group), number + 3))
            yield tuple(self.sorted(chosen)[:number])

    def bridged(self, hops: int) -> Iterator[tuple[Asked, ...]]:
        """Yield two branches that end at the same value."""
        ends = self.atlas.branches
        names = sorted(ends)
        for _ in range(_TRIES if names else 0):
            name = self.draw.choices(names, [min(len(ends[one]), 10) for one in names])[0]
            one = self.draw.choice(ends[name])
            if hops == 4:
                yield (*one, *self.draw.choice(ends[name]))
            else:
                topic = self.atlas.topics[one[-1].document_id].noun
                group = self.atlas.groups.get((one[-1].ask, topic), ())
                if group:
                    yield (*one, self.draw.choice(group))

    def joins(self, hops: int) -> Iterator[tuple[Asked, ...]]:
        """Yield two branches into one document."""
        into = self.atlas.into
        for group in chain.from_iterable(self.shares(self.atlas.joined)):
            first, second = self.draw.sample(group, 2)
            left = [one for one in into.get(first.start_key, ()) if self.atlas.opens(one)]
            if hops == 4:
                left = [one for one in into.get(first.start_key, ()) if not one.year]
            right = [one for one in into.get(second.start_key, ()) if self.atlas.opens(one)]
            for one, other in zip(self.drawn(left), self.drawn(right), strict=False):
                if hops == 3:
                    yield (one, other, first, second)
                else:
                    before = [early for early in into.get(one.start_key, ()) if self.atlas.opens(early)]
                    yield from ((early, one, other, first, second) for early in self.drawn(before)[:2])

    def shares(self, ones: Sequence[Any]) -> Iterator[list[Any]]:
        """Yield all of them in random order, `AT_ONCE` first, so that not all of a large corpus are put in order."""
        first = self.draw.sample(range(len(ones)), min(len(ones), AT_ONCE))
        yield [ones[at] for at in first]
        if len(ones) > AT_ONCE:
            taken = set(first)
            rest = [one for at, one in enumerate(ones) if at not in taken]
            self.draw.shuffle(rest)
            yield rest

    def drawn(self, ones: Sequence[Asked]) -> list[Asked]:
        """Return a few questions in a drawn order."""
        return self.draw.sample(ones, min(len(ones), 6))

    def sorted(self, ones: Sequence[Asked]) -> list[Asked]:
        """Sort by the strategy's order, then at random."""
        shuffled = self.draw.sample(ones, len(ones))
        return sorted(shuffled, key=self.order)
