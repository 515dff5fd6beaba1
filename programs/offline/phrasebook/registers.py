"""Registers: ways of speaking that turn a phrase into a sentence, each of one style."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ....data.records import Style
from ..titles import spoken_title
from .english import sentence
from .phrase import Phrase
from .voice import Voice


@dataclass(frozen=True)
class Register:
    """A named way of speaking."""

    name: str
    style: Style
    speak: Callable[[Voice, Phrase], str]
    quotes: tuple[str, ...] = ("odd", "odd", "never")


def _plain(voice: Voice, phrase: Phrase) -> str:
    return sentence(phrase.direct)


def _courteous(voice: Voice, phrase: Phrase) -> str:
    start = voice.some("could you tell me", "can you tell me", "please tell me", "would you please tell me")
    return sentence(f"{start} {phrase.told}", "." if start.startswith("please") else "?")


def _chatty(voice: Voice, phrase: Phrase) -> str:
    start = voice.some("", "", "hey, ", "so ", "ok, ", "quick question: ")
    return sentence(start + _short(phrase.direct))


def _curious(voice: Voice, phrase: Phrase) -> str:
    start, end = voice.pick(
        (
            ("any idea", "?"),
            ("do you know", "?"),
            ("I wonder", "."),
            ("do you happen to know", "?"),
            ("just curious,", ""),
        )
    )
    return sentence(f"{start} {_short(phrase.direct) if end == '' else phrase.told}", end or "?")


def _orders(voice: Voice, phrase: Phrase) -> str:
    if not phrase.noun:
        return sentence(f"tell me {phrase.told}", ".")
    verbs = ("list", "show", "give me") if phrase.many else ("give me", "tell me", "state")
    if phrase.named:
        verbs = (*verbs[:2], "name")
    return sentence(f"{voice.pick(verbs)} {phrase.noun}", ".")


def _tasks(voice: Voice, phrase: Phrase) -> str:
    if not phrase.noun or voice.rng.random() < 0.4:
        return sentence(f"{voice.some('find out', 'work out', 'determine')} {phrase.told}", ".")
    return sentence(f"{voice.some('find', 'look up', 'return', 'get', 'identify')} {phrase.noun}", ".")


def _keywords(voice: Voice, phrase: Phrase) -> str:
    if not phrase.noun:
        return sentence(phrase.direct)
    return phrase.noun.removeprefix("the ").strip()


def _clipped(voice: Voice, phrase: Phrase) -> str:
    if not phrase.noun or re.match("which|how|who", phrase.direct):
        return sentence(phrase.direct)
    return sentence(phrase.noun.removeprefix("the "))


def _wishes(voice: Voice, phrase: Phrase) -> str:
    if phrase.noun and voice.rng.random() < 0.3:
        return sentence(f"{voice.some('I am looking for', 'I need', 'I am interested in')} {phrase.noun}", ".")
    start = voice.some("I would like to know", "I want to find out", "I am trying to find out", "I'd like to know")
    return sentence(f"{start} {phrase.told}", ".")


def _context(voice: Voice, phrase: Phrase) -> str:
    title = spoken_title(voice.reading.table.title)
    if not title:
        return sentence(
            f"{voice.some('according to the table', 'in this table', 'going by the table')}, {phrase.direct}"
        )
    start = voice.some("in the table about", "looking at the table on", "according to the table on", "in the table for")
    return sentence(f"{start} {title}, {phrase.direct}")


def _hinted(voice: Voice, phrase: Phrase) -> str:
    return _plain(voice, phrase) if voice.rng.random() < 0.7 else _orders(voice, phrase)


def _short(direct: str) -> str:
    return re.sub(r"^(who|what|where|when|how) is ", r"\1's ", direct)


BOOK: tuple[Register, ...] = (
    Register("plain", "formal", _plain),
    Register("courteous", "formal", _courteous),
    Register("chatty", "colloquial", _chatty, ("never", "odd")),
    Register("curious", "colloquial", _curious, ("never", "odd")),
    Register("orders", "imperative", _orders),
    Register("tasks", "imperative", _tasks, ("odd", "always")),
    Register("keywords", "concise", _keywords, ("never",)),
    Register("clipped", "concise", _clipped, ("never", "odd")),
    Register("wishes", "descriptive", _wishes),
    Register("context", "descriptive", _context, ("odd", "always")),
    Register("hinted", "vague", _hinted),
)
REGISTERS: tuple[str, ...] = tuple(register.name for register in BOOK)
