"""The simulation of simulation.py for documents: who merges two hops into one question has hidden rules.

There are four kinds of questions, by what the last hop asks for. Each kind has a fault that the generator slips into on
most connections, unless its instruction holds the lesson against it or a demonstration shows that kind done right.
Which faults there are is drawn by seed; they show nowhere but in what our metric says.
"""

import json
import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from source2synth.data.document_records import Corpus, Document
from source2synth.data.render_documents import render_chain
from source2synth.programs import HopReasoner, MultiHopQuestions
from source2synth.programs.offline.hops import EntitySeeds, FactHops, OtherNames

FORMS = {"river": r"^W\w+ river", "length": r"How long|length", "date": r"When|date", "place": r"birthplace|town|Where"}
"""By the words of the last hop."""
OPEN = "the one meant"
NAMED = re.compile(r"what answers “(.+?)”")


class Village(NamedTuple):
    """A novel, its author, the town where that one was born, and the river there."""

    novel: str
    author: str
    year: int
    town: str
    river: str
    length: int

    def articles(self) -> dict[str, str]:
        novel, author, year, town, river, length = self
        return {
            novel: f"{novel} is a novel by {author}. It was published in {year + 31}.",
            author: f"{author} was a novelist. {author} was born in {town} in {year}.",
            town: f"{town} is a town. The {river} flows through {town}.",
            river: f"The {river} is a river. It is {length} kilometres long.",
        }

    def steps(self, form: str) -> list[tuple[str, str, str]]:
        """Return what two hops find out, and where."""
        born = ("Where was the author born?", self.town, self.author)
        wrote = ("Who is the author?", self.author, self.novel)
        flows = ("Which river is it?", self.river, self.town)
        return {
            "river": [born, flows],
            "length": [flows, ("How long is it?", f"{self.length} kilometres", self.river)],
            "date": [wrote, ("When was the author born?", str(self.year), self.author)],
            "place": [wrote, born],
        }[form]


def villages(count: int = 40) -> list[Village]:
    """Make villages whose names are all different."""
    draw = random.Random("villages")
    names = [a + b for a in ("Bar", "Kel", "Mor", "Tas", "Vin", "Hol", "Ras") for b in ("dun", "wick", "lund", "mere")]
    names += [f"{name}ia" for name in names]
    draw.shuffle(names)
    years, lengths = draw.sample(range(1750, 1950), count), draw.sample(range(60, 900), count)
    firsts, things = ("Anna", "Tobias", "Marta", "Pavel", "Ingrid", "Jonas"), ("Lantern", "Orchard", "Mill", "Bridge")
    return [
        Village(
            f"The {things[at % 4]} of {names[at][::-1].capitalize()}", f"{firsts[at % 6]} {names[at]}son", years[at],
            f"{names[at]}burg", f"{names[at]}a River", lengths[at],
        )
        for at in range(count)
    ]  # fmt: skip


VILLAGES = villages()


def corpus() -> Corpus:
    """Return the articles of all villages."""
    found = [Document.of(title, text) for one in VILLAGES for title, text in one.articles().items()]
    return Corpus(documents=tuple(found))


def program() -> MultiHopQuestions:
    """Return the generator that is optimized: only the question is written by a model."""
    return MultiHopQuestions(hops=2, seeds=EntitySeeds(), hop=FactHops(), check=OtherNames())


def solver() -> HopReasoner:
    return HopReasoner(reasoning=False)


class Fault(NamedTuple):
    """One way to merge two questions badly."""

    spoil: Callable[[str, str], str]
    lesson: str
    told: str
    """Found in the feedback when it happened."""


def _shown(first: str, last: str) -> str:
    return last.replace("#1", _village(first).steps(form_of(last))[0][1])


FAULTS = {
    "open": Fault(lambda first, last: last.replace("#1", OPEN), "say where to begin", "Hop 1 was not answered"),
    "half": Fault(lambda first, last: first, "ask for the last thing", "Hop 2 was not answered"),
    "mark": Fault(lambda first, last: last, "leave no mark", "still holds the mark"),
    "shown": Fault(_shown, "name nothing that is to be found", "which is to be found out"),
}


def rules(seed: int) -> dict[str, Fault]:
    """Draw the fault of each kind of question."""
    draw = random.Random(f"rules {seed}")
    return {form: FAULTS[draw.choice(sorted(FAULTS))] for form in FORMS}


def form_of(question: str) -> str:
    return next(form for form, words in FORMS.items() if re.search(words, question))


def _village(text: str) -> Village:
    return next(one for one in VILLAGES if any(name in text for name in (one.novel, one.author, one.town)))


def engine(simulation: Any, seed: int) -> Any:
    """Return the engine of simulation.py with these rules: generator, solver or reflecting model, by what is asked."""

    class Engine(simulation.Engine):  # type: ignore[misc]  # loaded by path
        def say(self, system: str, turns: list[str]) -> str:
            asked = turns[-1].partition("Respond with")[0]
            fields = {name: text.strip() for name, text in simulation.FIELD.findall(asked)}
            if "draft" in fields:
                return simulation.marked(question=fields["draft"])  # whoever mends has the same habits
            if "passages" in fields:
                return simulation.marked(chain=solved(fields["passages"], fields["question"]))
            if "questions" in fields and "style" in fields:
                return simulation.marked(question=self.merged(system, turns, *json.loads(fields["questions"])))
            said: str = self.reflect(system, turns[-1], fields)
            return said

        def merged(self, system: str, turns: list[str], first: str, last: str) -> str:
            form, fault = form_of(last), self.rules[form_of(last)]
            demos = [one for turn in turns[:-1] for one in re.findall(r"^\[\".*\]$", turn, re.MULTILINE)]
            knows = fault.lesson in system.lower() or any(form_of(json.loads(one)[-1]) == form for one in demos)
            if not knows and simulation.luck(first + last) < simulation.SLIPS:
                return fault.spoil(first, last)
            return last.replace("#1", f"what answers “{first}”")

    made = Engine(seed)
    made.rules, made.faults = rules(seed), FAULTS
    return made


def solved(passages: str, question: str) -> str:
    """Answer hop by hop what the question asks for, if it says where to begin."""
    begins = NAMED.search(question)
    if begins and all(title in passages for _, _, title in _steps(begins[1], question)):
        steps = _steps(begins[1], question)
        return render_chain(steps, steps[-1][1])
    said = "not stated" if OPEN in question else _alone(question)
    return render_chain([(question, said, "")], said)


def _steps(first: str, question: str) -> list[tuple[str, str, str]]:
    return _village(first).steps(form_of(NAMED.sub("it", question)))


def _alone(question: str) -> str:
    """Answer a question that is one hop."""
    one = _village(question)
    return one.author if one.novel in question else one.town if one.author in question else one.river
