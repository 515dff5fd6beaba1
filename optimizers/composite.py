"""Several measures of one result, weighed: answerability, naturalness, diversity, difficulty, cost.

metric = Composite(Part(0.7, answerable), Part(0.2, Naturalness(judge)), Part(0.1, Difficulty(answerable)))
print(metric)  # 0.7 answerability + 0.2 naturalness + 0.1 difficulty
"""

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, Self

from ..data.records import content_id
from ..errors import ConfigError, ReplyError
from .answerability import Answerability
from .checks.similar import SIMILAR
from .checks.wording import words
from .kinds import is_example
from .measuring import Faces, Measured, Wrap


class Measure(Protocol):
    """One part of a composite metric; `metric.Metric` with a name."""

    name: str

    def measure(self, task: Any, made: Any) -> Measured:
        """Measure; a score of None leaves this part out of the sum."""
        ...

    def with_models(self, wrap: Wrap) -> Self:
        """Return this measure with its models wrapped."""
        ...


class Part(NamedTuple):
    """A measure and its weight."""

    weight: float
    measure: Any
    """A `Measure`; its result may be an `Answerability`."""


class Composite(Faces):
    """The weighed mean of several measures; what could not be measured is left out, not taken for bad.

    - Where no example came out, or the first part keeps nothing of it, the score is that of the first part, weighed.
    - `unscored` counts, by measure, how often one could not be made; of an optimization its notes say so.
    """

    def __init__(self, *parts: Part) -> None:
        """Weigh measures; the first one decides what is a demonstration.

        Raises:
            ConfigError: there are none, or a weight is not above 0.
        """
        if not parts or min(part.weight for part in parts) <= 0:
            raise ConfigError("A composite metric takes one or more parts, each with a weight above 0.")
        self.parts = parts
        self.unscored: dict[str, int] = {}
        self._lock = threading.Lock()

    def __str__(self) -> str:
        """Show the weights: `0.7 answerability + 0.3 naturalness`."""
        return " + ".join(f"{part.weight:g} {name_of(part.measure)}" for part in self.parts)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each part by its name."""
        return {name: part.weight for name, part in zip(self._names, self.parts, strict=True)}

    @property
    def _names(self) -> list[str]:
        """Name the parts; the second one of a name is told apart by a number."""
        names = [name_of(part.measure) for part in self.parts]
        before = [names[:at].count(name) for at, name in enumerate(names)]
        return [f"{name} {count + 1}" if count else name for name, count in zip(names, before, strict=True)]

    def measure(self, task: Any, made: Any) -> Measured:
        """Measure by every part; the words say what each gave."""
        first = self.parts[0].measure.measure(task, made)
        total = sum(part.weight for part in self.parts)
        if not first.kept:
            score = None if first.score is None else first.score * self.parts[0].weight / total
            return Measured(score=score, kept=False, words=first.words, parts=self._by_name([first]))
        found = [first, *(part.measure.measure(task, made) for part in self.parts[1:])]
        scored = [(part, one.score) for part, one in zip(self.parts, found, strict=True) if one.score is not None]
        self._count([name_of(part.measure) for part, one in zip(self.parts, found, strict=True) if one.score is None])
        weight = sum(part.weight for part, _ in scored)
        score = sum(part.weight * score for part, score in scored) / weight if scored else None
        told = [_told(part, one, total) for part, one in zip(self.parts, found, strict=True)]
        return Measured(score=score, kept=first.kept, words="\n".join(told), parts=self._by_name(found))

    def with_models(self, wrap: Wrap) -> "Composite":
        """Return the same metric with the models of all parts wrapped."""
        known: dict[int, Any] = {}  # parts may share one answerability, which is then asked once
        for part in self.parts:
            inner = getattr(part.measure, "answerability", part.measure)
            known.setdefault(id(inner), inner.with_models(wrap))
        return Composite(*(Part(part.weight, _rewired(part.measure, known)) for part in self.parts))

    def _by_name(self, found: Sequence[Measured]) -> dict[str, float]:
        # where the first part keeps nothing, it is the only one that was measured
        return {name: one.score for name, one in zip(self._names, found, strict=False) if one.score is not None}

    def _count(self, names: Sequence[str]) -> None:
        with self._lock:
            for name in names:
                self.unscored[name] = self.unscored.get(name, 0) + 1


def weights_of(metric: Any) -> dict[str, Any]:
    """Return the weights of a composite metric, as they are written beside all that it scores; of another, nothing."""
    return {"weights": metric.weights} if isinstance(metric, Composite) else {}


def _told(part: Part, found: Measured, total: float) -> str:
    score = "not measured" if found.score is None else f"{found.score:.2f}"
    return f"{name_of(part.measure)} ({part.weight / total:.0%}): {score}. {found.words}"


def _rewired(measure: Any, known: dict[int, Any]) -> Any:
    if isinstance(measure, Difficulty):
        return Difficulty(known[id(measure.answerability)])
    return known[id(measure)]


def name_of(measure: Any) -> str:
    """Return the name of a measure."""
    return str(getattr(measure, "name", "") or type(measure).__name__.lower())


class Difficulty:
    """4 p(1-p), p being the share of right tries: 1.0 where the solver is right every other time, 0.0 at the ends."""

    name = "difficulty"

    def __init__(self, answerability: Answerability) -> None:
        self.answerability = answerability

    def measure(self, task: Any, made: Any) -> Measured:
        """Measure from the tries that answerability makes anyway."""
        rate = self.answerability.measure(task, made).score
        if rate is None:
            return Measured(score=None, kept=False, words="No try could be made.")
        told = "too easy" if rate > 0.75 else "too hard" if rate < 0.25 else "about right"
        return Measured(
            score=4 * rate * (1 - rate), kept=True, words=f"It is {told}: {rate:.0%} of the tries were right."
        )

    def with_models(self, wrap: Wrap) -> "Difficulty":
        """Return the same measure with its models wrapped."""
        return Difficulty(self.answerability.with_models(wrap))


class Naturalness:
    """How natural a question is, rated by a model; a judge that fails scores nothing. Each question is rated once."""

    name = "naturalness"

    def __init__(self, lm: Any) -> None:
        self.lm = lm
        self._known: dict[str, Measured] = {}

    def measure(self, task: Any, made: Any) -> Measured:
        """Ask the judge."""
        example = example_of(made)
        if example is None:
            return Measured(score=None, kept=False, words="There is no question.")
        key = content_id(str(self.lm.model), example.question)
        found = self._known.get(key) or self._rated(example.question)
        if found.score is not None:
            self._known[key] = found
        return found

    def with_models(self, wrap: Wrap) -> "Naturalness":
        """Return the same judge, wrapped."""
        return Naturalness(wrap(self.lm))

    def _rated(self, question: str) -> Measured:
        from ..backends import speaking
        from ..programs.rate_wording import RateWording

        try:
            with speaking(self.lm):
                rating = RateWording()(question)
        except ReplyError as error:
            return Measured(score=None, kept=False, words=f"The judge gave no rating: {error}")
        return Measured(score=rating.score, kept=rating.score >= 0.5, words=f"Least natural: {rating.fault}.")


class Diversity:
    """1.0 for a question unlike those known, 0.0 for a near-duplicate of one; between them by likeness.

    Known are the questions it is given. Those made for other tasks are not compared: what one result is worth must not
    hang on the order in which results come.
    """

    name = "diversity"

    def __init__(self, known: Sequence[str]) -> None:
        self.known = tuple((question, _pieces(question)) for question in known)

    def measure(self, task: Any, made: Any) -> Measured:
        """Compare with every known question by the four-letter pieces they share."""
        example = example_of(made)
        if example is None:
            return Measured(score=None, kept=False, words="There is no question.")
        own = _pieces(example.question)
        likeness, nearest = max(((_likeness(own, pieces), text) for text, pieces in self.known), default=(0.0, ""))
        if likeness >= SIMILAR:
            return Measured(score=0.0, kept=False, words=f"It is a near-duplicate of: {nearest}")
        return Measured(
            score=1 - likeness / SIMILAR, kept=True, words=f"{likeness:.0%} like the nearest known question."
        )

    def with_models(self, wrap: Wrap) -> "Diversity":
        """Return the same: it asks no model."""
        return self


class Cost:
    """1.0 for a result that took no tokens, 0.0 for one that took `most` or more."""

    name = "cost"

    def __init__(self, most: int) -> None:
        """Say how many tokens, of prompts and replies, a result may take at most."""
        self.most = most

    def measure(self, task: Any, made: Any) -> Measured:
        """Measure by the tokens that were counted while the result was made; nothing where they were not."""
        tokens = getattr(made, "tokens", None)
        if tokens is None:
            return Measured(score=None, kept=False, words="Its tokens were not counted.")
        return Measured(score=max(0.0, 1 - tokens / self.most), kept=True, words=f"It took {tokens:,} tokens.")

    def with_models(self, wrap: Wrap) -> "Cost":
        """Return the same: it asks no model."""
        return self


def example_of(made: Any) -> Any:
    """Return the example in what a program made, or None."""
    inner = made if is_example(made) else getattr(made, "example", None)
    return inner if is_example(inner) else None


def _pieces(question: str) -> frozenset[str]:
    text = " ".join(words(question))
    return frozenset(text[at : at + 4] for at in range(max(1, len(text) - 3)))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
