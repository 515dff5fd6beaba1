"""What each sentence of a document is about: the document's topic, what it names first, or nothing certain."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from ....data.answers import words
from ....data.document_records import Document
from ....data.passages import sentences_of
from .fact import End, Sort
from .nouns import Topic
from .slots import JOINT, NAME, PIECE

_PARTS = (
    r"The (?:capital|currency|monetary unit|official (?:language|currency)|(?:total|land)? ?(?:population|area)|length|"
    r"highest|largest|headquarters|head office|seat|first performance|premiere)\b"
)
_FACET = re.compile(_PARTS)
_OF_IT = (
    r"(?:[a-z ]{0,30})? of the (?:country|nation|city|island|islands|territory|state|town|province|county|republic|"
    r"kingdom|river|lake|group|atoll|region|archipelago|emirate)\b"
)
_FACET_OF_IT = re.compile(_PARTS + _OF_IT)
_GRID = re.compile(r"(?:Coordinates:?\s)?\d{1,3}°[^A-Z]{0,12}[NS],?\s\d{1,3}°[^A-Z]{0,12}[EW](?:\sCoordinates:?)?\s")
_OWNER = re.compile(r"['’]s\b")
_OPENING = 1_500
"""Characters in which a full name is looked for."""
_PIECES = rf"(?:{PIECE}|[\"“'][^\"”']{{2,20}}[\"”'])"
_FULL_NAME = re.compile(rf"(?:The\s)?(?P<name>{_PIECES}(?:\s(?:{JOINT})?{_PIECES}){{0,7}})")
_PLACED: frozenset[Sort] = frozenset(
    {"town", "land", "region", "built", "water", "height", "work", "body", "event", "group"}
)
_FULL = re.compile(
    r"(?<=\s)[A-Z][a-z]+\s[A-Z][a-z]+|(?<=\s)(?:he|she|brother|sister|son|daughter|mother|wife|husband|friend)\b"
)
_NAMED = re.compile(rf"(?:The\s|the\s)?(?:[a-z]+\s)?(?P<name>{NAME})(?!['’]s?\b)")
_OTHERWISE = re.compile(r"[;,]\sor,?\s[^.;]{3,50}?,?(?=\sis\s)")
_BRACKETS = re.compile(r"\s?\((?:[^()]|\([^()]*\))*\)")
_HONOURS = re.compile(r"(?:,?\s(?:[A-Z]{2,5}|Ph\.D\.|Jr\.|Sr\.|DPhil))+,?(?=\s)")
_ASIDE = re.compile(
    r",\s(?!(?:and|but|or)\b)(?:[^,.;]|(?<=\d),(?=\d)){2,70},(?=\s(?:is|was|are|were|flows|rises|has|had|"
    r"orbits|runs|wrote|died)\b)"
)


class Sentence(NamedTuple):
    """A sentence with what it is about."""

    start: int
    """Offsets into the document's text."""
    end: int
    about: End
    title: bool
    """It is about the document's topic."""
    spelt: tuple[int, int] | None
    """Where the sentence spells the name of what it is about."""
    rest: int
    """Offset after the subject."""
    owner: bool = False
    """The subject is something of it: `Its capital`, `Albania's capital`."""


def sentences_about(document: Document, topic: Topic, named: dict[int, tuple[int, str]]) -> Iterator[Sentence]:
    """Yield the sentences of which it is certain what they are about.

    `It` is the topic's only where the sentence before in the same paragraph was about it too; `he` and `she` also where
    they open a paragraph, and where nobody else was named since.

    Args:
        document: What to read.
        topic: What it is about.
        named: Links and mentions by their first letter: end, document.
    """
    text, known, edge = document.text, _spellings(topic, document), 0
    before, alone, size, pronouns = False, True, 0, _pronouns(topic, text)
    for start, end in sentences_of(text):
        starts = edge == 0 or "\n" in text[edge:start]
        before, alone = (
            before and not starts,
            starts or (alone and not any(at in named for at in range(edge - size, edge))),
        )
        edge, size = end, end - start
        if grid := _GRID.match(text, start, end):
            start = grid.end()
        found = _leading(text, start, end, topic, known, before, starts and topic.sort == "person", pronouns, alone)
        if found is not None:
            spelt, rest = found
            owner = bool(_OWNER.match(text, rest))
            before = topic.sort == "person" or not (owner or rest == start)
            yield Sentence(start, end, End(text=topic.name, id=document.id), True, spelt, rest, owner)
            continue
        before = before and topic.sort == "person" and not _FULL.search(text, start + 1, end)
        other = _other(text, start, end, named)
        if other is not None:
            about, spelt = other
            yield Sentence(start, end, about, False, spelt, spelt[1])


def _pronouns(topic: Topic, text: str) -> frozenset[str]:
    """Return the pronouns that stand for the topic; of a person those that the text has more of."""
    if topic.sort != "person":
        return frozenset({"it", "its"})
    he, she = (len(re.findall(form, text)) for form in (r"\b[Hh](?:e|is)\b", r"\b(?:[Ss]he|[Hh]er)\b"))
    return frozenset({"he", "his"}) if he >= she else frozenset({"she", "her"})


