"""From a column to its concept: the phrase book's own, or one made up from the header's words and the cells."""

import re
from collections.abc import Collection
from functools import lru_cache

from ...data.records import Cell, Column
from .cells import is_year
from .phrasebook.concept import Concept, Kind
from .phrasebook.concepts import CONCEPTS
from .phrasebook.english import is_plural
from .phrasebook.headers import Words, words_of

_BY_HEADER: dict[str, Concept] = {}
for _concept in CONCEPTS:
    for _header in _concept.headers:
        _BY_HEADER.setdefault(_header, _concept)

_ENDINGS: tuple[tuple[str, Kind], ...] = (
    (r"(january|february|march|april|may|june|july|august|september|october|november|december) \d.*", "never"),
    (
        r"(mon|tues?|wed|thurs?|fri|sat|sun)[a-z]* \d+.*|\d+ (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec).*",
        "never",
    ),
    (r"\d+(st|nd|rd|th)|q\d|h\d|period \d|set \d|score\d|result.*", "score"),
    (r"links?|refs?|references?|sources?|url|website|image|photo|map|flag|logo|citation", "never"),
    (r".*\b(date|aired|premiere|finale)", "date"),
    (r".*\b(year|year of [a-z ]+|founded|established|since)", "year"),
    (r"(number|no|#) of .*", "count"),
    (r".*(%|percent|percentage|pct|rate|ratio|share|average|avg|per .*|index|margin|growth|change).*", "percent"),
    (r".*\b(rank|ranking|position|pos|finish|peak|seed|place|standing)", "rank"),
    (r".*\b(id|code|number|no|#|designation|sign)", "code"),
    (r".*\b(time|duration|lap)", "duration"),
    (r".*\b(score|result|record|status)", "score"),
    (
        r".*\b(winner|champion|runner-up|manager|coach|driver|rider|actor|captain|medalist|leader|"
        r"loser|nominee|jockey|trainer|goalkeeper|scorer|batsman|bowler|pitcher|umpire|referee|presenter|candidate)s?",
        "person",
    ),
    (r".*\b(name|team|club|city|town|country|school|venue|location|stadium)", "name"),
)
_DOER = re.compile(r"([a-z]+(?:ed|en|wn|ld|de|ng|ght)) by")


_DATED = re.compile(r"(date|year) (?!joined|died|retired|started|ended|finished|moved|departed)(\w+ed|sent|built|won)")


def words(column: Column) -> Words:
    """Return the words of a column's header, or of its name where it has no header."""
    return words_of(column.header.strip() or column.name, column.unit)


@lru_cache(maxsize=16384)
def concept_of(header: str, unit: str = "") -> Concept | None:
    """Return the phrase book's concept for a header, None if it has none."""
    found = _find(header, words_of(header, unit).key)
    when = words_of(header, unit).when
    if not found or not when:
        return found
    # One year of several: only what names the column can be said.
    asks = tuple(ask for ask in found.asks if "{n}" in ask)
    noun = found.noun and found.noun + when
    return Concept(found.headers, found.kind, noun, asks=asks, high=found.high, low=found.low, sums=found.sums)


def _find(header: str, key: str) -> Concept | None:
    found = _BY_HEADER.get(key) or _BY_HEADER.get(header.lower().strip())
    if found is None and "(" in key:
        found = _BY_HEADER.get(re.sub(r"\s*\([^)]*\)", "", key).strip())
    if found is None and key.endswith("s"):
        found = _BY_HEADER.get(key[:-1])
    if found is None and (match := _DOER.fullmatch(key)):
        verb = match.group(1)
        return Concept(
            (key,),
            "person",
            asks=(f"who {verb} {{s}}",),
            mods=(f"{verb} by {{v}}",),
            verbs=(f"was {verb} by {{v}}",),
            noun="",
        )
    if found is None and key.endswith(" classification"):
        # of a stage race: cells hold who leads it
        return Concept((key,), "name" if key.startswith("team") else "person", f"leader in the {key}")
    if found is None and (match := _DATED.fullmatch(key)):
        return _dated(key, match.group(1), match.group(2))
    return found or _by_tail(key)


def _dated(key: str, when: str, done: str) -> Concept:
    """Make the concept of `date sent`, `year discovered`."""
    kind: Kind = "date" if when == "date" else "year"
    asks = (f"when <was> {{s}} {done}", f"in which year <was> {{s}} {done}")
    return Concept(
        (key,),
        kind,
        asks=asks[:1] if kind == "date" else asks[1:],
        mods=(f"{done} {{on}}",),
        verbs=(f"[was] {done} {{on}}",),
        more=(f"[was] {done} after {{v}}",),
        less=(f"[was] {done} before {{v}}",),
    )


