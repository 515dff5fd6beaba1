"""What a model that rewrites prompts is told: every kind of fault in words that name it, and the thing at fault."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import dspy
import pytest

from source2synth.data.document_records import HopAnswer, MultiHopAttempt, MultiHopExample, Passage
from source2synth.data.records import Attempt, Database, Seed, Verdict
from source2synth.optimizers import Answerability, Composite, Diversity, Part
from source2synth.programs import HopReasoner

from ..programs.articles import CORPUS, MOON

HIGHEST = "SELECT name FROM mountains ORDER BY height_m DESC LIMIT 1"
NEPAL = "SELECT name FROM mountains WHERE country = 'NP' AND range = 'Himalaya'"
SEVEN = "SELECT name FROM mountains ORDER BY height_m DESC LIMIT 7"
STEPS = (("Which spaceflight first landed humans on the Moon?", "Apollo 11", "The Moon"),)
KNOWN = "Which mountain is the highest of all of them?"


class On(NamedTuple):
    """A kind of fault on tables: what is judged, and what the solver answers."""

    question: str
    sql: str
    solved: str
    said: str


class Reader(HopReasoner):
    """Answers MOON's question from the passages by rule: what a hop asks it knows, or needs its document for."""

    def __init__(self, steps: Sequence[tuple[str, str, str]], answer: Callable[[set[str]], str]) -> None:
        super().__init__(reasoning=False)
        self.steps, self.answered = tuple(steps), answer

    async def aforward(self, passages: Sequence[Passage], question: str) -> HopAnswer:
        return HopAnswer(answer=self.answered({one.title for one in passages}), steps=self.steps)


