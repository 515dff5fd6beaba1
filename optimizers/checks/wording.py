"""What the checks read off a question: its words, its numbers however they are spelled, its quotations and dates."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


def _counted(names: str, start: int, step: int = 1) -> dict[str, int]:
    return {name: start + at * step for at, name in enumerate(names.split())}


_ONES = _counted(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    0,
)
_TENS = _counted("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
_ORDINALS = _counted("second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth", 2)
_HINTS = {
    "none": 0, "no": 0, "without": 0, "never": 0, "nobody": 0, "positive": 0, "negative": 0, "any": 0,
    "once": 1, "single": 1, "only": 1, "just": 1, "sole": 1, "several": 1, "multiple": 1, "repeatedly": 1, "first": 1,
    "shared": 1, "twice": 2, "both": 2, "couple": 2, "pair": 2, "double": 2, "dozen": 12, "half": 0.5,
}  # fmt: skip
_SCALES = {"hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9}
MONTHS = tuple(_counted("january february march april may june july august september october november december", 1))

_WORD = re.compile(r"\w+")
_DIGITS = re.compile(
    r"(?<![\w.])(?P<sign>[-−](?=\d))?(?P<number>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<suffix>(?:st|nd|rd|th|s|k|m|bn)\b)?(?:\s(?P<scale>hundred|thousand|million|billion)\b)?",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|«([^»]+)»|(?<!\w)'([^']+)'(?!\w)|‘([^’]+)’(?!\w)")


@dataclass(frozen=True)
class Number:
    """A number that a question names."""

    values: frozenset[float]
    """Everything it can mean: `5 million` is 5 and 5,000,000; `the 1990s` 1990, 1999 and 2000."""
    spelling: str
    digits: bool
    """Written in digits; words like `two` can be idle talk, digits are not."""


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, accents and punctuation taken off.

    >>> words("São Paulo's “No. 7”")
    ('sao', 'paulo', 's', 'no', '7')
    """
    plain = unicodedata.normalize("NFKD", text.replace("’s", " s").casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(_WORD.findall(bare.replace("_", " ")))


def holds(text: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Whether the words of `part` stand in `text` side by side, a plural ending of the last one aside."""
    if not part:
        return True
    last = {part[-1], f"{part[-1]}s", f"{part[-1]}es", part[-1].removesuffix("s") or part[-1]}
    size = len(part)
    return any(
        text[at : at + size - 1] == part[:-1] and text[at + size - 1] in last for at in range(len(text) - size + 1)
    )


def covered(text: tuple[str, ...], parts: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the words of a text with all occurrences of these parts blanked, the longest first."""
    left = list(text)
    for part in sorted(parts, key=len, reverse=True):
        size = len(part)
        for at in range(len(left) - size + 1 if size else 0):
            if tuple(left[at : at + size]) == part:
                left[at : at + size] = [""] * size
    return tuple(left)


@lru_cache(maxsize=8192)
def numbers(text: str) -> tuple[Number, ...]:
    """Return the numbers of a text, in digits and in words, ordinals and hints like `twice` included.

    >>> [sorted(number.values) for number in numbers("the top three of 1,000 in the 1990s")]
    [[1000.0], [1990.0, 1999.0, 2000.0], [3.0]]
    """
    found = [_digits(match) for match in _DIGITS.finditer(text)]
    return tuple(found + _spelled(words(text)))


def quotations(text: str) -> list[str]:
    """Return what stands in quotation marks; apostrophes inside words are none."""
    return [next(group for group in match.groups() if group) for match in _QUOTED.finditer(text)]


def months(text: str) -> set[int]:
    """Return the months that a text names, 1 to 12, written out or by their first three letters."""
    spoken = set(words(text))
    return {at for at, month in enumerate(MONTHS, start=1) if month in spoken or month[:3] in spoken}


def _digits(match: re.Match[str]) -> Number:
    value = float(re.sub(r"[,\u00a0\u202f]", "", match["number"]))
    suffix, scale = (match["suffix"] or "").lower(), (match["scale"] or "").lower()
    values = {value}
    if match["sign"]:
        values = {-value, value}
    factor = _SCALES.get(scale) or _SCALES.get(suffix)
    if factor:
        values.add(value * factor)
    if suffix == "s" and value % 10 == 0:
        values |= {value + 9, value + 10}
    if suffix == "th" and "centur" in match.string[match.end() : match.end() + 9].lower():
        values |= {100 * value - 100, 100 * value - 99, 100 * value - 1, 100 * value}
    return Number(frozenset(values), match.group().strip(), digits=True)


def _spelled(tokens: tuple[str, ...]) -> list[Number]:
    found: list[Number] = []
    at = 0
    while at < len(tokens):
        value, length = _cardinal(tokens, at)
        if length:
            found.append(Number(frozenset({value}), " ".join(tokens[at : at + length]), digits=False))
        elif tokens[at] in _HINTS or tokens[at] in _ORDINALS:
            hint = float(_HINTS.get(tokens[at], _ORDINALS.get(tokens[at], 0)))
            found.append(Number(frozenset({hint}), tokens[at], digits=False))
        at += length or 1
    return found


def _cardinal(tokens: tuple[str, ...], start: int) -> tuple[float, int]:
    """Read a number in words from `start` on; returns its value and how many words it takes (0: none)."""
    total, group, at = 0.0, 0.0, start
    while at < len(tokens):
        word = tokens[at]
        if word in _ONES or word in _TENS:
            group += _ONES.get(word, _TENS.get(word, 0))
        elif word == "hundred" and at > start:
            group *= 100
        elif word in {"thousand", "million", "billion"} and at > start:
            total, group = total + group * _SCALES[word], 0.0
        elif not (word == "and" and at > start and tokens[at - 1] == "hundred" and _small(tokens, at + 1)):
            break
        at += 1
    return total + group, at - start


def _small(tokens: tuple[str, ...], at: int) -> bool:
    return at < len(tokens) and (tokens[at] in _ONES or tokens[at] in _TENS)
