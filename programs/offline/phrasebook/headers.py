"""Headers as words: abbreviations written out, units taken off, acronyms in capitals."""

import re
from dataclasses import dataclass
from functools import lru_cache

_UNITS_TEXT = """
m km km2 km² km³ m² m³ mi mi² sq mi ft ft² in cm mm nm kg g t tons tonnes lb lbs oz mph kmh km/h kn knots mhz
khz ghz hz w kw mw hp bhp kwh °c °f c k s sec secs seconds min mins minutes h hours days years million millions
billion billions thousand thousands % usd eur gbp us$ $ € £ ¥ mg ml l kb mb gb tb kib mib v kv nm ly au bar kgf
n nbar cc ha acres hectares bn mn m/s g/cm3 g/cm³ u j kj ev mya db metres meters kilometers kilometres feet
miles kilograms pounds inches centimeters km_square
"""
UNITS = frozenset(_UNITS_TEXT.split())
_SPELLED = {
    "km square": "km²",
    "km 2": "km²",
    "sq km": "km²",
    "square km": "km²",
    "km2": "km²",
    "m 2": "m²",
    "mi 2": "mi²",
    "sq mi": "sq mi",
    "km / h": "km/h",
    "millions": "million",
    "in millions": "million",
    "in thousands": "thousand",
    "billions": "billion",
    "thousands": "thousand",
    "us $": "$",
    "mins": "minutes",
    "min": "minutes",
    "secs": "seconds",
    "sec": "seconds",
    "feet/meters": "",
    "feet/metres": "",
    "ft/m": "",
    "%": "",
    "cm 2": "cm²",
    "metres": "m",
    "meters": "m",
    "feet": "ft",
}
_ACRONYMS_TEXT = """
us uk usa tv nhl nfl nba mlb mls cfl afl nrl ncaa fifa uefa fa afc nfc iaaf fcc erp gdp hdi id am fm uci ihsaa
riaa isbn iata icao mhz khz ghz nascar pga lpga atp wta mvp era rbi gt cd dvd lp ep dna hd bbc itv nbc cbs abc
ufc tko ko eu un nato oclc ioc noc ama gp2 f1 usl usac oricon_ cup_ ii iii iv vs_ hp cpu gpu ram tdp imdb iso
ussr gdr frg bc ad nm mp
"""
ACRONYMS = frozenset(_ACRONYMS_TEXT.split())
"""Words that are said letter by letter, in capitals."""
_FULL = {
    "pos": "position",
    "prev": "previous",
    "nat": "nationality",
    "avg": "average",
    "pts": "points",
    "pct": "winning percentage",
    "gp": "games played",
    "w": "wins",
    "l": "losses",
    "pf": "points scored",
    "pa": "points conceded",
    "res": "result",
    "prod": "production",
    "rnd": "round",
    "rd": "round",
    "rds": "rounds",
    "vol": "volume",
    "agg": "aggregate score",
    "qual": "qualifying result",
    "dist": "distance",
    "opp": "opponent",
    "pop": "population",
    "yr": "year",
    "yrs": "years",
    "ep": "episode",
    "comp": "competition",
    "cert": "certification",
    "apps": "appearances",
    "govt": "government",
    "dept": "department",
    "est": "estimated",
    "max": "maximum",
    "temp": "temperature",
    "diff": "difference",
    "att": "attempts",
    "yds": "yards",
    "tds": "touchdowns",
    "rec": "receptions",
    "rebs": "rebounds",
    "asts": "assists",
    "stls": "steals",
    "blks": "blocks",
    "fin": "finishing",
    "mins": "minutes",
    "pld": "played",
    "cat": "catalog",
    "pos.": "position",
    "equiv": "equivalent",
    "approx": "approximate",
    "min": "minimum",
    "intl": "international",
    "natl": "national",
    "res.": "result",
}
_NAMES_TEXT = """
january february march april may june july august september october november december monday tuesday wednesday
thursday friday saturday sunday english japanese chinese french german spanish italian russian latin greek
korean canadian american british european toronto london olympic oscar grammy emmy billboard wikipedia america
europe africa asia canada australia germany france italy spain japan china
"""
_NAMES = frozenset(_NAMES_TEXT.split())


@dataclass(frozen=True)
class Words:
    """A header, taken apart."""

    key: str
    """Normal form for looking concepts up: lower case, no units."""
    noun: str
    """As it stands inside a sentence."""
    unit: str
    when: str = ""
    """The year that the header ends in, with its preposition: ` in 2011`."""


_YEAR = re.compile(r"(.*[a-z][\w)]*) \(?((?:1[5-9]|20)\d\d)\)?", re.IGNORECASE)


