"""Names that a question gives away: as they are written, or by their stem (`Italy` in `the Italian composer`)."""

from collections.abc import Iterable

from .answers import words

_SPELT = (
    "a al an ans ate c e ean ed en er ern es ese i ia ian ians ic ical ically ics ies ing ish ism ist ists n s um us y"
)
_ENDINGS = frozenset({"", *_SPELT.split()})
STEM = 4
"""Letters that a word and its stem must share at least."""


def shown_in(question: str, names: Iterable[str]) -> str | None:
    """Return the first of these names that a question shows, or None.

    >>> shown_in("Who was the first Italian in space?", ["Apollo 11", "Italy"])
    'Italy'
    """
    said = words(question)
    return next((name for name in names if _shows(said, words(name))), None)


def _shows(said: tuple[str, ...], name: tuple[str, ...]) -> bool:
    size = len(name)
    if not size or not any(name):
        return False
    first = name[0][:STEM]  # words of one stem begin alike
    return any(
        said[at][:STEM] == first
        and all(_same_stem(one, other) for one, other in zip(said[at : at + size], name, strict=True))
        for at in range(len(said) - size + 1)
    )


def _same_stem(one: str, other: str) -> bool:
    if one == other:
        return True
    if one.isdigit() or other.isdigit():
        return False
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= STEM and one[shared:] in _ENDINGS and other[shared:] in _ENDINGS
