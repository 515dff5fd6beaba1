"""Forms of words filled in, and read back from a question."""

import random
import re
from collections.abc import Sequence
from functools import lru_cache

from ....data.document_records import Hop
from ....errors import ReplyError
from ..relations import ASKS, Ask

_SLOT = re.compile(r"\{(\w)\}")


def fitting(forms: Sequence[str], noun: str) -> list[str]:
    """Return the forms that can be filled: where there is a noun those with one, if there are any."""
    with_noun = [form for form in forms if "{n}" in form]
    plain = [form for form in forms if "{n}" not in form]
    return with_noun if noun and with_noun else plain


def filled(form: str, start: str, noun: str = "", year: str = "") -> str:
    """Fill a form.

    >>> filled("In which {n} was {s} born?", "Max Planck", "city")
    'In which city was Max Planck born?'
    """
    parts = {"s": start, "n": noun, "y": year}
    return _SLOT.sub(lambda match: parts[match[1]], form)


@lru_cache(maxsize=4096)
def _reader(form: str) -> re.Pattern[str]:
    parts = {"s": r"(?P<s>.+)", "n": r"(?P<n>[\w’' -]+?)", "y": r"(?P<y>\d{3,4}(?: BCE?)?)"}
    body = "".join(parts[part] if at % 2 else re.escape(part) for at, part in enumerate(_SLOT.split(form)))
    return re.compile(body)


def read(forms: Sequence[str], question: str) -> tuple[str, str, str] | None:
    """Return start, noun and year of a question that one of the forms makes; None if none does.

    >>> read(("In which {n} was {s} born?",), "In which city was Max Planck born?")
    ('Max Planck', 'city', '')
    """
    for form in forms:
        match = _reader(form).fullmatch(question)
        if match:
            found = match.groupdict()
            return found["s"], found.get("n") or "", found.get("y") or ""
    return None


def drawn(forms: Sequence[str], noun: str, draw: random.Random) -> str:
    """Draw a form that can be filled, the first ones more often; with no noun none may be left that needs one."""
    choices = fitting(forms, noun)
    return draw.choices(choices, [3, 2, 1, 1, 1][: len(choices)])[0]


def known_form(hop: Hop) -> tuple[Ask, tuple[str, str, str]]:
    """Return how a hop's relation asks, and start, noun and year of its question; ReplyError if it asks otherwise."""
    ask = ASKS.get(hop.relation)
    found = read(ask.questions, hop.question) if ask else None
    if ask is None or found is None:
        raise ReplyError(f"The question {hop.question!r} is none that the relation {hop.relation!r} has.")
    return ask, found
