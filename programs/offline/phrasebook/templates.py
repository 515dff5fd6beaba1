"""The small language that phrases are written in, and what it turns into.

`<be>`, `<do>`, `<have>`: an auxiliary that agrees with the subject and goes behind it in an indirect question;
`<was>`, `<did>`: the same, always past. `[wear]`: a verb that agrees, bare after `<do>` in a direct question.
`{s}` the subject, `{c}` the circumstances, `{n}` and `{p}` the noun of the column in singular and plural,
`{v}` the value, `{e}` and `{es}` the noun of the row.

>>> say("how tall <be> {s}", {"s": "K2"})
('how tall is K2', 'how tall K2 is')
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from .english import conjugate

_AUXILIARY = re.compile(r"<(be|do|have|was|did)>")
_VERB = re.compile(r"\[([a-z ]+)\]")
_SUBJECT = re.compile(r" (\{s\}|the [\w{} -]*?\{[np]\} \{c\}|the [\w{} -]*? (?:of|for|at|in|after) \{s\})")
_SLOT = re.compile(r"\{(\w+)\}")


def fill(template: str, words: Mapping[str, str]) -> str:
    """Put the words into the slots."""
    return _SLOT.sub(lambda match: words[match.group(1)], template)


@lru_cache(maxsize=4096)
def slots(template: str) -> frozenset[str]:
    """Return the names of the slots of a template."""
    return frozenset(_SLOT.findall(template))


def verbs(template: str, *, past: bool = False, many: bool = False) -> str:
    """Let every `[verb]` agree."""
    return _VERB.sub(lambda match: conjugate(match.group(1), past=past, many=many), template)


@lru_cache(maxsize=8192)
def _forms(template: str, past: bool, many: bool) -> tuple[str, str]:
    match = _AUXILIARY.search(template)
    if match is None:
        text = verbs(template, past=past, many=many)
        return text, text
    word = match.group(1)
    always = word in ("was", "did")
    base = {"was": "be", "did": "do"}.get(word, word)
    auxiliary = conjugate(base, past=past or always, many=many)
    before, after = template[: match.start()], template[match.end() :]
    if base == "do":
        direct = before + auxiliary + _VERB.sub(r"\1", after)
        return direct, _tidy(before + verbs(after, past=past or always, many=many))
    direct = before + auxiliary + verbs(after, past=past, many=many)
    subject = _SUBJECT.match(after)
    if subject is None:
        return direct, direct
    rest = after[subject.end() :]
    return direct, _tidy(f"{before}{subject.group(1)} {auxiliary}{verbs(rest, past=past, many=many)}")


def _tidy(text: str) -> str:
    return re.sub(r"  +", " ", text)


def say(template: str, words: Mapping[str, str], *, past: bool = False, many: bool = False) -> tuple[str, str]:
    """Return a template as a direct and as an indirect question, without mark or capital."""
    direct, indirect = _forms(template, past, many)
    return fill(direct, words), fill(indirect, words)
