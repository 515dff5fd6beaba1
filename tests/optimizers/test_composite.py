"""Metrics with words: what each fault is told as, how measures are weighed, and judges that fail."""

import asyncio
import re
from typing import Any

import dspy
import pytest
from dspy.lm15 import Message, Response, TextPart, Usage

from source2synth.data.records import Attempt, Database, Verdict
from source2synth.errors import ConfigError
from source2synth.optimizers import Accuracy, Answerability, Composite, Cost, Difficulty, Diversity, Naturalness, Part
from source2synth.optimizers.prompts.candidates import Made

HIGHEST = "SELECT name FROM mountains ORDER BY height_m DESC LIMIT 1"
NEPAL = "SELECT name FROM mountains WHERE country = 'NP' AND range = 'Himalaya'"


def task(database: Database) -> Any:
    return dspy.Example(database=database).with_inputs("database")


@pytest.mark.parametrize(
    ("question", "sql", "said"),
    [
        ("Which are in NP?", NEPAL, r"does not say 'Himalaya'"),
        ("Which in NP lie in the Himalaya?", NEPAL, "The condition .* can be left out"),
        ("Which 2 mountains are named?", "SELECT name FROM mountains LIMIT 2", "LIMIT without ORDER BY"),
        (
            "Which 7 are the highest?",
            "SELECT name FROM mountains ORDER BY height_m DESC LIMIT 7",
            "Rows tie at the LIMIT under ORDER BY",
        ),
        ("Is Mount Everest the highest, and which is?", HIGHEST, "answer_not_in_question"),
    ],
)
def test_what_a_check_finds_is_told_before_a_try_is_paid(
    question: str, sql: str, said: str, make: Any, mountains: Database, solver: Any, scripted: Any
) -> None:
    lm = scripted(lambda model, question, number: sql)
    metric = Answerability(solver, lm=lm, k=2)
    found = metric.measure(task(mountains), Attempt(example=make(question, sql)))
    assert (found.score, found.kept) == (0.0, False)
    assert re.search(said, found.words), found.words
    assert question in found.words
    assert lm.script.asked == []
    assert metric.as_gepa()(task(mountains), make(question, sql)).feedback == found.words


def test_where_an_attempt_ended_is_told(mountains: Database, solver: Any) -> None:
    verdict = Verdict(example_id="x", outcome="dropped", check="executes", reason="no such column: hight")
    made = Attempt(sql="SELECT hight FROM mountains", verdict=verdict)
    found = Answerability(solver, k=1).measure(task(mountains), made)
    assert "it ended at the SQL. no such column: hight" in found.words
    assert "SELECT hight FROM mountains" in found.words


def test_weights_are_shown_and_what_is_not_measured_is_left_out(
    make: Any, mountains: Database, solver: Any, scripted: Any
) -> None:
    right = scripted(lambda model, question, number: HIGHEST if number % 2 else "SELECT 1")
    answerable = Answerability(solver, lm=right, k=2)
    silent = Naturalness(scripted(lambda model, question, number: ""))
    metric = Composite(
        Part(0.6, answerable), Part(0.3, silent), Part(0.2, Difficulty(answerable)), Part(0.1, Cost(most=100))
    )
    assert str(metric) == "0.6 answerability + 0.3 naturalness + 0.2 difficulty + 0.1 cost"
    example = make("What is the highest mountain?", HIGHEST)
    made = Made("program", Attempt(example=example), tokens=25)
    with dspy.context(adapter=dspy.ChatAdapter(use_json_adapter_fallback=False)):
        found = metric.measure(task(mountains), made)
    assert found.score == pytest.approx((0.6 * 0.5 + 0.2 * 1.0 + 0.1 * 0.75) / 0.9)
    assert metric.unscored == {"naturalness": 1}
    assert "naturalness (25%): not measured. The judge gave no rating" in found.words
    assert metric(task(mountains), made, trace=[]) is True
    assert metric.weights == {"answerability": 0.6, "naturalness": 0.3, "difficulty": 0.2, "cost": 0.1}
    assert found.parts == {"answerability": 0.5, "difficulty": 1.0, "cost": 0.75}


