"""Characters that do something instead of being read: control codes, and directions that reorder a line."""

import re

# C0 and C1 controls but tab and line feed, directions that reorder what a reader sees, lone surrogates, byte-order
# marks.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")


def without_controls(text: str) -> str:
    r"""Put a blank for each, so that no offset moves.

    >>> without_controls("red \x1b[31m")
    'red  [31m'
    """
    return CONTROL.sub(" ", text)


def visible(text: str) -> str:
    r"""Spell each out, so that a terminal shows a name instead of obeying it.

    >>> print(visible("red \x1b[31m"))
    red \x1b[31m
    """
    return CONTROL.sub(lambda match: match.group().encode("unicode_escape", "backslashreplace").decode(), text)


def named(name: str) -> str:
    r"""Return a file's name as text that can be written down: bytes that are no UTF-8 are spelt out.

    >>> print(named("caf\udce9.md"))
    caf\xe9.md
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
