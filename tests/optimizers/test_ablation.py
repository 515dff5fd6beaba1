"""Ablation with solvers that read, guess, know already or fail."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from source2synth.data.document_records import HopAnswer, MultiHopExample, Passage
from source2synth.errors import ConfigError, ReplyError
from source2synth.optimizers.checks.documents import Ablation, Library
from source2synth.programs import unanswerable_twin

from ..programs.articles import CORPUS, GRAPH, IDS, LONGER, MOON

LIBRARY = Library(CORPUS, GRAPH)


class Reader:
    """A solver that answers by a function of the titles it sees, the question and how often it was asked."""

    def __init__(self, answer: Callable[[set[str], str, int], str]) -> None:
        self.answer = answer
        self.asked: list[tuple[frozenset[str], str]] = []

    async def acall(self, passages: Sequence[Passage], question: str) -> HopAnswer:
        titles = {passage.title for passage in passages}
        number = self.asked.count((frozenset(titles), question))
        self.asked.append((frozenset(titles), question))
        said = self.answer(titles, question, number)
        if said == "!":
            raise ReplyError("The reply could not be read.")
        return HopAnswer(answer=said)


async def judged(answer: Callable[[set[str], str, int], str], example: MultiHopExample = MOON, **given: Any) -> Any:
    reader = Reader(answer)
    return await Ablation(reader, **given).judge(example, LIBRARY), reader


GOLD = {"The Moon", "Neil Armstrong"}


async def test_kept_if_every_document_is_needed() -> None:
    verdict, reader = await judged(lambda titles, *_: "Neil Armstrong" if titles >= GOLD else "not stated")
    assert (verdict.outcome, verdict.check) == ("kept", "ablation")
    assert verdict.evidence == {
        "all": "3 of 3", "closed_book": "0 of 3", IDS["The Moon"]: "0 of 3", IDS["Neil Armstrong"]: "0 of 3"
    }  # fmt: skip
    assert len(reader.asked) == 12


@pytest.mark.parametrize(
    ("knows", "reason"),
    [
        (lambda titles: False, "not answered with all documents: 0 of 3"),
        (lambda titles: True, "answered closed-book"),
        (lambda titles: "Neil Armstrong" in titles, "answered without the document 'The Moon'"),
        (lambda titles: "The Moon" in titles, "answered without the document 'Neil Armstrong'"),
    ],
)
async def test_dropped_where_it_is_answered_without_or_not_at_all(knows: Any, reason: str) -> None:
    verdict, _ = await judged(lambda titles, *_: "Neil Armstrong" if knows(titles) else "Buzz Aldrin")
    assert verdict.outcome == "dropped"
    assert reason in verdict.reason


async def test_one_lucky_guess_neither_condemns_nor_is_asked_for_more() -> None:
    lucky = lambda titles, _, number: "Neil Armstrong" if titles >= GOLD or number == 0 else "?"  # noqa: E731
    assert (await judged(lucky))[0].outcome == "kept"
    once = lambda titles, _, number: "Neil Armstrong" if titles >= GOLD and number == 1 else "?"  # noqa: E731
    assert (await judged(once))[0].outcome == "kept"
    assert (await judged(once, need=2))[0].outcome == "dropped"


async def test_tries_that_could_not_be_made_leave_it_unjudged_where_they_decide() -> None:
    verdict, _ = await judged(lambda *_: "!")
    assert verdict.outcome == "unjudged"
    silent = lambda titles, *_: "Neil Armstrong" if titles >= GOLD else "!"  # noqa: E731
    assert (await judged(silent))[0].outcome == "unjudged"
    one = lambda titles, _, number: "Neil Armstrong" if titles >= GOLD else "!" if number == 0 else "?"  # noqa: E731
    assert (await judged(one))[0].outcome == "kept"


async def test_choices_are_asked_in_both_orders_and_guessing_does_not_pass() -> None:
    turned = "Which is longer, the Rhine or the Danube?"
    knows = lambda titles, *_: "Danube" if titles == {"Danube", "Rhine"} else "?"  # noqa: E731
    verdict, reader = await judged(knows, LONGER)
    assert verdict.outcome == "kept"
    assert (verdict.evidence["all"], verdict.evidence["orders"]) == ("6 of 6", 2)
    assert {question for _, question in reader.asked} == {LONGER.question, turned}
    first = lambda _, question, number: "Danube" if question == LONGER.question else "Rhine"  # noqa: E731
    verdict, _ = await judged(first, LONGER)
    assert "not answered with all documents: 3 of 6" in verdict.reason


async def test_a_choice_that_cannot_be_turned_says_so() -> None:
    stiff = LONGER.model_copy(update={"question": "Is it the Danube that is the longer one of the two?"})
    verdict, reader = await judged(lambda *_: "Danube", stiff)
    assert verdict.evidence["orders"] == 1
    assert {question for _, question in reader.asked} == {stiff.question}


async def test_a_guess_does_not_condemn_a_choice() -> None:
    guesses = lambda titles, _, number: (  # noqa: E731
        "Danube" if titles == {"Danube", "Rhine"} or number < 2 else "Rhine"
    )
    verdict, _ = await judged(guesses, LONGER)
    assert verdict.outcome == "kept"
    assert verdict.evidence["closed_book"] == "4 of 6"


async def test_a_comparison_is_dropped_if_one_of_the_two_is_enough() -> None:
    lengths = {"Danube": 2_850, "Rhine": 1_230}
    sees = lambda titles, *_: max(titles & set(lengths), key=lambda one: lengths[one], default="?")  # noqa: E731
    verdict, _ = await judged(sees, LONGER)
    assert verdict.outcome == "dropped"
    assert "answered without the document 'Rhine'" in verdict.reason
    careful = lambda titles, *_: "Danube" if len(titles & set(lengths)) == 2 else "not stated"  # noqa: E731
    verdict, _ = await judged(careful, LONGER)
    assert verdict.outcome == "kept"
    assert verdict.evidence[IDS["Rhine"]] == verdict.evidence[IDS["Danube"]] == "0 of 6"


async def test_a_twin_is_asked_with_what_it_has_only() -> None:
    twin = unanswerable_twin(MOON, 1)
    assert twin is not None
    verdict, reader = await judged(lambda *_: "not stated", twin)
    assert (verdict.outcome, len(reader.asked)) == ("kept", 3)
    assert (await judged(lambda *_: "Neil Armstrong", twin))[0].outcome == "dropped"


def test_more_right_tries_than_tries_cannot_be_wanted() -> None:
    with pytest.raises(ConfigError, match="need: 4"):
        Ablation(None, need=4)
