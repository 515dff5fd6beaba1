"""Hops made one question without a model: each bridge is named by the hop that finds it, never by its name."""

import random
import re
from collections.abc import Sequence

import dspy

from ....data.document_records import Hop, Shape
from ....data.records import Style
from ....errors import ReplyError
from ...composition import fault_of
from ...protocols import Wording
from ..phrasebook.english import listed, plural, sentence
from ..relations import ASKS, RELATION_OF, SORTS, Compared
from .wording import filled, known_form

_OPENINGS = ("Quick question:", "I was wondering:", "Can anyone tell me:", "Just curious:")
_CLAUSE = re.compile(r"\b(?:where|which|who|whom|whose|that)\b")
_NOUNED = re.compile(r"the ([a-z]+) ([A-Z].*)")
_UPWARD = frozenset({"later", "more", "latest", "most"})


class RelationComposition(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Words a question from the relations of its hops; hops that another program asked need known questions."""

    def forward(self, hops: tuple[Hop, ...], shape: Shape, *, style: Style, rng: int) -> Wording:
        """Return the question that needs all hops.

        Raises:
            ReplyError: a hop's question is none of its relation's, or the question would show a bridge or the answer.
        """
        draw = random.Random(f"{rng} compose")
        said, style = _computed(hops, style, draw) if hops[-1].operation != "span" else _plain(hops, style, draw)
        fault = fault_of(said, hops)
        if fault:
            raise ReplyError(f"The composed question {fault}.")
        return Wording(text=said, style=style)


def _plain(hops: tuple[Hop, ...], style: Style, draw: random.Random) -> tuple[str, Style]:
    """Word a question whose last hop is asked of a document."""
    last = hops[-1]
    called = _called(hops, draw) if last.relation in ASKS else ""
    if style == "imperative" and called:
        verb = draw.choice(
            ("Name", "Find", "Identify") if ASKS[last.relation].phrases else ("Give", "Tell me", "State")
        )
        return sentence(f"{verb} {called}", "."), style
    if style == "concise" and called.startswith("the "):
        return sentence(called[4:]), style
    if style == "descriptive" and called:
        who = SORTS.get(known_form(last)[1][1]) == "person" or ASKS[last.relation].questions[0].startswith("Who ")
        return f"I am looking for {called}. {'Who' if who else 'What'} is it?", style
    return _told(_question(hops, draw), style, draw)


def _told(question: str, style: Style, draw: random.Random) -> tuple[str, Style]:
    if style == "colloquial":
        return f"{draw.choice(_OPENINGS)} {question[:1].lower()}{question[1:]}", style
    return sentence(question), "formal"


def _called(hops: tuple[Hop, ...], draw: random.Random) -> str:
    """Return a name of what the last hop asks for; empty if there is none."""
    ask, (start, noun, year) = known_form(hops[-1])
    said = _replaced(start, hops, hops[-1].uses, draw)
    forms = ask.phrases or ((ask.called,) if ask.called else ())
    choices = _light([form for form in forms if noun or ask.noun or "{n}" not in form], said)
    return filled(draw.choice(choices), said, noun or ask.noun, year) if choices else ""


def _question(hops: tuple[Hop, ...], draw: random.Random) -> str:
    """Return the question of the last hop with names of what the others find, in a form that bears them."""
    last = hops[-1]
    question = _replaced(last.question, hops, last.uses, draw)
    if len(last.uses) > 1 or last.relation not in ASKS:
        return question
    ask, (start, noun, year) = known_form(last)
    said = _replaced(start, hops, last.uses, draw)
    forms = [form for form in ask.questions if noun or "{n}" not in form]
    lighter = _light(forms, said)
    return filled(draw.choice(lighter), said, noun, year) if lighter and lighter != forms else question


def _light(forms: Sequence[str], said: str) -> list[str]:
    """Return the forms that can bear a long name: nothing of their own, or at most a participle, comes after it."""
    if not _CLAUSE.search(said):
        return [form for form in forms if "home to" not in form] or list(forms)
    end = [form for form in forms if re.search(r"\{s\}\??$", form)]
    short = [
        form for form in forms if re.search(r"\{s\} (?:born|founded|discovered|published|opened|released)\?$", form)
    ]
    return end or (short if len(said.split()) < 12 else [])


def _replaced(text: str, hops: Sequence[Hop], uses: Sequence[int], draw: random.Random) -> str:
    """Put names of what the hops find for their marks."""
    for at in uses:
        if f"#{at + 1}" in text:
            named = _named(hops, at, draw)
            text = re.sub(rf"(?:the )?#{at + 1}(?!\d)", lambda _: named, text)  # noqa: B023  # used at once
    return text


def _named(hops: Sequence[Hop], at: int, draw: random.Random) -> str:
    """Name what a hop finds by how it is found: `the director of Jaws`."""
    ask, (start, noun, year) = known_form(hops[at])
    noun, said = noun or ask.noun, _replaced(start, hops, hops[at].uses, draw)
    choices = _light([form for form in ask.phrases if noun or "{n}" not in form], said)
    if not choices:
        raise ReplyError(f"There is no readable name for what the relation {hops[at].relation!r} finds here.")
    return filled(draw.choices(choices, [3, 2, 1][: len(choices)])[0], said, noun, year)


def _computed(hops: tuple[Hop, ...], style: Style, draw: random.Random) -> tuple[str, Style]:
    last = hops[-1]
    relation = RELATION_OF.get(hops[last.uses[0]].relation)
    if relation is None or relation.compared is None:
        raise ReplyError(f"There are no words to compare by {hops[last.uses[0]].relation!r}.")
    compared = relation.compared
    starts = [known_form(hops[at])[1][0] for at in last.uses]
    names = [_replaced(start, hops, hops[at].uses, draw) for start, at in zip(starts, last.uses, strict=True)]
    how, _, limit = last.relation.partition(" ")
    if how == "is":
        at = 0 if limit in _UPWARD else 1
        return _told(_truth(compared, at, names), style, draw)
    at = 0 if how in _UPWARD else 1
    bridged = [one for one in last.uses if hops[one].uses]
    if bridged:
        return _told(_whose(hops, last, compared.better[at], draw), style, draw)
    who = "who" if compared.who else "which"
    if last.operation == "compare":
        said = f"{_which(who, names)} {compared.better[at]}, {listed(_bare(names), 'or')}?"
        other = f"of {_all(names)}, {who} {compared.better[at]}?"
    elif last.operation == "max":
        said = f"{_which(who, names)} {compared.best[at]}: {listed(_bare(names), 'or')}?"
        other = f"of {_all(names)}, {who} {compared.best[at]}?"
    elif last.operation == "count":
        said = f"how many of {_all(names)} {compared.counted[at].format(b=limit)}?"
        other = said
    else:
        said = other = f"what is {compared.total.format(all=_all(names))}?"
    if style == "imperative":
        verb = draw.choice(("Tell me", "Say"))
        return sentence(
            f"{'Give' if said.startswith('what is ') else verb} {said[:-1].removeprefix('what is ')}", "."
        ), style
    if style == "descriptive" and last.operation in {"compare", "max"}:
        among = "Which of the two" if len(names) == 2 else "Which of them"
        done = (compared.better if last.operation == "compare" else compared.best)[at]
        return f"Think of {_all(names)}. {among} {done}?", style
    return _told(sentence(draw.choice((said, said, other))), style, draw)


def _truth(compared: Compared, at: int, names: Sequence[str]) -> str:
    return sentence(compared.truth[at].format(a=names[0], b=names[1]))


def _whose(hops: tuple[Hop, ...], last: Hop, better: str, draw: random.Random) -> str:
    """Ask which of two things has the part, found by a hop each, that comes first in a comparison."""
    firsts = [hops[at].uses[0] for at in last.uses if hops[at].uses]
    role = ASKS[hops[firsts[0]].relation].role if len(firsts) == len(last.uses) else ""
    if not role:
        raise ReplyError("There is no word for what is compared.")
    names = [known_form(hops[at])[1][0] for at in firsts]
    if noun := _noun(names):
        return sentence(f"which {noun}'s {role} {better}, {listed(_bare(names), 'or')}?")
    return sentence(f"of {listed(names)}, which is the one whose {role} {better}?")


def _noun(names: Sequence[str]) -> str:
    """Return the noun that all of these names go with (`the film Jaws`); empty if there is none."""
    nouns = {match[1] if (match := _NOUNED.fullmatch(name)) else "" for name in names}
    return nouns.pop() if len(nouns) == 1 else ""


def _bare(names: Sequence[str]) -> list[str]:
    """Return names without a noun that all go with."""
    return [name.split(" ", 2)[2] for name in names] if _noun(names) else list(names)


def _all(names: Sequence[str]) -> str:
    """List names, a noun that all go with only once: `the films Jaws and Grease`."""
    noun = _noun(names)
    return f"the {plural(noun)} {listed(_bare(names))}" if noun else listed(names)


def _which(who: str, names: Sequence[str]) -> str:
    noun = _noun(names)
    return f"which {noun}" if noun else who
