"""Turns the facts of an invented thing into a short text that reads like an article."""

import random
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import world_words as words
from .invention import dictionary, likely

if TYPE_CHECKING:
    from .worlds import Thing


def tell(thing: "Thing", others: Sequence["Thing"], rng: random.Random) -> str:
    """Write a document: what the thing is, its facts in some order, and sentences that say nothing that is asked."""
    facts = list(thing.facts)
    rng.shuffle(facts)
    sentences = [_opening(thing, facts, rng)]
    told = [said for one in _paired(facts, rng) if (said := _said(thing, one, rng))]
    extra = [_filler(thing, others, rng) for _ in range(rng.choice((0, 1, 1, 2, 3, 4, 6)))]
    certain = True
    for kind, text in _mixed(told, extra, rng):
        if kind == "filler":
            sentences.append(text)
            certain = text.split()[0] in {"It", "Its", "He", "She", "His", "Her"}
        else:
            sentences.append(_with_subject(text, thing, certain, rng))
            certain = True
    if len(sentences) > 4 and rng.random() < 0.3:
        middle = rng.randrange(2, len(sentences) - 1)
        return f"{' '.join(sentences[:middle])}\n\n{' '.join(sentences[middle:])}"
    return " ".join(sentences)


def _opening(thing: "Thing", facts: list[tuple[str, dict[str, Any]]], rng: random.Random) -> str:
    """Say what it is; a fact may be told with it, and is then taken away from `facts`."""
    name = thing.name[:1].upper() + thing.name[1:] if not thing.article else f"The {thing.name}"
    if thing.sort == "person" and facts and rng.random() < 0.3:
        born = next((fact for fact in facts if fact[0] in {"born", "birthplace", "birth date"}), None)
        if born:
            facts.remove(born)
            return f"{name} {_filled(rng.choice(words.PREDICATES[born[0]]), born[1], thing, rng)}."
    where = next((fact for fact in facts if fact[0] == "location"), None)
    if where and rng.random() < 0.6:
        facts.remove(where)
        return f"{name} is a {thing.noun} in {where[1]['o']}."
    is_was = "was" if thing.sort == "person" else "is"
    kind = f"{rng.choice(_LOOKS)} {thing.noun}" if rng.random() < 0.5 else thing.noun
    tail = rng.choice(("", "", f" of the {rng.choice(_AGES)} century", f", known for {_word(rng)}"))
    return f"{name} {is_was} {_a(kind)}{tail if thing.sort == 'person' else ''}."


_LOOKS = ("famous", "small", "large", "young", "old", "quiet", "popular", "northern", "southern", "well-known", "remarkable")
_AGES = ("fifteenth", "eighteenth", "nineteenth", "twentieth")


_ARTICLE = re.compile(r"\b([Aa]) ([aeio])")
"""`a opera` as it comes out of a form."""


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def _paired(facts: Sequence[tuple[str, dict[str, Any]]], rng: random.Random) -> list[list[tuple[str, dict[str, Any]]]]:
    """Put some facts together, to be told in one sentence."""
    groups: list[list[tuple[str, dict[str, Any]]]] = []
    for fact in facts:
        if groups and len(groups[-1]) == 1 and rng.random() < 0.3:
            groups[-1].append(fact)
        else:
            groups.append([fact])
    return groups


def _said(thing: "Thing", facts: Sequence[tuple[str, dict[str, Any]]], rng: random.Random) -> str:
    """Return a predicate, or two joined, or a whole sentence that needs no subject."""
    parts = [_filled(rng.choice(words.PREDICATES[key]), filling, thing, rng) for key, filling in facts]
    whole = [part for part in parts if part[0].isupper()]
    bare = [part for part in parts if not part[0].isupper()]
    if whole and bare:
        return f"{bare[0]}. {whole[0]}"
    return whole[0] + (f". {whole[1]}" if len(whole) > 1 else "") if whole else " and ".join(bare)


def _with_subject(said: str, thing: "Thing", certain: bool, rng: random.Random) -> str:
    if said[0].isupper():
        return f"{said}."
    pronoun = ("She" if thing.she else "He") if thing.sort == "person" else "It"
    name = f"The {thing.name}" if thing.article else thing.name
    choices = [pronoun, pronoun, name] if certain else [name]
    if certain and thing.sort != "person":
        choices.append(f"The {thing.noun}")
    if thing.sort == "person":
        choices.append(name.split()[-1])
    return f"{rng.choice(choices)} {said}."


def _filled(form: str, filling: dict[str, Any], thing: "Thing", rng: random.Random) -> str:
    year = filling.get("y", 1900)
    values = {
        "o": filling.get("o", ""), "y": year, "d": date(year, rng), "n": filling.get("n", ""), "w": _word(rng),
        "noun": thing.noun, "onoun": filling.get("onoun", ""), "job": filling.get("job", "writer"),
        "side": filling.get("side", "north"), "sup": rng.choice(words.SUPERLATIVES), "sym": _word(rng)[:2].title(),
    }  # fmt: skip
    said = _ARTICLE.sub(r"\1n \2", form.format(**values))
    said = said.replace("His father", "Her father") if thing.she else said.replace("Her father", "His father")
    return said.replace(" son of", " daughter of") if thing.she else said.replace(" daughter of", " son of")


def date(year: int, rng: random.Random) -> str:
    """Write a day of a year."""
    month, day = rng.choice(words.MONTHS), rng.randrange(1, 29)
    return rng.choice((f"{day} {month} {year}", f"{day} {month} {year}", f"{month} {day}, {year}"))


def _filler(thing: "Thing", others: Sequence["Thing"], rng: random.Random) -> str:
    kind = thing.sort if thing.sort in words.FILLER else "thing"
    form = rng.choice(words.FILLER[kind if rng.random() < 0.6 else "any"]) if rng.random() < 0.8 else _noise(rng)
    pick = {key: [one for one in others if test(one) and one is not thing] for key, test in _ROLES.items()}
    he = ("she", "her", "her") if thing.she else ("he", "his", "him")
    names = {key: rng.choice(found).shown if found else "Nobody" for key, found in pick.items()}
    said = form
    while "{w}" in said:
        said = said.replace("{w}", _word(rng), 1)
    return said.format(
        **names, y=rng.randrange(1400, 2020), k=rng.choice(words.COUNTS), he=he[0], his=he[1], him=he[2], He=he[0].title()
    )


def _noise(rng: random.Random) -> str:
    """Return a form in which common words hang together as in any text, and mean nothing."""
    parts = [part for _ in range(rng.randrange(2, 7)) for part in (rng.choice(words.JOINTS), "{w}")]
    where = rng.choice(("", "", " in {T}", " by {P}", " in {y}"))
    return f"{rng.choice(('The', 'Many', 'A', 'Some', 'One', 'This'))} {{w}} {' '.join(parts)}{where}."


_ROLES = {
    "P": lambda one: one.sort == "person",
    "T": lambda one: one.sort == "place",
    "W": lambda one: one.sort == "work",
    "R": lambda one: one.sort == "water",
}


def _word(rng: random.Random) -> str:
    return rng.choice(dictionary()) if rng.random() < 0.75 else likely(rng)


def _mixed(told: Sequence[str], extra: Sequence[str], rng: random.Random) -> list[tuple[str, str]]:
    both = [*(("fact", text) for text in told), *(("filler", text) for text in extra)]
    rng.shuffle(both)
    return both