_TAILS = {
    "viewers": "us viewers",
    "population": "population",
    "attendance": "attendance",
    "length": "length",
    "area": "area",
    "capacity": "capacity",
    "winner": "winner",
    "air date": "original air date",
}


def _by_tail(key: str) -> Concept | None:
    """Take the concept of the last word, with those phrases only that say the header's own words."""
    for tail, header in _TAILS.items():
        if key.endswith(" " + tail):
            whole = _BY_HEADER[header]
            asks = tuple(ask for ask in whole.asks if "{n}" in ask or "{h}" in ask)
            noun = whole.noun if "{h}" in whole.noun else ""
            return Concept((key,), whole.kind, noun, asks=asks, high=whole.high, low=whole.low, sums=whole.sums)
    return None


@lru_cache(maxsize=16384)
def kind_by_header(key: str) -> Kind | None:
    """Guess the kind of a column from its header alone."""
    if is_year(key):
        return "score"
    for pattern, kind in _ENDINGS:
        if re.fullmatch(pattern, key):
            return kind
    return None


def kind_of(column: Column, concept: Concept | None, texts: list[str], cells: Collection[Cell]) -> Kind:
    """Settle the kind of a column from its concept, header, type and filled text cells."""
    found = words(column)
    if len(found.key) < 2 and concept is None:
        return "never"
    kind = concept.kind if concept else kind_by_header(found.key)
    if found.key == "series" and column.type == "integer":
        return "code"
    if column.type in ("date", "datetime"):
        return kind if kind == "never" else "date"
    if column.type == "boolean":
        return "never"
    if column.type in ("integer", "real"):
        return "never" if _misleads(kind, concept, found, cells) else _numeric(column, concept, found, kind)
    if kind in ("person", "name") and texts and sum(not re.search(r"[^\W\d]", text) for text in texts) > len(texts) / 2:
        return "never"  # how often somebody was second
    if kind == "score" and texts and sum(bool(re.fullmatch(r"\d+ goals?", text)) for text in texts) > len(texts) / 2:
        return "never"  # the goals of a match are no score
    if kind is not None and kind not in ("count", "measure", "money", "percent", "year"):
        return kind
    digits = sum(text.isdigit() for text in texts)
    if kind is None and not (is_plural(found.noun) and digits >= max(1, 0.8 * len(texts))):
        return _text(texts, len(cells))
    # Numbers kept as text, because of a stray row: still asked for by "how many".
    if kind == "year" and sum(map(is_year, texts)) < 0.5 * len(texts):
        return "never"  # the year of a student: "junior"
    return kind or "count" if texts and digits >= 0.8 * len(texts) else "score"


def _are_years(cells: Collection[Cell]) -> bool:
    """Tell whether all numbers of a column could be years of the last centuries."""
    return len(cells) > 2 and all(isinstance(cell, int) and 1700 < cell < 2060 for cell in cells)


def _misleads(kind: Kind | None, concept: Concept | None, found: Words, cells: Collection[Cell]) -> bool:
    """Tell whether numbers are not what their header says: `Built: 106` is no year, `Europe: 3` is no continent."""
    if kind in ("year", "date"):
        return not all(isinstance(cell, int) and 0 < cell < 2200 and len(str(cell)) > 2 for cell in cells)
    if concept is None and not re.search(r"year|date", found.key) and _are_years(cells):
        return True
    return concept is None and found.noun.istitle() and " " not in found.noun


_NUMERIC: frozenset[Kind | None] = frozenset(
    ("count", "measure", "money", "percent", "rank", "code", "year", "date", "never")
)


def _numeric(column: Column, concept: Concept | None, found: Words, kind: Kind | None) -> Kind:
    if concept is None and found.noun.startswith("number of "):
        return "count"
    whole = column.type == "integer" or concept is not None
    if kind == "measure" and whole and is_plural(found.noun) and not found.unit and not (concept and concept.noun):
        return "count"
    return kind if kind is not None and kind in _NUMERIC else _number(column, found, kind)


def _number(column: Column, found: Words, kind: Kind | None) -> Kind:
    if kind in ("name", "person", "category"):
        if column.type == "integer" and is_plural(found.noun):
            return "count"
        if kind != "category":
            return "never"
        return "rank" if re.search(r"\b(pos|position|place)$", found.key) else "code"
    if column.unit == "%" or "%" in column.header:
        return "percent"
    counted = column.type == "integer" and is_plural(found.noun) and not found.unit
    return "count" if counted else "measure"


def _text(texts: list[str], distinct: int) -> Kind:
    if not texts or sum(map(len, texts)) / len(texts) > 45:
        return "text"
    if sum(any(c.isdigit() for c in text) for text in texts) > len(texts) / 2:
        return "score"
    return "category" if distinct <= len(texts) * 0.6 else "name"
