"""The simulation of simulation_documents.py for the other stages: who chooses connections, asks hops, rebuilds them.

Each kind of document has a fault that the stage slips into, unless its instruction holds the lesson against it or a
demonstration shows that kind done right. The other stages make no faults of their own. Which faults there are is drawn
by seed; they show nowhere but in what our metric says.
"""

import json
import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from source2synth.data.document_records import Corpus, Document, MultiHopExample
from source2synth.data.render_documents import read_chain, render_chain
from source2synth.programs import HopReasoner, Imputation, MultiHopQuestions
from source2synth.programs.composition import ComposeHops
from source2synth.programs.entities import ProposeEntities
from source2synth.programs.hops import AskHop
from source2synth.programs.offline.hops import EntitySeeds, FactHops, OtherNames
from source2synth.programs.rebuilding import RebuildQuestion

TITLE = re.compile(r"^\[\[ ## (?:title|document) ## \]\]\n(.+)$", re.MULTILINE)
SLIPS = {"seeds": 0.65, "hop": 0.38, "rebuild": 0.65}
"""Share of what a stage is asked on which it slips; of two hops one that went wrong is enough."""
Reply = dict[str, Any]


class Fault(NamedTuple):
    """One way to go wrong in a stage."""

    spoil: Callable[[Reply], Reply]
    """Changes the reply; what it begins with an underscore is not said."""
    lesson: str
    told: str
    """Found in the feedback when it happened."""
    kinds: tuple[str, ...]


def _reworded(field: str, form: str) -> Callable[[Reply], Reply]:
    return lambda reply: {**reply, field: form.format(**reply)}


STARTS, ABOUT = ("novel", "author", "town"), ("about author", "about town", "about river")
FAULTS = {
    "seeds": {
        "passing": Fault(lambda reply: {"choice": reply["_passing"]}, "leave what is mentioned in passing",
                         "No facts were found that connect", STARTS),
        "beyond": Fault(lambda reply: {"choice": 9}, "choose one that is offered", "chooses connection 9", STARTS),
        "formless": Fault(lambda reply: {"choice": "the second"}, "give the number", "be read as a choice", STARTS),
    },
    "hop": {
        "astray": Fault(_reworded("answer", "{_other}"), "answer with the entity", "asks for", STARTS),
        "open": Fault(_reworded("question", "Which one is it?"), "name the subject", "Hop 1 was not answered", STARTS),
        "unnamed": Fault(_reworded("question", "What else is known?"), "name what must stand there", "does not name",
                         ABOUT),
        "invented": Fault(_reworded("answer", "forty-two"), "copy the answer", "does not stand in the document", ABOUT),
        "away": Fault(_reworded("question", "{question} Is it {answer}?"), "keep the answer out", "away",
                      STARTS + ABOUT),
        "formless": Fault(lambda reply: {}, "give the hop in its form", "be read as a hop", STARTS + ABOUT),
    },
    "rebuild": {
        "open": Fault(_reworded("sub_question", "Which one is it?"), "name the subject", "failed at answer", STARTS),
        "away": Fault(_reworded("sub_question", "{sub_question} Is it {_answer}?"), "keep the entity out", "away",
                      STARTS),
        "formless": Fault(lambda reply: {}, "give the sub-question", "be read as a sub-question", STARTS),
    },
}  # fmt: skip


def rules(stage: str, seed: int) -> dict[str, Fault]:
    """Draw the fault of each kind of document."""
    draw = random.Random(f"{stage} {seed}")
    kinds = STARTS + ABOUT if stage == "hop" else STARTS
    fitting = {kind: [one for one in FAULTS[stage].values() if kind in one.kinds] for kind in kinds}
    return {kind: draw.choice(faults) for kind, faults in fitting.items()}


def corpus(documents: Any) -> Corpus:
    """Return the articles of all villages, each of which also mentions the village's fair in passing."""
    found = []
    for one in documents.VILLAGES:
        fair = f"Fair of {one.town}"
        for title, text in one.articles().items():
            passing = "" if title == one.river else f" Strangers spoke of the {fair}."
            found.append(Document.of(title, text + passing))
        found.append(Document.of(fair, f"The {fair} is held every spring. People sing there."))
    return Corpus(documents=tuple(found))


def program(stage: str) -> Any:
    """Return the program; only what is optimized, and who composes, is a model."""
    if stage == "rebuild":
        return Imputation(solver=HopReasoner(reasoning=False), rebuild=RebuildQuestion(), compose=ComposeHops())
    seeds = ProposeEntities() if stage == "seeds" else EntitySeeds()
    hop = AskHop() if stage == "hop" else FactHops()
    return MultiHopQuestions(hops=2, seeds=seeds, hop=hop, compose=ComposeHops(), check=OtherNames())


