"""The filter on documents: what is easy to guess is asked in both orders, and must be known more often than guessed."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from source2synth.data.document_records import HopAnswer, MultiHopExample, Passage
from source2synth.data.records import Verdict
from source2synth.errors import ReplyError
from source2synth.optimizers import Answerability, KeepRule
from source2synth.programs.contexts import gold_passages

from ..programs.articles import CORPUS, LONGER, MOON

TURNED = "Which is longer, the Rhine or the Danube?"
STIFF = LONGER.model_copy(update={"question": "Is it the Danube that is the longer one of the two?"})


class Reader:
    """A solver that answers by a function of the question and how often that question was asked."""

    def __init__(self, answer: Callable[[str, int], str]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def acall(self, passages: Sequence[Passage], question: str) -> HopAnswer:
        self.asked.append(question)
        said = self.answer(question, self.asked.count(question) - 1)
        if said == "!":
            raise ReplyError("The reply could not be read.")
        return HopAnswer(answer=said)


async def judged(
    answer: Callable[[str, int], str], example: MultiHopExample = LONGER, *, closed: bool = False, **given: Any
) -> tuple[Verdict, Reader]:
    reader = Reader(answer)
    view = () if closed else gold_passages(CORPUS, example.seed.source_ids, example.hops)
    return await Answerability(reader, **given).judge(example, view), reader


async def test_an_open_question_is_asked_as_before() -> None:
    verdict, reader = await judged(lambda question, number: "Neil Armstrong" if number else "?", MOON)
    assert (verdict.outcome, reader.asked) == ("kept", [MOON.question] * 3)
    assert {"chance", "orders", "by_order"}.isdisjoint(verdict.evidence)


async def test_a_choice_is_asked_in_both_orders_with_evidence() -> None:
    verdict, reader = await judged(lambda *_: "Danube")
    assert verdict.outcome == "kept"
    assert reader.asked == [LONGER.question, TURNED] * 3
    told = {name: verdict.evidence[name] for name in ("chance", "orders", "by_order", "right", "made")}
    assert told == {"chance": 0.5, "orders": 2, "by_order": ["3 of 3", "3 of 3"], "right": 6, "made": 6}
    assert "more than guesses give, of which 50% are right" in verdict.reason


@pytest.mark.parametrize(
    ("answer", "by_order"),
    [
        (lambda question, _: "Danube" if question == LONGER.question else "Rhine", ["3 of 3", "0 of 3"]),
        (lambda question, number: "Danube" if number or question == TURNED else "Rhine", ["2 of 3", "3 of 3"]),
    ],
    ids=["the first one named", "five of six"],
)
async def test_guesses_do_not_pass(answer: Any, by_order: list[str]) -> None:
    verdict, _ = await judged(answer)
    assert (verdict.outcome, verdict.evidence["by_order"]) == ("dropped", by_order)


async def test_the_rule_is_kept_beside_chance() -> None:
    nearly = lambda question, number: "Rhine" if question == TURNED and number < 3 else "Danube"  # noqa: E731
    loose, _ = await judged(nearly, k=8)
    assert (loose.outcome, loose.evidence["right"]) == ("kept", 13)
    strict = KeepRule.parse("all", 8).apply(loose)
    assert (strict.outcome, "16 of 16 wanted" in strict.reason) == ("dropped", True)
    few = KeepRule.parse("any", 3).apply(loose)
    assert (few.evidence["by_order"], few.outcome) == (["3 of 3", "0 of 3"], "dropped")


async def test_what_cannot_be_turned_is_asked_as_often_in_one_order() -> None:
    verdict, reader = await judged(lambda *_: "Danube", STIFF)
    assert (verdict.outcome, verdict.evidence["orders"]) == ("kept", 1)
    assert reader.asked == [STIFF.question] * 6
    assert len({one.output_tokens for one in verdict.tries}) == 1


async def test_closed_book_turns_what_the_question_itself_tells_apart() -> None:
    verdict, reader = await judged(lambda *_: "Danube", closed=True)
    assert (verdict.evidence["orders"], set(reader.asked)) == (2, {LONGER.question, TURNED})


async def test_tries_that_could_not_be_made_leave_a_choice_unjudged_where_they_would_tip_it() -> None:
    silent = lambda question, number: "!" if question == TURNED and number == 0 else "Danube"  # noqa: E731
    verdict, _ = await judged(silent)
    assert (verdict.outcome, verdict.evidence["made"]) == ("unjudged", 5)
    assert verdict.reason.startswith("1 of 6 tries could not be made")
    wrong = lambda question, number: "!" if question == TURNED and number == 0 else "Rhine"  # noqa: E731
    assert (await judged(wrong))[0].outcome == "dropped"


async def test_each_order_has_rollouts_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from source2synth.optimizers import answerability

    seen: list[int] = []

    async def note(*given: Any) -> Any:
        seen.append(given[-1])
        return answerability.Try(answer="", correct=True)

    monkeypatch.setattr(answerability, "one_try", note)
    await judged(lambda *_: "", k=3)
    await judged(lambda *_: "", k=4)
    assert len(set(seen[:6])) == 6
    assert seen[6:12] == seen[:6]  # more tries repeat none and lose none
