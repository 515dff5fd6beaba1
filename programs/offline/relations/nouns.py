"""What a document is about, read from its first sentence: its name in running text, what it is, and of what sort."""

import html
import re
from functools import lru_cache

from ....data.document_records import Document
from ....data.records import Record
from ....data.titles import plain_title
from .fact import Sort

_WORDS: dict[Sort, str] = {
    "person": (
        "physicist mathematician astronomer composer writer novelist poet playwright dramatist author "
        "director filmmaker"
        " actor actress singer musician songwriter guitarist rapper painter sculptor artist architect engineer inventor"
        " scientist chemist biologist naturalist botanist zoologist geologist philosopher theologian "
        "economist politician"
        " statesman king queen emperor empress pharaoh prince princess duke president general admiral "
        "explorer navigator"
        " mountaineer astronaut cosmonaut footballer cricketer player athlete pope saint monk bishop "
        "archbishop missionary"
        " journalist historian lawyer revolutionary activist leader ruler conqueror soldier officer nurse "
        "physician surgeon"
        " psychologist psychiatrist linguist logician cryptographer businessman entrepreneur aviator "
        "comedian dancer pianist"
        " violinist conductor critic essayist dictator chancellor wrestler boxer swimmer sultan caliph tsar "
        "monarch climber"
        " neurologist anthropologist archaeologist diplomat commander nobleman preacher reformer industrialist designer"
        " screenwriter biochemist microbiologist scholar earl baron monarch neuroscientist humorist orator satirist"
    ),
    "town": "city town village municipality settlement suburb borough port metropolis hamlet",
    "land": "country nation republic kingdom principality empire",
    "region": (
        "state province region county territory island archipelago peninsula continent islands district desert atoll"
        " emirate canton dependency isle prefecture"
    ),
    "water": "river tributary stream lake sea ocean bay gulf canal strait channel reservoir fjord",
    "height": "mountain peak volcano range hill massif mountains",
    "body": "planet moon satellite asteroid comet star galaxy constellation nebula",
    "work": (
        "film novel play opera poem book album song symphony painting ballet musical series comedy tragedy sculpture"
        " sitcom single novella fresco game movie comedy-drama thriller epic"
    ),
    "built": (
        "bridge tower palace castle cathedral church temple building museum stadium dam railway station ship spacecraft"
        " locomotive airport park monument fortress abbey mosque aircraft liner probe telescope skyscraper "
        "fort aqueduct"
        " basilica theatre mausoleum obelisk prison"
    ),
    "group": (
        "university college school company organisation organization agency society bank institution club"
        " corporation institute newspaper orchestra group airline manufacturer charity"
    ),
    "team": "party band club team",
    "matter": "element language metal gas",
    "event": "battle war siege earthquake eruption",
}
SORTS: dict[str, Sort] = {noun: sort for sort, nouns in _WORDS.items() for noun in nouns.split()}
"""Nouns of definitions and what they make a thing."""
_SHOWN = {
    "nation": "country",
    "republic": "country",
    "kingdom": "country",
    "principality": "country",
    "metropolis": "city",
    "movie": "film",
    "organization": "organisation",
    "islands": "archipelago",
}
_BLUNT = frozenset({"player", "leader", "officer", "range", "group", "single", "game", "series", "satellite", "epic"})
"""Nouns that say too little to be asked for (`the player who`)."""
_STOP = re.compile(
    r"[,.;:()]|\s[–—-]\s|\s(?:in|of|on|from|by|at|for|with|without|who|which|that|located|situated|directed|"
    r"written|born|near|based|"
    r"between|whose|where|off|to|under|as|known|widely|best|lying|along|flowing|played|about|made|"
    r"produced|named|whom)\b"
)
_COPULA = re.compile(
    r"\s(?:is|was|are|were)\s(?:(?:considered|now|also|both|generally|usually)\s)?(?:(?:a|an|the|one of the)\s)?"
)
_CAPITAL = re.compile(r"\bcapital\b(?! of (?:the )?\w+ (?:county|district|province|region))", re.IGNORECASE)
_YEARS = re.compile(r"\((?:[^()]*\W)?(?:born\b|\d{3,4}\)?\s?(?:[–—-]|to)\s?)")
_TITLED = re.compile(r"(?:[A-Z]\w+ )*(?:Republic|Kingdom|Union|States|Empire|Islands|University) ?(?:of\b|$)")
_HIS = re.compile(r"\b(?:He|She|he|she|his|her|him|His|Her)\b")
_ITS = re.compile(r"\b(?:It|Its|it|its)\b")
_NO_NAME = re.compile(
    r"(?:Battle|Siege|Treaty|Earl|Duke|Archbishop|Order|War|House)\b|\b(?!(?:of|the|de|la|von|van|der|du|di|da|al|ibn|bin)\b)[a-z]{2,}"
    r"|\bWar\b|(?:ism|ity|ics|ology)$"
)
_THEMES = (
    "history music geography economy culture politics demographics transport education religion languages? flag list "
    "military wildlife climate cuisine literature art government constitution fauna flora "
    "geology peoples? islam elections communications"
)
_THEME = re.compile(rf"(?:[A-Z][a-z]+ )?(?:{'|'.join(_THEMES.split())}) (?:of|in) ", re.IGNORECASE)
"""Titles of articles about a side of something, which begin with what that thing is."""
OPENING = 700
"""Characters looked at for the definition."""


