"""A frame put as a question: phrases by the make of the frame, one of them spoken in one register."""

import random
from collections.abc import Sequence

from ....data.records import ResultTable, Style
from ....errors import ReplyError
from ..frames import Frame
from ..reading import Reading
from .asking import asker
from .english import sentence
from .registers import BOOK, Register
from .vague import about, veil
from .voice import Voice

SCALES = {"thousand": "in thousands", "million": "in millions", "billion": "in billions"}
"""Units that are no units but scales: an answer without them would be wrong by so many times."""
_NO_AMOUNT = frozenset(("count", "count_distinct", "share", "over"))


def worded(
    reading: Reading, frame: Frame, answer: ResultTable, *, style: Style, rng: random.Random, registers: Sequence[str]
) -> tuple[str, str]:
    """Return a question and its sentence of knowledge (empty but for the vague style).

    Raises:
        ReplyError: no register of this style is allowed, or the phrase book cannot word the frame.
    """
    allowed = [register for register in BOOK if register.style == style and register.name in registers]
    if not allowed:
        raise ReplyError(f"no register of style {style} is allowed")
    register = rng.choice(allowed)
    voice = Voice(reading, rng, rng.choice(register.quotes))
    if style == "vague":
        text, knowledge = _veiled(voice, frame, answer, register)
        return scaled(text, reading, frame), knowledge
    phrases = asker(frame)(voice, frame, len(answer.rows))
    return scaled(register.speak(voice, voice.pick(phrases)), reading, frame), ""


def scaled(text: str, reading: Reading, frame: Frame) -> str:
    """Say that amounts are asked for in millions, where the table states them so: `How many …, in millions?`."""
    units = {reading.terms[name].unit for name in frame.select} if frame.function not in _NO_AMOUNT else set[str]()
    scales = [said for unit, said in SCALES.items() if unit in units and unit not in text.lower()]
    end = text[-1] if text[-1] in "?." else ""
    return f"{text.removesuffix(end)}, {scales[0]}{end}" if scales else text


def _veiled(voice: Voice, frame: Frame, answer: ResultTable, register: Register) -> tuple[str, str]:
    loose, meant = about(voice, frame)
    if loose:
        return sentence(voice.pick(loose).direct), meant
    veiled, knowledge = veil(voice, frame)
    phrases = asker(frame)(veiled, frame, len(answer.rows))
    return register.speak(veiled, voice.pick(phrases)), knowledge