TABLES = {
    "SQL error of the solver": On(
        KNOWN, HIGHEST, "SELECT name FROM mountain",
        r"^0 of 2 tries.*\n.*highest of all(?s:.*)Try 1 failed: .*no such table: mountain",
    ),
    "SQL error of the generator": On(
        KNOWN, "SELECT hight FROM mountains", "", r"check executes: .*no such column: hight"
    ),
    "empty result": On(
        "Which mountain lies in 'XX'?", "SELECT name FROM mountains WHERE country = 'XX'", "",
        r"check is_not_empty: .*\n.*\nThe SQL was: .*'XX'",
    ),
    "tie": On("Which 7 mountains are the highest?", SEVEN, "", r"Rows tie at the LIMIT under ORDER BY .*height_m"),
    "condition that does not matter": On(
        "Which in NP lie in the Himalaya?", NEPAL, "", r"check every_clause_matters: The condition .* can be left out"
    ),
    "answer in the question": On(
        "Is Mount Everest the highest, and which is?", HIGHEST, "",
        r"check answer_not_in_question: The question holds its answer: Mount Everest",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_faults_on_tables_are_told(kind: str, make: Any, mountains: Database, solver: Any, scripted: Any) -> None:
    question, sql, solved, said = TABLES[kind]
    lm = scripted(lambda model, asked, number: solved)
    found = Answerability(solver, lm=lm, k=2).measure(
        dspy.Example(database=mountains), Attempt(example=make(question, sql))
    )
    assert (found.score, found.kept) == (0.0, False)
    assert re.search(said, found.words), found.words
    assert question in found.words  # the reflecting model sees no more than these words
    assert sql in found.words
    assert bool(lm.script.asked) == bool(solved)  # what a check finds costs no try


class In(NamedTuple):
    """A kind of fault on documents."""

    example: MultiHopExample
    reader: Reader
    said: str


def moon(question: str) -> MultiHopExample:
    fields = {name: getattr(MOON, name) for name in ("hops", "answer", "aliases", "shape", "seed")}
    return MultiHopExample.of(question=question, **fields)


DOCUMENTS = {
    "hop not answered": In(
        MOON, Reader(STEPS, lambda titles: "Buzz Aldrin"),
        r"Try 1 failed: .* Hop 2 was not answered: Who was the commander of #1\?",
    ),
    "first hop not answered": In(
        MOON, Reader((("Which?", "Apollo 12", "The Moon"),), lambda titles: "Buzz Aldrin"),
        r"Hop 1 was not answered: Which spaceflight first landed humans on the Moon\?",
    ),
    "document not needed": In(
        MOON, Reader(STEPS, lambda titles: "Neil Armstrong" if "Neil Armstrong" in titles else "not stated"),
        r"It is answered without the document 'The Moon': 3 of 3 tries were right",
    ),
    "answer in the question": In(
        moon("Was Neil Armstrong the commander of the spaceflight that first landed humans on the Moon?"),
        Reader(STEPS, lambda titles: "Neil Armstrong"),
        r"check hides_what_is_sought: The question shows 'Neil Armstrong'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_faults_on_documents_are_told(kind: str) -> None:
    example, reader, said = DOCUMENTS[kind]
    found = Answerability(reader, k=3, sources=CORPUS, ablation=True).measure(dspy.Example(), example)
    assert not found.kept
    assert found.score == 0.0
    assert re.search(said, found.words), found.words
    assert example.question in found.words
    assert "Hop 1: Which spaceflight" in found.words


def test_a_near_duplicate_is_told_with_what_it_repeats(
    make: Any, mountains: Database, solver: Any, scripted: Any
) -> None:
    lm = scripted(lambda model, asked, number: HIGHEST)
    metric = Composite(Part(0.5, Answerability(solver, lm=lm, k=1)), Part(0.5, Diversity([KNOWN])))
    found = metric.measure(
        dspy.Example(database=mountains), make("Which mountain is the highest of them all?", HIGHEST)
    )
    assert found.score == 0.5
    assert f"It is a near-duplicate of: {KNOWN}" in found.words


@pytest.mark.parametrize("check", ["seed", "sql", "repair", "question"])
def test_where_a_go_ended_is_told(check: str, mountains: Database, solver: Any) -> None:
    verdict = Verdict(example_id="x", outcome="dropped", check=check, reason="The reply holds no more.")
    found = Answerability(solver, k=1).measure(dspy.Example(database=mountains), Attempt(sql=HIGHEST, verdict=verdict))
    where = {"sql": "the SQL"}.get(check, f"the {check}")
    assert found.words.startswith(f"No example came out: it ended at {where}. The reply holds no more.")
    assert HIGHEST in found.words


def test_what_a_go_began_with_and_which_hop_ended_it_are_told(solver: Any) -> None:
    verdict = Verdict(example_id="x", outcome="unjudged", check="hop", reason="The reply names nothing.")
    attempt = MultiHopAttempt(seed=MOON.seed, hops=MOON.hops[:1], verdict=verdict)
    words = Answerability(solver, k=1).measure(dspy.Example(corpus=CORPUS), attempt).words
    assert words.startswith("No example came out: it ended at hop 2. The reply names nothing.")
    assert f"The connection was: {MOON.seed.text}" in words
    assert "Hop 1: Which spaceflight" in words


@pytest.mark.parametrize(("repairs", "said"), [(0, ""), (1, "this one was mended once."), (2, "mended 2 times.")])
def test_that_sql_is_a_repair_s_is_told(
    repairs: int, said: str, make: Any, mountains: Database, solver: Any, scripted: Any
) -> None:
    lm = scripted(lambda model, asked, number: HIGHEST)
    metric, task = Answerability(solver, lm=lm, k=1), dspy.Example(database=mountains)
    fact = Seed(kind="model", text="One mountain is the highest.", source_ids=("mountains",))
    for sql, example in ((HIGHEST, make(KNOWN, HIGHEST)), (NEPAL, make(KNOWN, NEPAL))):
        made = example.model_copy(update={"seed": fact})
        words = metric.measure(task, Attempt(sql=sql, example=made, repairs=repairs)).words
        assert f"The fact was: {fact.text}\nThe SQL was: {sql}" in words
        assert ("mended" in words) == bool(said)
        assert words.endswith(said)