def _spellings(topic: Topic, document: Document) -> re.Pattern[str]:
    names = {topic.name, topic.name.split(",")[0], document.title, *document.aliases, topic.surname} - {""}
    first = topic.name.split(" of ")[0]
    if topic.sort == "person" and first != topic.name:
        names |= {first, first.split()[0]}
    if topic.surname and re.search(rf"\b(?:van|de|del|von|bin)\s{topic.surname}$", topic.name, re.IGNORECASE):
        names.add(" ".join(topic.name.split()[-2:])[:1].upper() + " ".join(topic.name.split()[-2:])[1:])
    spelt = "|".join(re.escape(name) for name in sorted(names - {""}, key=len, reverse=True))
    given = (
        rf"|{re.escape(topic.name.split()[0])}\s(?:[\w.’'-]+\s){{0,4}}{re.escape(topic.surname)}"
        if topic.surname
        else ""
    )
    return re.compile(rf"[\"“]?(?:The\s)?(?P<name>{spelt}{given})(?!\w|-|['’]\s)[\"”]?")


def _leading(
    text: str,
    start: int,
    end: int,
    topic: Topic,
    known: re.Pattern[str],
    before: bool,
    opens: bool,
    pronouns: frozenset[str],
    alone: bool,
) -> tuple[tuple[int, int] | None, int] | None:
    """Return where a sentence spells the topic at its start and where it goes on; None if it is not about it."""
    at = start
    aside = re.compile(r"(?:In|On|From|After|By|At|Since|Until) [^,.;]{2,40}, (?=[A-Zhsi])").match(text, start, end)
    match = known.match(text, start, end) or (known.match(text, aside.end(), end) if aside else None)
    if match:
        return match.span("name"), match.end()
    if start < _OPENING and (full := _full_name(text, start, end, topic)):
        return full, full[1]
    if _is_part(text, start, end, topic, known):
        return None, start
    word = re.compile(r"\w+").match(text, at, end)
    own = _by_noun(topic.noun).match(text, start, end) if topic.noun else None
    if own and (before or (alone and topic.sort in _PLACED)):
        return None, own.end()
    if word is None or not (before or opens):
        return None
    if word.group().lower() in pronouns:
        return None, start if word.group() in {"His", "Her", "Its"} else word.end()
    later = re.compile(r"(?:[A-Z][^.,;]{1,60}, )(?P<it>he|she|it)\b").match(text, start, end)
    if later and later["it"] in pronouns:
        return None, later.end()
    if not before:
        return None
    return (None, start) if topic.sort != "person" and _FACET.match(text, start, end) else None


def _is_part(text: str, start: int, end: int, topic: Topic, known: re.Pattern[str]) -> bool:
    """Whether a sentence begins with a part of the topic and says so: `The capital of the country`."""
    if topic.sort in _PLACED and _FACET_OF_IT.match(text, start, end):
        return True
    part = re.compile(rf"{_PARTS}(?:[a-z ]{{0,30}})? of ").match(text, start, end)
    return bool(part and known.match(text, part.end(), end))


@lru_cache(maxsize=256)
def _by_noun(noun: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?:In|By) (?:the )?[^.,;]{{4,30}}, the|The|This)\s{noun}\b")


def _full_name(text: str, start: int, end: int, topic: Topic) -> tuple[int, int] | None:
    """Return where a sentence begins with a longer form of the topic's name, as definitions do."""
    match = _FULL_NAME.match(text, start, end)
    if (
        match is None
        or not topic.sort
        or not re.compile(r",?\s(?:[A-Z]{2,5},?\s)*\(|,|\s(?:is|was|are|were)\b").match(text, match.end(), end)
    ):
        return None
    said, wanted = words(match["name"]), words(topic.name.split(" of ")[0].split(",")[0])
    if topic.sort == "person":
        return match.span("name") if wanted[-1] in said[-2:] or wanted == said[: len(wanted)] else None
    return match.span("name") if set(wanted) <= set(said) else None


def _other(text: str, start: int, end: int, named: dict[int, tuple[int, str]]) -> tuple[End, tuple[int, int]] | None:
    """Return what else a sentence begins with."""
    for at in (start, start + 4 if text.startswith("The ", start) else start):
        if at in named:
            stop, id = named[at]
            return (End(text=text[at:stop], id=id), (at, stop)) if not _goes_on(text, stop) else None
    match = _NAMED.match(text, start, end)
    if match is None or match.start("name") != (start + 4 if text.startswith("The ", start) else -1):
        return None
    return End(text=match["name"]), match.span("name")


def _goes_on(text: str, at: int) -> bool:
    return bool(re.compile(r"['’]s?\b|-|\s[A-Z]").match(text, at))


def skipped(text: str, at: int, end: int) -> int:
    """Return where the predicate begins: brackets and an apposition after a subject left out."""
    for form in (_HONOURS, _OTHERWISE, _BRACKETS, _ASIDE):
        match = form.match(text, at, end)
        at = match.end() if match else at
    return at
