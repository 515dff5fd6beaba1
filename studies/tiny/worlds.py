"""Random worlds: invented people, places and works, their facts, and a short document about each.

>>> world = random_world(random.Random(0))
>>> len(world.documents) > 30
True
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...data.document_records import Corpus, Document
from . import world_words as words
from .invention import likely, syllable
from .world_telling import tell


@dataclass(eq=False)
class Thing:
    """One thing of a world, while it is made."""

    name: str
    sort: str
    """Key of `world_words.FILLER`."""
    noun: str
    """What it is: `city`, `novelist`."""
    article: bool = False
    """It is called `the Danube` inside a sentence."""
    she: bool = False
    facts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Keys of `world_words.PREDICATES` with what fills them."""

    @property
    def shown(self) -> str:
        """Return the name inside a sentence."""
        return f"the {self.name}" if self.article else self.name

    def learn(self, key: str, **filling: Any) -> None:
        """Add a fact, unless it is of a relation that the student never reads of."""
        if key not in words.WITHHELD_RELATIONS:
            self.facts.append((key, filling))


def random_world(rng: random.Random) -> Corpus:
    """Return the documents of one random world of about 50 things."""
    name = _namer(rng)
    lands = [Thing(name("place"), "place", rng.choice(words.LANDS)) for _ in range(rng.randrange(3, 6))]
    towns = [Thing(name("place"), "place", rng.choice(words.TOWNS)) for _ in range(rng.randrange(8, 13))]
    rivers = [Thing(name("place"), "water", "river", article=True) for _ in range(rng.randrange(3, 6))]
    heights = [Thing(name("place"), "thing", rng.choice(words.HEIGHTS)) for _ in range(rng.randrange(2, 4))]
    people = [
        Thing(name("person"), "person", rng.choice(words.JOBS), she=rng.random() < 0.4)
        for _ in range(rng.randrange(12, 18))
    ]
    _settle(lands, towns, rivers, heights, people, rng)
    _live(people, towns, rng)
    things = [*lands, *towns, *rivers, *heights, *people]
    for make in (_works, _buildings, _bodies):
        things += make(name, people, towns, rng)
    rng.shuffle(things)
    return Corpus(documents=tuple(Document.of(one.name, tell(one, things, rng)) for one in things))


def year(rng: random.Random) -> int:
    """Return a year, most of them of the last three centuries."""
    return rng.choice((rng.randrange(1300, 1700), rng.randrange(1700, 1900), rng.randrange(1850, 2015)))


def _namer(rng: random.Random) -> Callable[[str], str]:
    """Return a maker of names, each of words that no other name has."""
    taken = set[str]()

    def word() -> str:
        for _ in range(50):
            made = likely(rng) if rng.random() < 0.55 else "".join(syllable(rng) for _ in range(rng.choice((2, 2, 3))))
            if rng.random() < 0.06:
                made = made.replace(rng.choice("aeiou"), rng.choice("áéíöüåøèç"), 1)
            if made.lower() not in taken and len(made) > 2:
                break
        taken.add(made.lower())
        return made.capitalize()

    def name(kind: str) -> str:
        if kind == "person":
            middle = f" {rng.choice('ABCDEFGHJKLMRST')}." if rng.random() < 0.06 else ""
            return f"{word()}{middle} {word()}"
        if kind == "work":
            return " ".join([*(("The",) if rng.random() < 0.3 else ()), *(word() for _ in range(rng.choice((1, 2, 2))))])
        return word() if rng.random() < 0.85 else f"{word()} {word()}"

    return name


def _settle(
    lands: list[Thing], towns: list[Thing], rivers: list[Thing], heights: list[Thing], people: list[Thing],
    rng: random.Random,
) -> None:  # fmt: skip
    """Lay the places out: what lies where, how large it is, who founded it."""
    for at, land in enumerate(lands):
        other = lands[at - 1]
        land.learn("has capital" if rng.random() < 0.5 else "area", o=towns[at].shown, n=size(rng, 5_000, 900_000))
        land.learn("population", n=size(rng, 200_000, 90_000_000))
        land.learn("independence from", o=other.shown, y=year(rng))
        land.learn("neighbour", o=other.shown, side=rng.choice(words.SIDES))
        land.learn(rng.choice(("official language", "currency", "area")), n=size(rng, 5_000, 900_000))
    for at, town in enumerate(towns):
        land, river, founder = rng.choice(lands), rng.choice(rivers), rng.choice(people)
        if at < len(lands) and not any(key == "has capital" for key, _ in lands[at].facts):
            town.learn("capital", o=lands[at].shown)
        else:
            town.learn("location", o=land.shown, side=rng.choice(words.SIDES))
        town.learn("population", n=size(rng, 2_000, 9_000_000))
        town.learn("on river", o=river.name)
        town.learn(rng.choice(("founder", "founded")), o=founder.shown, y=year(rng))
    for at, river in enumerate(rivers):
        river.learn("location", o=rng.choice(lands).shown, side=rng.choice(words.SIDES))
        river.learn("length", n=size(rng, 40, 3_000))
        river.learn("source", o=rng.choice((*heights, *towns)).shown)
        river.learn("mouth", o=rivers[at - 1].name)
        if at and rng.random() < 0.6:
            river.learn("tributary of", o=rivers[at - 1].name)
    for height in heights:
        height.learn("location", o=rng.choice(lands).shown, side=rng.choice(words.SIDES))
        height.learn("height", n=size(rng, 300, 8_000))


