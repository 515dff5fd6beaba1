"""The parts that patterns are written with, and how a pattern becomes a regular expression.

`{o}` is a name, `{p}` a place (a name, what it lies in left aside), `{d}` a date, `{n}` a number with its unit, `{x}` a
word or two in small letters.
"""

import re
from functools import cache

from .nouns import SORTS

_CAPITAL = r"[A-ZÀ-ÖØ-ÞŁŚŻČŠŽŌĀŞİ]"
_WORD = rf"{_CAPITAL}(?:[\w’\-]|'(?!s\b))*"
PIECE = rf"(?:(?:St|Mt|Dr|Ste)\.|[A-Z]\.(?:[A-Z]\.)*|{_WORD})"
JOINT = r"(?:(?:of|the|de|la|le|von|van|der|den|du|di|da|del|ibn|bin|al|y|zu|upon)\s){1,2}"
NAME = rf"(?:{PIECE}(?:\s(?:{JOINT})?{PIECE})*)"
_LEAD = (
    r"(?:of|de|von|van|der|la|the|du|da|di|ibn|and|or|in|on|at|from|who|was|is|to|for|with|after|as|by|"
    r"near|between|where|which|when|upon|that|published|written|but|has|had|were|are)"
)
_SMALL = (
    r"(?!(?:in|on|of|the|near|outside|around|through|over|under|among|during|between|into|until|at|by|"
    r"from|for|with|who|which|that|his|her|their|and|or|but|was|is|where|as|to|not|when|whose)\b)[a-z][\w\-]*"
)
_ROLE = (
    rf"(?:(?:{_SMALL}|{_WORD}(?=\s(?!{_LEAD}\b)[a-z])|[A-Z]\w*(?:an|ish|ese|ch|"
    rf"ek)(?=\s{_WORD}\s(?!{_LEAD}\b)[a-z])|then-\w+)[\s]){{0,5}}"
)
BEFORE = rf"(?:(?:the|a|an|its|their|his|her|what\sis\snow|present-day|modern)\s)?{_ROLE}"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_ERA = r"(?:\s?(?:BCE?|AD|CE))?"
DATE = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?(?:\sof)?\s{_MONTH},?\s\d{{3,4}}{_ERA}|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|"
    rf"th)?,?\s\d{{3,4}}{_ERA}"
    rf"|{_MONTH},?\s\d{{3,4}}{_ERA}|\d{{3,4}}{_ERA}(?![\d,.]*\d)(?![\w–-]|\s?(?:km|m|metres|feet|people|inhabitants|years)\b))"
)
_AREA = r"(?:km²|km2|sq\skm|square\s(?:kilomet(?:re|er)s|miles)|hectares)"
_LENGTH = r"(?:kilomet(?:re|er)s|km|met(?:re|er)s|m|miles|mi|feet|ft|cm)"
_AMOUNT = r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s(?:million|billion))?)"
NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:\s(?:million|billion))?"
MEASURE = rf"(?:{_AMOUNT}[\s-]?{_LENGTH}(?![\w²]))"
AREA = rf"(?:{_AMOUNT}\s?{_AREA}(?!\w))"
_ABOUT = (
    r"(?:about\s|around\s|approximately\s|some\s|roughly\s|almost\s|nearly\s|an\sestimated\s|over\s|"
    r"more\sthan\s|just\sover\s|circa\s|c\.\s?)?"
)
AFTER_VERB = (
    r"(?:(?:also|later|then|first|probably|originally|jointly|independently|currently|now|formally|"
    r"once|subsequently)\s)?"
)
_NOUNS = "|".join(
    sorted(
        (
            noun
            for noun, sort in SORTS.items()
            if sort in {"town", "region", "water", "height", "built", "group", "land"}
        ),
        key=len,
        reverse=True,
    )
)
_END = rf"(?!\w|\.\s|['’]s\b|\s?-\w|\s(?:{JOINT})?{_CAPITAL}|\s\d{{1,3}}\b(?!\s(?:[A-Z]|km|miles)))"
_SLOTS = {
    "{o}": rf"{BEFORE}(?P<o>{NAME}){_END}",
    "{p}": rf"(?:the\s(?:{_SMALL}\s){{0,2}}?(?:city|town|village|island|province|state|county|district|suburb|"
    rf"region|hamlet)\sof\s|the\s|{_ROLE})(?P<o>{NAME}){_END}",
    "{d}": rf"(?P<o>{DATE})",
    "{n}": rf"{_ABOUT}(?P<o>{NUMBER})",
    "{area}": rf"{_ABOUT}(?P<o>{AREA})",
    "{noun}": rf"(?:{_NOUNS})",
    "{m}": rf"{_ABOUT}(?P<o>{MEASURE})",
    "{x}": r"(?P<o>[^\W\d_]+(?:\s(?!and\b|which\b|or\b|is\b|in\b)[a-z]+)?)",
    "{sup}": r"(?P<k>(?:(?:second|third|fourth|fifth|sixth)[\s-])?(?:largest|longest|highest|tallest|deepest|"
    r"oldest|smallest|northernmost|southernmost|most\spopulous)\s(?:[a-z]+))",
    "{date}": DATE,
    "{name}": rf"{BEFORE}{NAME}",
    "{adv}": AFTER_VERB,
    "{a}": r"(?:is|was|are)\s(?:a|an|the)\s",
    "{gap}": r"(?:(?!\b(?:who|whose|where|when|while|because|if|although|which|including|metropolitan|but|not|"
    r"after|before|based|adapted|adaptation|sequel|upgrade|remake|version)\b|[;:\"“”])[^.]){0,90}?",
    "{its}": r"(?:Its|The|['’]s)(?=\s)",
    "{early}": r"(?:(?:\s[A-Z][A-Z.]{1,5}\b,?|,(?!\s(?:who|which|whose|where|when)\b)[^;()]{0,90}?|"
    r"\s?\((?:[^()]|\([^()]*\))*\),?){0,3}\s?)",
    "{dash}": r"\s?(?:[–—-]|to)\s?",
    "{by}": r"(?:in\s\d{4}\s)?by\s",
}
_SLOT = re.compile(r"\{[a-z]+\}")


@cache
def compiled(form: str) -> re.Pattern[str]:
    """Return a pattern as a regular expression; a blank in it is any blank."""
    body = _SLOT.sub(lambda match: _SLOTS[match.group()], form.replace(" ", r"\s"))
    return re.compile(body)