@lru_cache(maxsize=16384)
def words_of(header: str, unit: str = "") -> Words:
    """Take a header apart.

    >>> words_of("us viewers (millions)")
    Words(key='us viewers', noun='US viewers', unit='million', when='')
    """
    text = _tidy(header)
    text, found = _without_unit(text)
    dated = _YEAR.fullmatch(text)
    text = dated.group(1) if dated else text
    key = text.lower().strip(" .:*")
    key = re.sub(r"\bno\.(?= |$)", "no", key)
    when = f" in {dated.group(2)}" if dated else ""
    return Words(key, _noun(text, key) + when, _SPELLED.get((found or unit).lower(), found or unit), when)


def _tidy(header: str) -> str:
    text = header.replace("_", " ").replace("\n", " ").replace("†", "").replace("‡", "")
    text = re.sub(r"\[[^\]]*\]", " ", text)
    if re.fullmatch(r"([A-Z]?[a-z]+)([A-Z][a-z]+)+", text):
        text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()  # nrOfWins
    text = re.sub(r"(?<=[a-z])#$", "", text)
    text = re.sub(r"\(\s*(.*?)\s*\)", r"(\1)", text)
    text = re.sub(r"\s*\((e?s|ies)\)", r"", text)  # director(s)
    text = re.sub(r"(?<=\w) ([-/]) (?=\w)", r"\1", text)
    text = re.sub(r"\s*/\s*", "/", text)
    text = re.sub(r"(?<=\w) '(?=s?( |$))", "'", text)  # men 's
    text = re.sub(r"\s*:$", "", text)
    return re.sub(r"\s+", " ", text).strip()


def _without_unit(text: str) -> tuple[str, str]:
    match = re.search(r"\s*[(,]\s*(?:in )?([^()]+?)\s*\)?$", text) if "(" in text or ", in " in text else None
    if match and _is_unit(match.group(1)):
        return text[: match.start()], match.group(1)
    match = re.search(
        r" (km ?[2²]|km square|mhz|khz|km|kg|cm|mm|m|ft|feet|ft/m|feet/meters|feet/metres|meters|metres|mph|lbs|°c|%)$",
        text,
        re.IGNORECASE,
    )
    if match and match.start() > 2:
        return text[: match.start()], match.group(1)
    return text, ""


def _is_unit(text: str) -> bool:
    lowered = text.lower().strip(". ")
    return lowered in _SPELLED or lowered in UNITS or bool(re.fullmatch(r"in (\w+)", lowered) and lowered[3:] in UNITS)


def _noun(text: str, key: str) -> str:
    words = text.split(" ")
    shouts = text.isupper() and len(text) > 5
    titled = all(word[:1].isupper() or not word[:1].isalpha() or len(word) < 4 for word in words)
    done = [
        _word(word, titled=titled or at == 0, shouts=shouts, alone=len(words) == 1) for at, word in enumerate(words)
    ]
    noun = " ".join(done)
    noun = re.sub(r"\bno\.?$", "number", noun) if len(words) > 1 else noun
    noun = re.sub(r" ?#$", " number", noun)
    noun = re.sub(r"^(#|n[or]\.?|number of number) of ", "number of ", noun)
    noun = re.sub(r"^no\.? (?=(?!series|species|status)\w{2,}[^su]s\b)", "number of ", noun)
    noun = re.sub(r"^(no\.|no (?=built|made|produced|released|sold|of)) ?(?!in )", "number ", noun)
    noun = re.sub(r"^(\w+)-(final|qualifying|overall)$", r"\2 \1", noun)
    noun = re.sub(r"^team ([12])$", lambda found: ("first team", "second team")[int(found[1]) - 1], noun)
    noun = re.sub(r"^% of ", "percentage of ", noun)
    noun = re.sub(r"^name of (the )?(?=\w{3})", "", noun)
    noun = re.sub(r"\b[wW]-[lL](-[tTdD])?\b", "win-loss record", noun)
    noun = re.sub(r"^top[ -](\d+)s?$", r"number of top-\1 finishes", noun)
    noun = re.sub(r"^(no|number)\.? in (the )?(series|season)$", r"number in the \3", noun)
    return noun.strip(" .:*").removeprefix("of ") or key


def _word(word: str, *, titled: bool, shouts: bool, alone: bool) -> str:
    bare = word.strip(".,()").lower()
    if bare in _FULL and (alone or bare not in ("w", "l", "est", "max", "att", "rec")):
        return _FULL[bare]
    if bare in ACRONYMS:
        return word.upper()
    if bare in _NAMES:
        return word[:1].upper() + word[1:]
    if word.isupper() and 1 < len(bare) < 6 and not shouts:
        return word
    if re.search(r"[a-z][A-Z]", word):
        return word
    return word if word[:1].isupper() and not titled and not shouts else word.lower()
