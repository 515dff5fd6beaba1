"""Answerability: how many of k sampled answers of a solver give an example's answer, and if that is enough."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from functools import partial
from typing import Any

import dspy
from pydantic import JsonValue

from ..data.document_records import Example, MultiHopExample, Sources
from ..data.records import Try, Verdict
from ..data.sandbox import Sandbox
from ..errors import ConfigError, ReplyError
from ..evaluation.judging import judged, views
from ..programs.provenance import program_id
from .ablating import ablate, with_ablation
from .answerer import Answerer
from .checks.documents import orders
from .feedback import answered, ended, mended, refused
from .kinds import are_sources, is_example, kind_of
from .measuring import Measured, Wrap
from .rules import KeepRule, pass_rate
from .tries import one_try, try_seed
from .waiting import wait_for

FLIGHT = 32
"""Examples judged at a time; each has its k tries in flight together."""


class Answerability:
    """Judges examples by k tries of a solver. One core, `judge`, with the faces that DSPy's optimizers want.

    - Called with a trace (bootstrapping) it gives a bool: kept or not.
    - Called without one it gives a float: the share of right tries, 0.0 to 1.0.
    - `.as_gepa()` is a metric with feedback.

    Verdicts are remembered by example, model and the solver's prompt; those left unjudged are not, so that asking
    again tries again.
    """

    def __init__(
        self,
        solver: Any,
        *,
        lm: Any = None,
        k: int | None = None,
        temperature: float = 0.7,
        match: Any = None,
        perturbed: int = 0,
        keep: str = "any",
        seed: int = 0,
        sources: Sources | None = None,
        sandbox: Sandbox | None = None,
        checks: Sequence[Any] | None = None,
        ablation: bool = False,
    ) -> None:
        """Set up; nothing is asked yet.

        Args:
            solver: A DSPy module `(view, question) -> answer`: `SQLReasoner`, `HopReasoner`, or `Curated.solver`.
            lm: The model that tries; None: the solver's own, else the configured one.
            k: Tries an example; None: what the rule says, else 3.
            temperature: Of the tries.
            match: How answers are compared; None: see `evaluation.judging`.
            perturbed: Changed contents on which right tries must be right too.
            keep: The rule: `any`, `majority`, `all`, `>= 4 of 8`.
            seed: Of the tries.
            sources: Of all examples; needed by the faces, not by `judge`.
            sandbox: Where queries run on changed contents; the shared one if None.
            checks: What the faces check before a try is paid for; None: all checks of that kind.
            ablation: Of documents, the faces also want that none of them can be left out.

        Raises:
            ConfigError: no such rule, or one about another number of tries than `k`.
        """
        self.rule = KeepRule.parse(keep, k)
        self.solver, self.lm = (solver.solver, lm or solver.lm) if isinstance(solver, Answerer) else (solver, lm)
        self.temperature = temperature
        self.match = match
        self.perturbed = perturbed
        self.seed = seed
        self.sources, self.checks, self.ablation = sources, checks, ablation
        self.sandbox = sandbox
        self._remembered: dict[tuple[str, str, str], Verdict] = {}

    async def judge(self, example: Example, view: Any) -> Verdict:
        """Try an example k times and decide by the rule; what is easy to guess k times in each order, against chance.

        Args:
            example: What is judged.
            view: What the solver sees: the database of the tables the example is about, or its passages.

        Returns:
            `unjudged` if tries that could not be made would tip the decision.
        """
        key = (example.id, str(getattr(self.lm or dspy.settings.lm, "model", "")), _said_by(self.solver))
        known = self._remembered.get(key)
        if known is not None:
            return known
        kind = kind_of(example)
        asked = kind.askings(example, view)
        tries = await self._tries(asked, view)
        again = await kind.confirm(tries, example, view, self.match, self.perturbed, self.seed, self.sandbox)
        verdict = self._verdict(example, again, _guessing(kind.chance(example), asked))
        if verdict.outcome != "unjudged":
            self._remembered[key] = verdict
        return verdict

    async def _tries(self, asked: Sequence[Example], view: Any) -> list[Try]:
        """Try each asking `rule.of` times; of two, the tries take turns, so that the first ones are of both."""

        def one(example: Example, number: int, order: int) -> Awaitable[Try]:
            rollout = try_seed(example, number, self.seed, order)
            judge = partial(judged, example=example, view=view, match=self.match)
            return one_try(self.solver, self.lm, example, view, judge, self.temperature, rollout)

        numbers = range(self.rule.of)
        return await asyncio.gather(
            *(one(example, number, order) for number in numbers for order, example in enumerate(asked))
        )

    async def judge_all(self, examples: Sequence[Example], sources: Sources, *, flight: int = FLIGHT) -> list[Verdict]:
        """Judge many, `flight` at a time in their order; one verdict each, in their order.

        Args:
            examples: Of any of the sources.
            sources: All of them.
            flight: Examples in one batch, all of whose tries are asked together.
        """
        view = views(self.solver, sources)
        verdicts: list[Verdict] = []
        for start in range(0, len(examples), flight):
            batch = examples[start : start + flight]
            verdicts += await asyncio.gather(*(self.judge(example, view(example)) for example in batch))
        return verdicts

    def __call__(self, example: Any, pred: Any = None, trace: Any = None) -> float | bool:
        """Judge as a DSPy metric.

        Args:
            example: An example, or a `dspy.Example` with `database` or `corpus` (or with `sources` given at the start).
            pred: What a generator made of it: an example or an attempt; None: `example` is judged itself.
            trace: Given by bootstrapping optimizers.

        Raises:
            ReplyError: no try could be made, so that there is no score (never with a trace: then it is False).
            ConfigError: there is no database to judge on.
        """
        found = self.measure(example, pred)
        if trace is not None:
            return found.kept
        return _scored(found)

    def as_gepa(self) -> Callable[..., Any]:
        """Return the metric that GEPA wants: `dspy.Prediction(score=…, feedback=…)`."""

        def metric(gold: Any, pred: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None) -> Any:
            found = self.measure(gold, pred)
            return dspy.Prediction(score=_scored(found), feedback=found.words)

        return metric

    def measure(self, task: Any, made: Any = None) -> Measured:
        """Measure what a generator made, with words for a model that rewrites prompts.

        What the checks drop scores 0.0 before any try is paid for; so does an imputation that failed.

        Args:
            task: As `example` of `__call__`.
            made: As `pred` of `__call__`.

        Raises:
            ConfigError: there is no database to judge on.
        """
        verdict, words = self.judge_made(task, made)
        score = None if verdict is not None and verdict.outcome == "unjudged" else 0.0
        if verdict is not None and verdict.check == "answerability":
            score = pass_rate(verdict)
        return Measured(score=score, kept=verdict is not None and verdict.outcome == "kept", words=words)

    def judge_made(self, task: Any, made: Any = None) -> tuple[Verdict | None, str]:
        """Return the verdict on what a generator made (None if that is no example) and the words on it."""
        subject = _record(made if made is not None else task)
        if subject is None:
            return None, ended(made)
        failed = _not_imputed(task, subject)
        if failed:
            return None, failed
        own = getattr(task, "database", None) or getattr(task, "corpus", None)
        sources = own if are_sources(own) else self.sources
        if sources is None:
            raise ConfigError(
                "Answerability has no sources to judge on: pass `sources=` or examples with a `database`."
            )
        again = mended(getattr(made, "result", made))
        if self.checks != ():
            checked: Verdict = kind_of(subject).check([subject], sources, self.checks)[0]
            if checked.outcome != "kept":
                return checked, "\n".join([refused(subject, checked), *again])
        verdict: Verdict = wait_for(self.judge(subject, views(self.solver, sources)(subject)))
        if self.ablation and verdict.outcome == "kept" and isinstance(subject, MultiHopExample):
            verdict = self._ablated(subject, sources, verdict)
        return verdict, "\n".join([answered(subject, verdict), *again])

    def with_models(self, wrap: Wrap) -> "Answerability":
        """Return the same metric with its model wrapped, and nothing remembered."""
        other = copy(self)
        other.lm = None if self.lm is None else wrap(self.lm)
        other._remembered = {}
        return other

    def _ablated(self, example: MultiHopExample, sources: Any, verdict: Verdict) -> Verdict:
        """Drop what is answered without one of its documents."""
        k, temperature, seed = self.rule.of, self.temperature, self.seed
        proofs = ablate(self.solver, self.lm, [example], sources, k=k, temperature=temperature, seed=seed)
        return with_ablation([verdict], proofs)[0]

    def _verdict(self, example: Example, tries: Sequence[Try], guessing: dict[str, JsonValue]) -> Verdict:
        bare = Verdict(
            example_id=example.id,
            outcome="unjudged",
            check="answerability",
            reason="",
            evidence={"perturbed": self.perturbed, **guessing},
            tries=tuple(tries),
        )
        return self.rule.apply(bare)


def _guessing(chance: float, asked: Sequence[Any]) -> dict[str, JsonValue]:
    """Say of what is easy to guess how often a guess is right, and in how many orders it was asked."""
    return {"chance": chance, "orders": orders(asked)} if chance else {}


def _said_by(solver: Any) -> str:
    return program_id(solver) if isinstance(solver, dspy.Module) else ""


def _record(of: Any) -> Any:
    inner = of if is_example(of) else getattr(of, "example", None)
    return inner if is_example(inner) else None


def _not_imputed(task: Any, subject: Any) -> str:
    """Say why an imputation failed: such an example comes back as it was, with a note."""
    given = getattr(task, "example", None)
    if given is None or getattr(task, "index", None) is None or subject.provenance.imputed:
        return ""
    return subject.provenance.notes[-1] if subject.provenance.notes else "Nothing was imputed."


def _scored(found: Measured) -> float:
    if found.score is None:
        raise ReplyError(f"The example has no score: {found.words.splitlines()[0]}")
    return found.score