def examples(documents: Any) -> list[MultiHopExample]:
    """Make examples by rule, whose hops are rebuilt."""
    return MultiHopQuestions.offline(hops=2, shapes=("chain",)).many(corpus(documents), 160, seed=5)


def engine(simulation: Any, documents: Any, stage: str, seed: int) -> Any:
    """Return the engine of simulation.py with these rules for one stage."""

    class Engine(simulation.Engine):  # type: ignore[misc]  # loaded by path
        def say(self, system: str, turns: list[str]) -> str:
            turns, fields = simulation.heard(turns)
            if "passages" in fields:
                return self.read(fields["passages"], fields["question"])
            if "questions" in fields and "style" in fields:
                first, last = json.loads(fields["questions"])
                return simulation.marked(question=last.replace("#1", f"what answers “{first}”"))
            if set(fields) == {"question"}:
                return simulation.marked(fault="a little stiff", rating="4")  # as a judge of wording
            asks, right = _right(documents, fields)
            if asks:
                return self.unless_taught(system, turns, asks, right)
            said: str = self.reflect(system, turns[-1], fields)
            return said

        def read(self, passages: str, question: str) -> str:
            """Answer as solver, trained or prompted, and as whoever checks the answer."""
            try:
                chain = documents.solved(passages, question)
            except StopIteration:  # it does not say of which village it is
                chain = render_chain([(question, "not stated", "")], "not stated")
            steps, answer = read_chain(chain)
            rows = [dict(zip(("question", "answer", "title"), step, strict=True)) for step in steps]
            told = {"reasoning": "So.", "steps": json.dumps(rows), "answer": answer, "other_spellings": "[]"}
            said: str = simulation.marked(chain=chain, **told)
            return said

        def unless_taught(self, system: str, turns: list[str], asks: str, right: Reply) -> str:
            kind = kind_of(turns[-1])
            fault = self.rules[kind] if asks == stage else None
            taught = fault and (fault.lesson in system.lower() or any(kind_of(turn) == kind for turn in turns[:-1:2]))
            slips = fault and not taught and simulation.luck(turns[-1].partition("Respond with")[0]) < SLIPS[stage]
            reply = fault.spoil(right) if fault and slips else right
            said = {name: str(value) for name, value in reply.items() if not name.startswith("_")}
            text: str = simulation.marked(**({"hop": json.dumps(said)} if asks == "hop" else said))
            return text

    made = Engine(0)
    made.rules, made.faults = rules(stage, seed), FAULTS[stage]
    return made


def kind_of(prompt: str) -> str:
    """Tell of what kind the document is, and if the answer is free."""
    found = TITLE.search(prompt)
    first = found[1] if found else ""
    kind = "river" if " River" in first[:40] and "is a town" not in first else "author"
    if "is a town" in first or re.search(r"burg$", first):
        kind = "town"
    elif re.match(r"The \w+ of ", first):
        kind = "novel"
    free = "[[ ## entity ## ]]" not in prompt and "[[ ## must_contain ## ]]" in prompt
    return f"about {kind}" if free else kind


def _right(documents: Any, fields: dict[str, str]) -> tuple[str, Reply]:
    """Return which stage is asked, and the right reply; nothing where a prompt is to be rewritten."""
    if "candidates" in fields:
        return "seeds", _chosen(fields["candidates"])
    if "other_questions" in fields:
        question, answer, _ = _asked(documents, fields["document"], "entity")
        return "rebuild", {"sub_question": f"Say, {question[0].lower()}{question[1:]}", "_answer": answer}
    if "must_contain" in fields:
        question, answer, other = _asked(documents, fields["title"], "entity" if "entity" in fields else "")
        return "hop", {"question": question, "answer": answer, "_other": other}
    return "", {}


def _chosen(candidates: str) -> Reply:
    """Choose the first connection that is stated as a fact; or, in passing, the first one that is not."""
    passing = ["Fair of" in one for one in json.loads(candidates)]
    return {"choice": passing.index(False) + 1, "_passing": passing.index(True) + 1}


def _asked(documents: Any, text: str, wanted: str) -> tuple[str, str, str]:
    """Return what can be asked of a document, the answer, and another name in it."""
    one, kind = next(
        (one, kind)
        for one in documents.VILLAGES
        for kind in ("novel", "author", "town", "river")
        if text.removeprefix("The ").startswith(getattr(one, kind).removeprefix("The "))
    )
    fair = f"Fair of {one.town}"
    if kind == "author" and not wanted:
        return f"When was {one.author} born?", str(one.year), fair
    return {
        "novel": (f"Who is the author of {one.novel}?", one.author, fair),
        "author": (f"Which town is the birthplace of {one.author}?", one.town, fair),
        "town": (f"Which river flows through {one.town}?", one.river, fair),
        "river": (f"How long is the {one.river}?", f"{one.length} kilometres", ""),
    }[kind]