class Topic(Record):
    """What a document is about."""

    name: str
    """The title without its note in brackets."""
    shown: str
    """The name inside a sentence: `the Danube`, `neon`."""
    noun: str = ""
    """What it is, `composer`; empty if nothing tells or it would say too little."""
    sort: Sort = ""
    surname: str = ""
    """Of a person, where the name has one."""


@lru_cache(maxsize=1 << 15)
def topic_of(document: Document) -> Topic:
    """Read what a document is about."""
    name = html.unescape(plain_title(document.title))
    if _THEME.match(name):
        return Topic(name=name, shown=_shown(name, document.text[:4000]))
    noun, sort = _definition(document.text[:OPENING])
    if not sort:
        noun, sort = _defined_later(name, document.text[: 4 * OPENING])
    if not noun and document.title != name:
        noun, sort = _noun(document.title[len(name) :].strip(" ()"))
    said = document.text[: 3 * OPENING]
    if not sort and re.match(rf"{re.escape(name)}\s(?:[^.]{{0,60}}\s)?was born\b", said):
        sort = "person"
    if not sort and _is_person(name, document.text[: 6 * OPENING], bool(_YEARS.search(said[:300]))):
        sort = "person"
    shown = name[:1].lower() + name[1:] if noun == "element" else _shown(name, document.text[:4000])
    parts = name.split(" of ")[0].split(",")[0].split()
    surname = (
        parts[-1] if sort == "person" and len(parts) > 1 and parts[-1][:1].isupper() and len(parts[-1]) > 3 else ""
    )
    if surname in {"Great", "Younger", "Elder", "Saint"} or re.fullmatch(r"[IVX]+", surname):
        surname = ""
    return Topic(
        name=name, shown=shown, noun="" if noun in _BLUNT else _SHOWN.get(noun, noun), sort=sort, surname=surname
    )


def _is_person(name: str, text: str, years: bool) -> bool:
    """Whether a text keeps saying `he` or `she` of what has a person's name; with years of a life fewer times do."""
    if not years and (" " not in name or _NO_NAME.search(name)):
        return False
    said, things = len(_HIS.findall(text)), len(_ITS.findall(text))
    return not _NO_NAME.match(name) and said > (2 if years else 8) and said > (1 if years else 3) * things


def _definition(opening: str) -> tuple[str, Sort]:
    bare = re.sub(r"\((?:[^()]|\([^()]*\))*\)", " ", opening)
    copula = _COPULA.search(bare)
    if copula is None:
        return "", ""
    rest = bare[copula.end() : copula.end() + 160]
    end = _STOP.search(rest)
    chunk = rest[: end.start()] if end else rest
    noun, sort = _noun(chunk)
    if _CAPITAL.search(chunk) and sort in {"", "region"}:
        return "city", "town"
    return noun, sort


def _defined_later(name: str, text: str) -> tuple[str, Sort]:
    """Read a definition that begins with the name further down; what comes first may be a caption or a motto."""
    for match in re.finditer(
        rf"(?:^|[.\n]\s?|[′″][NSEW]\s)(?:The )?(?:[A-Z]\w+ (?:of )?){{0,3}}{re.escape(name)}(?=[ ,(])", text
    ):
        rest = re.sub(r"\((?:[^()]|\([^()]*\))*\)", " ", text[match.end() : match.end() + 500])
        noun, sort = _definition(rest.split(". ")[0])
        if sort:
            return noun, sort
    return "", ""


def _noun(chunk: str) -> tuple[str, Sort]:
    """Return the head of a noun phrase: the last noun known before an `and`, else after it."""
    for part in re.split(r"\band\b|/", chunk):
        said = re.findall(r"[a-z]+(?:-[a-z]+)?", part.lower())
        known = [at for at, word in enumerate(said) if word in SORTS]
        if known and all(word.endswith(("ed", "ing", "ly")) for word in said[known[-1] + 1 : known[-1] + 2]):
            return said[known[-1]], SORTS[said[known[-1]]]
    return "", ""


def _shown(name: str, text: str) -> str:
    """Return a name as it stands in the middle of a sentence."""
    if (text.startswith(f"The {name}") or _TITLED.match(name)) and not name.startswith("The "):
        return f"the {name}"
    if not any(part[:1].isupper() for part in name.split()[1:]):
        lower = re.search(rf"(?<=[\w,] ){re.escape(name[:1].lower() + name[1:])}(?!\w)", text)
        if lower and not re.search(rf"(?<=[a-z,] ){re.escape(name)}(?!\w)", text):
            return name[:1].lower() + name[1:]
    return name