def _live(people: list[Thing], towns: list[Thing], rng: random.Random) -> None:
    """Give people birth, death, family and a successor."""
    for at, person in enumerate(people):
        born = year(rng)
        key = rng.choice(("born", "born", "birthplace", "birth date"))
        person.learn(key, o=rng.choice(towns).shown, y=born)
        died = rng.choice(("died", "died", "place of death", "death date", ""))
        if died:
            person.learn(died, o=rng.choice(towns).shown, y=born + rng.randrange(30, 90))
        other = people[at - 1]
        kind = rng.choice(("spouse", "father", "parent", "successor", "", "", ""))
        if kind == "father" and other.she or kind == "spouse" and other.she == person.she:
            kind = ""
        if kind:
            person.learn(kind, o=other.shown, job=other.noun)
        person.learn("place of burial", o=rng.choice(towns).shown)


_MAKER = {"film": "director", "novel": "author", "play": "author", "poem": "author", "book": "author",
          "opera": "composer", "symphony": "composer", "ballet": "composer", "painting": "artist"}  # fmt: skip
_SHOWN = {"film": "release date", "novel": "publication date", "book": "publication date", "play": "first performance",
          "opera": "first performance", "ballet": "first performance", "symphony": "first performance"}  # fmt: skip


def _works(name: Callable[[str], str], people: list[Thing], towns: list[Thing], rng: random.Random) -> list[Thing]:
    made = [Thing(name("work"), "work", rng.choice(words.WORKS)) for _ in range(rng.randrange(6, 10))]
    for at, work in enumerate(made):
        work.learn(_MAKER[work.noun], o=rng.choice(people).shown, noun=work.noun, y=year(rng))
        if work.noun in _SHOWN:
            work.learn(_SHOWN[work.noun], y=year(rng))
        if at and rng.random() < 0.3:
            work.learn("source work", o=made[at - 1].shown, onoun=made[at - 1].noun)
    return made


def _buildings(name: Callable[[str], str], people: list[Thing], towns: list[Thing], rng: random.Random) -> list[Thing]:
    built = [Thing(f"{name('place')} {rng.choice(words.BUILT).title()}", "thing", "") for _ in range(rng.randrange(3, 6))]
    for one in built:
        one.noun, one.article = one.name.split()[-1].lower(), rng.random() < 0.4
        one.learn("location", o=rng.choice(towns).shown, side=rng.choice(words.SIDES))
        one.learn("designer", o=(maker := rng.choice(people)).shown, job=maker.noun)
        one.learn(rng.choice(("opening date", "completion date")), y=year(rng))
        one.learn("length" if one.noun == "bridge" else "height", n=size(rng, 20, 400))
    groups = [Thing(f"{name('place')} {rng.choice(words.GROUPS).title()}", "thing", "") for _ in range(rng.randrange(1, 4))]
    for one in groups:
        one.noun = one.name.split()[-1].lower()
        one.learn(rng.choice(("founder", "founded")), o=rng.choice(people).shown, y=year(rng))
        one.learn("headquarters", o=rng.choice(towns).shown)
    return built + groups


def _bodies(name: Callable[[str], str], people: list[Thing], towns: list[Thing], rng: random.Random) -> list[Thing]:
    planet = Thing(name("place"), "thing", "planet")
    planet.learn("diameter", n=size(rng, 3_000, 140_000))
    moons = [Thing(name("place"), "thing", "moon") for _ in range(rng.randrange(1, 4))]
    for moon in moons:
        moon.learn("orbits", o=planet.shown)
        moon.learn(rng.choice(("discoverer", "discovered")), o=rng.choice(people).shown, y=year(rng))
        moon.learn("diameter", n=size(rng, 10, 5_000))
    element = Thing(name("place"), "thing", "element")
    element.learn("discovered", o=rng.choice(people).shown, y=year(rng))
    element.learn("atomic number", n=str(rng.randrange(3, 118)))
    return [planet, *moons, element]


def size(rng: random.Random, low: int, high: int) -> str:
    """Return a number between two, evenly over its magnitudes, rounded as people round."""
    value = low * (high / low) ** rng.random()
    digits = max(0, len(str(int(value))) - rng.choice((2, 3, 3, 4)))
    return f"{round(value / 10**digits) * 10**digits:,}"
