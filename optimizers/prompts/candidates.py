"""Candidates: a program as optimizers change it, and everything that was measured of each version."""

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dspy

from ...errors import ReplyError
from ...programs.compiled import StagePrompts, predictors_of, prompts_of
from ...programs.provenance import program_id
from ..measuring import Measured
from .budget import Meter, Spent, counting_tokens
from .result import CandidateScores
from .showing import Showing
from .tasks import Tasks


@dataclass(frozen=True)
class Made:
    """What a candidate made of a task."""

    candidate: str
    """Hash of the program."""
    result: Any
    """What the program returned; None if it could not."""
    tokens: int
    """Of the calls that it took."""
    fault: str = ""
    """Why there is no result."""

    @property
    def example(self) -> Any:
        """The example in it, if it is or holds one."""
        return getattr(self.result, "example", None)


class Candidate(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """A program inside an optimizer: every result names the version that made it."""

    def __init__(self, program: Any, ledger: "Ledger") -> None:
        super().__init__()
        self.program = program
        self.ledger = ledger

    def forward(self, **task: Any) -> Made:
        """Make one result; raises Spent when the search is over."""
        with self.ledger.working():
            identity = self.ledger.note(self.program)
            with counting_tokens() as tokens:
                try:
                    result, fault = self.program(**task), ""
                except ReplyError as error:
                    result, fault = None, str(error)
            return Made(identity, result, sum(tokens), fault)


class Ledger:
    """Which versions there were, and what each scored on which task; written down as it comes."""

    def __init__(self, metric: Any, meter: Meter, tasks: Tasks, file: Path | None = None) -> None:
        self.metric = metric
        self.meter = meter
        self.tasks = tasks
        self.programs: dict[str, dict[str, StagePrompts]] = {}
        self.scores: dict[str, dict[str, Measured]] = {}
        self.open = True
        self.progress: Any = None
        self.showing: Showing | None = None
        """What becomes a demonstration; a kept result that asks nothing of what is optimized has nothing to show."""
        self._parts = {task.key: part for part in ("seen", "choosing", "measured") for task in getattr(tasks, part)}
        self._file = file.open("w", encoding="utf-8") if file else None
        self._busy = 0
        self._idle = threading.Condition()

    def __deepcopy__(self, memo: object) -> "Ledger":
        return self  # optimizers deep-copy programs; there is one ledger

    def __copy__(self) -> "Ledger":
        return self

    @contextmanager
    def working(self) -> Iterator[None]:
        """Mark work of the search; raises Spent once it is over: optimizers leave threads behind."""
        with self._idle:
            if not self.open:
                raise Spent
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def finish_search(self) -> None:
        """Let no more work of the search begin, and wait for what is under way."""
        with self._idle:
            self.open = False
            self._idle.wait_for(lambda: self._busy == 0)

    def reopen(self) -> None:
        """Let work begin again: the measurement."""
        with self._idle:
            self.open = True

    def note(self, program: Any) -> str:
        """Note a version of the program; returns its hash."""
        identity = program_id(program)
        if identity not in self.programs:
            self.programs.setdefault(identity, prompts_of(program))
        return identity

    def measured(self, task: Any, made: Made) -> Measured:
        """Measure a result, once: again (GEPA asks for its feedback later) the same comes back. Raises Spent."""
        known = self.scores.setdefault(made.candidate, {}).get(task.key)
        if known is not None:
            return known
        with self.working():
            self.meter.measure(made.candidate, task.key)
            found = self._measure(task, made)
            self.scores[made.candidate][task.key] = found
        self._write(task, made, found)
        return found

    def number(self, task: Any, made: Any, trace: Any = None) -> float | bool:
        """The metric of bootstrapping optimizers: a bool with a trace, else the score."""
        found = self.measured(task, made)
        if trace is None:
            return float(found.score or 0.0)
        return found.kept and (self.showing is None or self.showing.shows(trace))

    def words(self, gold: Any, pred: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None) -> Any:
        """The metric of GEPA: a number, and words when it asks about one predictor."""
        found = self.measured(gold, pred)
        score = float(found.score or 0.0)
        return dspy.Prediction(score=score, feedback=found.words) if pred_name is not None else score

    def mean(self, candidate: str, tasks: Sequence[Any]) -> float | None:
        """Return the mean score of a candidate on those of the tasks that were measured."""
        found = [one.score for task in tasks if (one := self.scores.get(candidate, {}).get(task.key))]
        scored = [score for score in found if score is not None]
        return sum(scored) / len(scored) if scored else None

    def parts(self, candidate: str, tasks: Sequence[Any]) -> dict[str, float]:
        """Return the mean of each part of a composite metric, over those of the tasks of which it was measured."""
        found = self.scores.get(candidate, {})
        given: dict[str, list[float]] = {}
        for one in (found[task.key] for task in tasks if task.key in found):
            for name, score in one.parts.items():
                given.setdefault(name, []).append(score)
        return {name: sum(scores) / len(scores) for name, scores in given.items()}

    def complete(self, candidate: str) -> bool:
        """Tell whether a candidate was tried on all tasks that choose."""
        return all(task.key in self.scores.get(candidate, {}) for task in self.tasks.choosing)

    def candidates(self) -> tuple[CandidateScores, ...]:
        """Return all candidates in the order in which they came up."""
        return tuple(
            CandidateScores(
                id=identity,
                number=number,
                seen=self.mean(identity, self.tasks.seen),
                choosing=self.mean(identity, self.tasks.choosing),
                parts=self.parts(identity, self.tasks.choosing),
                complete=self.complete(identity),
                unscored=sum(one.score is None for one in self.scores.get(identity, {}).values()),
            )
            for number, identity in enumerate(self.programs)
        )

    def best(self) -> str:
        """Return the candidate with the highest mean on the tasks that choose; of equals the earliest."""
        complete = [one for one in self.candidates() if one.complete and one.choosing is not None]
        return max(complete, key=lambda one: (one.choosing, -one.number)).id if complete else next(iter(self.programs))

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def _measure(self, task: Any, made: Made) -> Measured:
        if made.fault:
            return Measured(score=0.0, kept=False, words=f"The program gave nothing: {made.fault}")
        result = made if getattr(made.result, "example", None) is not None else made.result
        try:
            found: Measured = self.metric.measure(task, result)
        except ReplyError as error:
            return Measured(score=None, kept=False, words=f"It could not be measured: {error}")
        return found

    def _write(self, task: Any, made: Made, found: Measured) -> None:
        with self._idle:
            done = self.meter.spent
            if self._file:
                row = {"candidate": made.candidate, "part": self._parts.get(task.key), "task": task.key}
                told = {"score": found.score, "kept": found.kept, "tokens": made.tokens, "words": found.words}
                parts = {"parts": found.parts} if found.parts else {}
                self._file.write(json.dumps({**row, **told, **parts}, ensure_ascii=False) + "\n")
                self._file.flush()
            if self.progress:
                self.progress(done)


def evaluate(candidate: Any, tasks: Sequence[Any], ledger: Ledger, threads: int) -> None:
    """Try a candidate on tasks, each once; raises Spent.

    Not by `dspy.Evaluate`, which asks slow models a second time after two minutes.
    """

    def one(task: Any) -> None:
        ledger.measured(task, candidate(**task.inputs()))

    if threads == 1:
        for task in tasks:
            one(task)
        return
    with ThreadPoolExecutor(threads) as pool:
        # a thread sees dspy.context only through a copy of the context
        waiting = [pool.submit(copy_context().run, one, task) for task in tasks]
        try:
            for future in waiting:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def prepared(program: Any, stages: Sequence[str] | None) -> Any:
    """Return a copy of a program in which the wanted stages, and no others, are seen by optimizers."""
    copied = program.deepcopy()
    for _, module in copied.named_sub_modules(dspy.Module):
        module._compiled = False  # a stage compiled before is frozen otherwise
    for stage in {path.partition(".")[0] for path in predictors_of(copied)}:
        if stages is not None and stage not in stages:
            setattr(copied, stage, _frozen(getattr(copied, stage)))
    return copied


def _frozen(stage: Any) -> Any:
    if isinstance(stage, dspy.Predict):  # a predictor cannot be frozen itself, only what holds it
        return stage
    stage._compiled = True
    return stage
