"""What a title of a page or table tells: the noun of its rows, and whether it can stand in a question."""

import re
from functools import lru_cache

from .phrasebook.english import singular
from .phrasebook.nouns import CLASSES


@lru_cache(maxsize=8192)
def noun_in_title(title: str) -> str:
    """Return the noun that a title calls the rows by, in the singular; empty if it says none.

    >>> noun_in_title("List of tallest buildings in Ohio")
    'building'
    """
    text = re.sub(r"\(.*?\)", "", title).lower()
    text = re.sub(r"^(the )?(lists?|table|index|timeline|comparison) of ", "", text)
    head = re.split(r" (?:in|of|by|at|on|from|for|with|to|and|named|that|which) |,|–|—", text)[0].strip()
    word = head.rpartition(" ")[2]
    noun = singular(word)
    return noun if noun in CLASSES and (noun != word or noun in ("series", "species", "aircraft", "spacecraft")) else ""


@lru_cache(maxsize=8192)
def spoken_title(title: str) -> str:
    """Return a title as it can stand after `in the table on`; empty if it is an identifier or too long."""
    text = re.sub(r"\s+", " ", title).strip()
    if not re.fullmatch(r"[^\W\d_].*|\d{4}.*", text) or "_" in text or "\n" in title or not 4 < len(text) < 60:
        return ""
    return text if " " in text or text[0].isupper() else ""
