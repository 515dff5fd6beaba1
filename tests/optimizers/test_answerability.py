"""k tries by a scripted model: how they decide, what they cost, and the faces DSPy's optimizers call."""

import asyncio
from typing import Any

import dspy
import pytest

from source2synth.data.records import Attempt, Database, SQLExample, Verdict
from source2synth.errors import ConfigError, ReplyError
from source2synth.optimizers import Answerability, Answerer

HIGHEST = "SELECT name FROM mountains ORDER BY height_m DESC LIMIT 1"
OVER = "SELECT name FROM mountains WHERE height_m > 8400"
GARBAGE = ""
"""What the scripted model turns into a reply without a field."""


@pytest.fixture
def highest(make: Any) -> SQLExample:
    example = make("What is the highest mountain?", HIGHEST)
    assert isinstance(example, SQLExample)
    return example


def says(*replies: str) -> Any:
    """Answer the n-th time with the n-th reply."""
    return lambda model, question, number: replies[number % len(replies)]


async def test_any_right_try_keeps_and_the_tries_are_told(
    highest: SQLExample, mountains: Database, solver: Any, scripted: Any
) -> None:
    lm = scripted(says("SELECT nope FROM mountains", OVER, HIGHEST))
    verdict = await Answerability(solver, lm=lm, k=3).judge(highest, mountains)
    assert verdict.outcome == "kept"
    assert sorted(one.correct for one in verdict.tries) == [False, False, True]
    reasons = {one.answer: one.reason for one in verdict.tries}
    assert "nope" in reasons["SELECT nope FROM mountains"]
    assert "row" in reasons[OVER]
    assert verdict.evidence["right"] == 1
    assert {temperature for _, _, temperature in lm.script.asked} == {0.7}
    assert sum(one.output_tokens for one in verdict.tries) == 9


@pytest.mark.parametrize(("keep", "outcome"), [("any", "kept"), ("majority", "dropped"), (">= 2 of 3", "dropped")])
async def test_the_rule_decides(
    keep: str, outcome: str, highest: SQLExample, mountains: Database, solver: Any, scripted: Any
) -> None:
    lm = scripted(says(OVER, OVER, HIGHEST))
    assert (await Answerability(solver, lm=lm, keep=keep).judge(highest, mountains)).outcome == outcome


async def test_a_rule_brings_its_number_of_tries(
    highest: SQLExample, mountains: Database, solver: Any, scripted: Any
) -> None:
    verdict = await Answerability(solver, lm=scripted(says(HIGHEST)), keep=">= 4 of 8").judge(highest, mountains)
    assert len(verdict.tries) == 8
    with pytest.raises(ConfigError, match="about 8 tries, but k is 3"):
        Answerability(solver, keep=">= 4 of 8", k=3)


async def test_no_reply_leaves_unjudged_and_is_tried_again(
    highest: SQLExample, mountains: Database, solver: Any, scripted: Any
) -> None:
    lm = scripted(says(GARBAGE, OVER, OVER, GARBAGE, HIGHEST, HIGHEST, HIGHEST))  # a bad reply is asked for once more
    judge = Answerability(solver, lm=lm, k=3)
    with dspy.context(adapter=dspy.ChatAdapter(use_json_adapter_fallback=False)):
        first = await judge.judge(highest, mountains)
    assert first.outcome == "unjudged"
    assert [one.correct for one in first.tries].count(None) == 1
    assert "no SQL" in first.reason
    lm.script.reply = says(HIGHEST)
    assert (await judge.judge(highest, mountains)).outcome == "kept"


async def test_a_missing_reply_does_not_matter_where_the_rule_is_decided(
    highest: SQLExample, mountains: Database, solver: Any, scripted: Any
) -> None:
    lm = scripted(lambda model, question, number: GARBAGE if number == 0 else HIGHEST)
    verdict = await Answerability(solver, lm=lm, k=3).judge(highest, mountains)
    assert verdict.outcome == "kept"


async def test_judged_once(highest: SQLExample, mountains: Database, solver: Any, scripted: Any) -> None:
    lm = scripted(says(HIGHEST))
    judge = Answerability(solver, lm=lm, k=3)
    assert await judge.judge(highest, mountains) is await judge.judge(highest, mountains)
    assert len(lm.script.asked) == 3


