"""When an example is kept: rules over its tries, and weights from how often they were right.

>>> KeepRule.parse("any", k=3)
KeepRule(need=1, of=3)
>>> KeepRule.parse(">= 4 of 8", k=8).decide((True, None, True, False, True, True, False, False))
'kept'
"""

import re
from collections.abc import Sequence

from pydantic import Field

from ..data.records import Outcome, Record, Verdict
from ..errors import ConfigError
from .checks.documents.guessing import above_chance

_COUNTED = re.compile(r"\s*>=\s*(\d+)(?:\s+of\s+(\d+))?\s*", re.ASCII)
_OF = re.compile(r"\s*(any|majority|all)(?:\s+of\s+(\d+))?\s*", re.ASCII)


class KeepRule(Record):
    """At least `need` of `of` tries must be right."""

    need: int = Field(ge=1)
    of: int = Field(ge=1)

    @classmethod
    def parse(cls, text: str, k: int | None = None) -> "KeepRule":
        """Read `any`, `majority`, `all` or `>= 4`, of `k` tries unless the rule says of how many: `>= 4 of 8`.

        Args:
            text: The rule.
            k: Tries that are made; a rule that names another number is an error. None: the rule's own number, else 3.

        Raises:
            ConfigError: no rule, no try, more right tries wanted than made, or another number of tries than `k`.
        """
        if k is not None and k < 1:
            raise ConfigError(f"k: {k} tries; 1 or more are needed.")
        counted, named = _COUNTED.fullmatch(text), _OF.fullmatch(text)
        if counted:
            need, of = int(counted[1]), int(counted[2] or k or 3)
        elif named:
            of = int(named[2]) if named[2] else k or 3
            need = {"any": 1, "majority": of // 2 + 1, "all": of}[named[1]]
        else:
            raise ConfigError(f"keep: {text!r} is no rule; write any, majority, all, or one like '>= 4 of 8'.")
        if not 1 <= need <= of:
            raise ConfigError(f"keep: {text!r} wants {need} right tries of {of}; from 1 to {of} can be wanted.")
        if k is not None and of != k:
            raise ConfigError(f"keep: {text!r} is about {of} tries, but k is {k}; leave k out or make them the same.")
        return cls(need=need, of=of)

    def decide(self, correct: Sequence[bool | None], chance: float = 0.0) -> Outcome:
        """Decide by the tries that the rule is about; unjudged only if the ones that could not be made would tip it.

        Args:
            correct: Of each try; None: it could not be made.
            chance: How often a guess is right. Above 0.0 twice as many tries count, those of both orders, and they must
                be right more often than guesses are (`guessing.above_chance`) too.
        """
        tries = correct[: self.asked(chance)]
        right = sum(one is True for one in tries)
        open_ = self.asked(chance) - _made(tries)
        if self._enough(right, chance):
            return "kept"
        return "unjudged" if self._enough(right + open_, chance) else "dropped"

    def apply(self, verdict: Verdict) -> Verdict:
        """Decide a judged example anew by this rule, from the tries that were made."""
        chance = _chance(verdict)
        tries = verdict.tries[: self.asked(chance)]
        made = [one.correct for one in tries]
        right, asked, wanted = sum(one is True for one in made), _made(made), self.asked(chance)
        outcome = self.decide(made, chance)
        more = f", and more than guesses give, of which {chance:.0%} are right" if chance else ""
        reason = f"{right} of {asked} tries gave the answer; {wanted // self.of * self.need} of {wanted} wanted{more}."
        if outcome == "unjudged":
            why = next((one.reason for one in tries if one.correct is None), "they were never made")
            reason = f"{wanted - asked} of {wanted} tries could not be made: {why}"
        evidence = {**verdict.evidence, "rule": str(self), "right": right, "made": asked}
        if chance:
            evidence["by_order"] = [_share(made[order::2]) for order in (0, 1)]
        return verdict.model_copy(update={"outcome": outcome, "reason": reason, "evidence": evidence})

    def asked(self, chance: float = 0.0) -> int:
        """Return how many tries count: as many again in the other order, where guesses are right by chance."""
        return 2 * self.of if chance else self.of

    def _enough(self, right: int, chance: float) -> bool:
        if not chance:
            return right >= self.need
        return right >= 2 * self.need and above_chance(right, 2 * self.of, chance)

    def __str__(self) -> str:
        """Spell the rule as `parse` reads it."""
        return f">= {self.need} of {self.of}"


def _chance(verdict: Verdict) -> float:
    """Return how often a guess is right, as `Answerability` noted it; 0.0 of what is not easy to guess."""
    given = verdict.evidence.get("chance")
    return given if isinstance(given, float) else 0.0


def _share(correct: Sequence[bool | None]) -> str:
    return f"{sum(one is True for one in correct)} of {_made(correct)}"


def _made(correct: Sequence[bool | None]) -> int:
    return sum(one is not None for one in correct)


def pass_rate(verdict: Verdict) -> float | None:
    """Return the share of right tries among those made, 0.0 to 1.0; None if none was made."""
    made = [one.correct for one in verdict.tries if one.correct is not None]
    return sum(made) / len(made) if made else None


def learnability(verdict: Verdict) -> float:
    """Return p(1-p), 0.0 to 0.25, with p = (right + 1) / (made + 2): what is half known teaches most.

    The added tries keep examples that were always right from weighing nothing: three of three do not prove p = 1.
    """
    made = [one.correct for one in verdict.tries if one.correct is not None]
    right, asked = sum(made), len(made)
    return (right + 1) * (asked - right + 1) / (asked + 2) ** 2
