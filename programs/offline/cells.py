"""What single cells look like: missing, too long to say, a year, a title in need of quotes."""

import re
from functools import lru_cache

from ...data.records import Cell

_JUNK = re.compile(
    r"[\W_]*|n ?/ ?a|n/d|none|nan|null|nil|tba|tbd|tbc|unknown|not? (available|applicable|data|event)|"
    r"dnf|dns|dnq|did not .*|yes|no|y|n|true|false|example|"
    r"bye|various|all|see .*|same|ditto|idem|vacant|incumbent|to be .*|not .*|"
    r"no (award|awards|tournament|winner|data|race|event|game|match|team|candidate|champion|election|entry)|"
    r".*\bcitation needed\b.*",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(grand |sub ?-? ?)?totals?:?|.* totals?|totals? .*|sum|average|averages|mean|overall|all|combined|career|"
    r"all ?-? ?time|source.*|reference.*",
    re.IGNORECASE,
)
_ODD = re.compile(r"[(),;:&/%#+*]|\d .*\d|\b(and|or|the|of|in|at|for|to|with|a|vs|is|by|on)\b", re.IGNORECASE)


@lru_cache(maxsize=65536)
def is_junk(text: str) -> bool:
    """Tell whether a text cell stands for nothing, or says nothing by itself."""
    return not text.strip() or bool(_JUNK.fullmatch(text.strip())) or "�" in text


@lru_cache(maxsize=65536)
def is_total(text: str) -> bool:
    """Tell whether a text cell heads a row of totals."""
    return bool(_TOTAL.fullmatch(text.strip()))


@lru_cache(maxsize=65536)
def is_sayable(text: str) -> bool:
    """Tell whether a text cell can stand in a question: one line, short, no junk, no brackets left open."""
    if len(text) < 2 and not text.isdigit():
        return False
    if re.match(r"@|(at|vs?\.?) |\(.*\)$", text):
        return False  # where a game was, said in front of the opponent
    if is_junk(text) or "\n" in text or len(text) > 44 or text != text.strip() or "  " in text:
        return False
    return text.count("(") == text.count(")") and text.count('"') in (0, 2) and text.count(" ") < 8 and "[" not in text


def is_missing(cell: Cell) -> bool:
    """Tell whether a cell holds nothing to ask for."""
    return cell is None or (isinstance(cell, str) and (is_junk(cell) or (len(cell) == 1 and cell.isalpha())))


@lru_cache(maxsize=65536)
def is_odd(text: str) -> bool:
    """Tell whether a text reads badly inside a sentence without quotes."""
    return bool(_ODD.search(text)) or text.count(" ") > 3


@lru_cache(maxsize=65536)
def is_year(text: str) -> bool:
    """Tell whether a text is a year, or a span of years: `1997`, `1997 - 98`, `2008/09`."""
    return bool(re.fullmatch(r"(1[5-9]|20)\d\d( ?[-–/] ?\d{2,4})?", text.strip()))


@lru_cache(maxsize=65536)
def is_month(text: str) -> bool:
    """Tell whether a text is a month, with or without a year: `may 2006`."""
    months = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    return bool(re.fullmatch(rf"({months})[a-z]*\.?( ?,)? ?((1[5-9]|20)\d\d)?", text.strip().lower()))


def said(cell: Cell) -> str:
    """Return a cell as it stands in a question: numbers as in SQL, text untouched."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell == int(cell) else repr(cell)
    return str(cell)