async def test_each_try_has_its_own_rollout_the_same_every_time(
    highest: SQLExample, mountains: Database, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from source2synth.optimizers import answerability

    seen: list[int] = []

    async def note(
        solver: Any, lm: Any, example: Any, database: Any, match: Any, temperature: Any, rollout: int
    ) -> Any:
        seen.append(rollout)
        return answerability.Try(answer="", correct=True)

    monkeypatch.setattr(answerability, "one_try", note)
    other = make("How high is K2?", "SELECT height_m FROM mountains WHERE name = 'K2'")
    for example, seed in ((highest, 0), (highest, 0), (highest, 1), (other, 0)):
        await Answerability(None, k=4, seed=seed).judge(example, mountains)
    runs = [tuple(seen[at : at + 4]) for at in range(0, 16, 4)]
    assert runs[0] == runs[1]
    assert len({one for run in runs for one in run}) == 12


async def test_order_counts_only_under_order_by(make: Any, mountains: Database, solver: Any, scripted: Any) -> None:
    backwards = "SELECT name FROM mountains WHERE height_m > 8400 ORDER BY height_m"
    lm = scripted(says(backwards))
    loose = make("Which are over 8400 m?", OVER)
    strict = make("Which are over 8400 m, highest first?", f"{OVER} ORDER BY height_m DESC")
    assert (await Answerability(solver, lm=lm).judge(loose, mountains)).outcome == "kept"
    verdict = await Answerability(solver, lm=lm).judge(strict, mountains)
    assert verdict.outcome == "dropped"
    assert "order" in verdict.tries[0].reason


async def test_luck_does_not_survive_changed_contents(
    make: Any, mountains: Database, solver: Any, scripted: Any
) -> None:
    example = make("Which in the Himalaya are over 8,200 m?", f"{OVER.replace('8400', '8200')} AND range = 'Himalaya'")
    lucky = "SELECT name FROM mountains WHERE name IN ('Mount Everest', 'Lhotse', 'Makalu')"
    rewritten = "SELECT name FROM mountains WHERE range IN ('Himalaya') AND NOT height_m <= 8200"
    lm = scripted(says(lucky, lucky, rewritten))
    on_one = await Answerability(solver, lm=lm, keep="all").judge(example, mountains)
    assert on_one.outcome == "kept"
    lm = scripted(says(lucky, lucky, rewritten))
    on_four = await Answerability(solver, lm=lm, perturbed=3).judge(example, mountains)
    assert {one.answer: one.correct for one in on_four.tries} == {lucky: False, rewritten: True}
    assert "luck" in next(one.reason for one in on_four.tries if not one.correct)


async def test_many_are_judged_in_their_order(make: Any, mountains: Database, solver: Any, scripted: Any) -> None:
    names = ["K2", "Lhotse", "Makalu"]
    sql = "SELECT height_m FROM mountains WHERE name = '{}'"
    examples = [make(f"How high is {name}?", sql.format(name)) for name in names]
    lm = scripted(lambda model, question, number: sql.format("K2" if "K2" in question else "Twin"))
    verdicts = await Answerability(solver, lm=lm).judge_all(examples, mountains, flight=2)
    assert [verdict.example_id for verdict in verdicts] == [example.id for example in examples]
    assert [verdict.outcome for verdict in verdicts] == ["kept", "dropped", "dropped"]


def test_a_metric_gives_a_share_without_a_trace_and_a_bool_with_one(
    highest: SQLExample, mountains: Database, solver: Any, scripted: Any
) -> None:
    metric = Answerability(solver, lm=scripted(says(HIGHEST, OVER, OVER)), k=3, sources=mountains)
    assert metric(highest) == pytest.approx(1 / 3)
    assert metric(highest, trace=[]) is True
    none = Answerability(solver, lm=scripted(says(OVER)), k=3, sources=mountains)
    assert none(highest) == 0.0
    assert none(highest, trace=[]) is False


def test_a_metric_judges_what_a_generator_made(
    highest: SQLExample, mountains: Database, solver: Any, scripted: Any
) -> None:
    metric = Answerability(solver, lm=scripted(says(HIGHEST)))
    gold = dspy.Example(database=mountains, table="mountains").with_inputs("database", "table")
    ended = Verdict(example_id="", outcome="dropped", check="sql", reason="No such column.")
    assert metric(gold, Attempt(example=highest)) == 1.0
    assert metric(gold, highest) == 1.0
    assert metric(gold, Attempt(verdict=ended)) == 0.0
    assert metric(gold, Attempt(verdict=ended), trace=[]) is False
    with pytest.raises(ConfigError, match="no sources"):
        metric(highest)


def test_gepa_hears_which_try_failed_and_why(
    highest: SQLExample, mountains: Database, solver: Any, scripted: Any
) -> None:
    metric = Answerability(solver, lm=scripted(says("SELECT nope FROM mountains", HIGHEST)), k=2, sources=mountains)
    result = metric.as_gepa()(highest, None)
    assert result.score == 0.5
    assert "no such column: nope" in result.feedback
    assert "was right" in result.feedback
    ended = Verdict(example_id="", outcome="dropped", check="sql", reason="No such column.")
    assert "No such column." in metric.as_gepa()(dspy.Example(), Attempt(verdict=ended)).feedback


def test_no_score_is_made_up_where_nothing_was_said(
    highest: SQLExample, mountains: Database, solver: Any, scripted: Any
) -> None:
    metric = Answerability(solver, lm=scripted(says(GARBAGE)), sources=mountains)
    with pytest.raises(ReplyError, match="no score"):
        metric(highest)
    assert metric(highest, trace=[]) is False


async def test_the_metric_can_be_called_inside_a_running_loop(
    highest: SQLExample, mountains: Database, solver: Any, scripted: Any
) -> None:
    metric = Answerability(solver, sources=mountains)
    with dspy.context(lm=scripted(says(HIGHEST))):
        assert metric(highest) == 1.0
        assert await asyncio.to_thread(metric, highest) == 1.0


def test_a_bound_solver_brings_its_model(highest: SQLExample, mountains: Database, solver: Any, scripted: Any) -> None:
    bound = Answerer(solver, scripted(says(HIGHEST)))
    assert Answerability(bound, sources=mountains)(highest) == 1.0
    assert asyncio.run(bound.acall(mountains, "What is the highest mountain?")).sql == HIGHEST