def test_parts_of_one_name_are_told_apart(make: Any, mountains: Database) -> None:
    metric = Composite(Part(1, Diversity(["How long is the Nile?"])), Part(2, Diversity(["Who wrote Emma?"])))
    assert metric.weights == {"diversity": 1, "diversity 2": 2}
    found = metric.measure(task(mountains), make("What is the highest mountain?", HIGHEST))
    assert set(found.parts) == {"diversity", "diversity 2"}


def test_a_judge_rates_each_question_once(make: Any, mountains: Database, scripted: Any) -> None:
    lm = scripted(lambda model, question, number: "")
    asked: list[str] = []

    def complete(request: Any) -> Any:
        asked.append(request.messages[-1].text)
        said = "[[ ## fault ## ]]\nstiff\n\n[[ ## rating ## ]]\n4\n\n[[ ## completed ## ]]"
        message = Message.assistant([TextPart(said)])
        usage = Usage(input_tokens=1, output_tokens=1)
        return Response(id=None, model=request.model, message=message, finish_reason="stop", usage=usage)

    lm.engine.complete = complete
    judge = Naturalness(lm)
    example = make("What is the highest mountain?", HIGHEST)
    assert [judge.measure(task(mountains), example).score for _ in range(2)] == [0.75, 0.75]
    assert len(asked) == 1


def test_near_duplicates_are_named(make: Any, mountains: Database) -> None:
    known = Diversity(["What is the highest mountain of all?", "How long is the Nile?"])
    example = make("What is the highest mountain of all", HIGHEST)
    found = known.measure(task(mountains), example)
    assert (found.score, found.words) == (0.0, "It is a near-duplicate of: What is the highest mountain of all?")
    assert known.measure(task(mountains), make("Name the tallest peak.", HIGHEST)).score > 0.5


@pytest.mark.parametrize("parts", [(), (Part(0.0, Cost(1)),)])
def test_parts_must_weigh_something(parts: tuple[Part, ...]) -> None:
    with pytest.raises(ConfigError, match="weight above 0"):
        Composite(*parts)


def test_verdicts_are_remembered_by_example_and_model(
    make: Any, mountains: Database, solver: Any, scripted: Any
) -> None:
    example = make("What is the highest mountain?", HIGHEST)
    first, second = (
        scripted(lambda m, q, n: HIGHEST),
        scripted(lambda m, q, n: "SELECT 1", "scripted/other"),
    )
    metric = Answerability(solver, k=1)
    scores = []
    for lm in (first, first, second):
        with dspy.context(lm=lm):
            scores.append(metric(task(mountains), example))
    assert scores == [1.0, 1.0, 0.0]
    assert len(first.script.asked) == 1


def test_a_score_of_nothing_is_false_where_truth_is_asked(
    make: Any, mountains: Database, solver: Any, scripted: Any
) -> None:
    metric = Answerability(solver, lm=scripted(lambda m, q, n: "SELECT 1"), k=1)
    example = make("What is the highest mountain?", HIGHEST)
    assert metric(task(mountains), example, trace=[]) is False
    assert metric(task(mountains), example) == 0.0


def test_accuracy_tells_what_was_wrong(make: Any, mountains: Database, solver: Any, scripted: Any) -> None:
    example = make("What is the highest mountain?", HIGHEST)
    asked = dspy.Example(database=mountains, question=example.asked, example=example).with_inputs(
        "database", "question"
    )
    for sql, score in ((HIGHEST, 1.0), ("SELECT name FROM mountains WHERE height_m = 1", 0.0)):
        with dspy.context(lm=scripted(lambda m, q, n, sql=sql: sql)):
            answer = asyncio.run(solver.acall(database=mountains, question=example.asked))
        found = Accuracy().measure(asked, answer)
        assert found.score == score
    assert sql in found.words
    assert HIGHEST in found.words
