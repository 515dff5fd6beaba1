"""Keep rules: how they are read, how they decide, and what they say when they cannot be read."""

from itertools import product

import pytest

from source2synth.data.records import Try, Verdict
from source2synth.errors import ConfigError
from source2synth.optimizers.rules import KeepRule, learnability, pass_rate


@pytest.mark.parametrize(
    ("text", "k", "need", "of"),
    [
        ("any", None, 1, 3),
        ("any", 5, 1, 5),
        ("any of 3", 3, 1, 3),
        ("majority", 3, 2, 3),
        ("majority", 8, 5, 8),
        ("all", 3, 3, 3),
        (">= 4 of 8", None, 4, 8),
        (">=4 of 8", 8, 4, 8),
        (">= 2", 3, 2, 3),
    ],
)
def test_rules_that_can_be_read(text: str, k: int | None, need: int, of: int) -> None:
    rule = KeepRule.parse(text, k)
    assert (rule.need, rule.of) == (need, of)
    assert KeepRule.parse(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "k", "message"),
    [
        ("some", None, "'some' is no rule; write any, majority, all"),
        ("", None, "is no rule"),
        ("> 4 of 8", None, "is no rule"),
        (">= 9 of 8", None, "wants 9 right tries of 8"),
        (">= 0 of 3", None, "wants 0 right tries of 3"),
        (">= 4 of 8", 3, "about 8 tries, but k is 3"),
        ("any of 5", 3, "about 5 tries, but k is 3"),
    ],
)
def test_rules_that_cannot(text: str, k: int | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        KeepRule.parse(text, k)


def test_unjudged_only_if_the_missing_tries_would_tip_it() -> None:
    for text in ("any", "majority", "all"):
        rule = KeepRule.parse(text, 3)
        for correct in product((True, False, None), repeat=3):
            # What the decision would be, were the missing tries right, and were they wrong.
            best = rule.decide([True if one is None else one for one in correct])
            worst = rule.decide([bool(one) for one in correct])
            assert rule.decide(correct) == (best if best == worst else "unjudged")


def test_tries_that_were_never_made_count_as_missing() -> None:
    rule = KeepRule.parse(">= 2 of 8")
    assert rule.decide([True]) == "unjudged"
    assert rule.decide([True, True]) == "kept"


def verdict(*correct: bool | None) -> Verdict:
    tries = tuple(Try(answer="", correct=one, reason="no reply" if one is None else "") for one in correct)
    return Verdict(example_id="e", outcome="kept", check="answerability", reason="", tries=tries)


def test_a_verdict_is_decided_anew() -> None:
    judged = verdict(True, False, False, True, None, False, True, True)
    assert KeepRule.parse("any of 3").apply(judged).outcome == "kept"
    assert KeepRule.parse("majority of 3").apply(judged).outcome == "dropped"
    assert KeepRule.parse(">= 4 of 8").apply(judged).outcome == "kept"
    unjudged = KeepRule.parse(">= 5 of 8").apply(judged)
    assert unjudged.outcome == "unjudged"
    assert "no reply" in unjudged.reason
    assert unjudged.tries == judged.tries


def test_what_is_half_known_weighs_most() -> None:
    assert pass_rate(verdict(True, False, None)) == 0.5
    assert pass_rate(verdict(None, None)) is None
    always, half, never = verdict(*[True] * 4), verdict(True, True, False, False), verdict(*[False] * 4)
    assert learnability(half) == 0.25
    assert learnability(half) > learnability(always) == learnability(never) > 0
