"""From tables to questions: fact, SQL, its executed answer, wording; each step a module that can be exchanged."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Literal

import dspy

from ..data.records import STYLES, Attempt, Database, SQLExample, Style
from ..data.sandbox import Sandbox
from ..errors import ConfigError
from .asking import restricted
from .attempt import Once
from .hands import Awaiting, Blocking, Hands, finish
from .offline import FactSeeds, GrammarSQL, OfflineRepair, PhrasebookQuestions
from .protocols import QuestionProgram, RepairProgram, SeedProgram, SQLProgram, Used
from .questions import AskQuestion
from .repair import RepairSQL
from .seeds import ProposeFact
from .shares import Share, alone, counts, slots
from .sql import WriteSQL

Levels = Literal["balanced"] | Sequence[int]
ALL_LEVELS = (1, 2, 3, 4)
CONCURRENCY = 16
"""Calls of a model at the same time, unless the caller says otherwise."""
WAVE = 4
"""Examples of one table that a model is asked for at the same time; they do not know of each other."""


class TableQuestions(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Makes examples from tables: seed → SQL → executed → question. Any step may be an offline twin.

    `TableQuestions()` asks the model of the context; `TableQuestions.offline()` asks none;
    `TableQuestions(seeds=FactSeeds(), sql=GrammarSQL())` takes facts and SQL from the grammar and wording from a model.
    `preset="paper"` asks zero-shot and mends nothing, as Source2Synth does (section 3.2), in our own words.

    Args:
        seeds: What finds facts; by default a model proposes them.
        sql: What writes SQL about a fact.
        repair: What mends SQL that failed; by default a model, unless the SQL comes from the grammar.
        question: What words the question of a query.
        sandbox: Where SQL is executed; by default the one that the process shares.
        preset: Of the modules that are not given: `default`, or `paper`.
        repairs: How often a query may be mended, 0 to 2; `paper` never does.

    Raises:
        ConfigError: there is no such preset, or `repairs` is out of range.
    """

    def __init__(
        self,
        *,
        seeds: SeedProgram | None = None,
        sql: SQLProgram | None = None,
        repair: RepairProgram | None = None,
        question: QuestionProgram | None = None,
        sandbox: Sandbox | None = None,
        preset: Literal["default", "paper"] = "default",
        repairs: int = 2,
    ) -> None:
        super().__init__()
        if not 0 <= repairs <= 2:
            raise ConfigError(f"SQL can be mended 0, 1 or 2 times, not {repairs}.")
        self.seeds = seeds or ProposeFact(preset=preset)
        self.sql = sql or WriteSQL(preset=preset)
        self.repair = repair or (OfflineRepair() if isinstance(self.sql, GrammarSQL) else RepairSQL(preset=preset))
        self.question = question or AskQuestion(preset=preset)
        self.sandbox = sandbox
        self.repairs = 0 if preset == "paper" else repairs  # the paper drops SQL that does not run

    @classmethod
    def offline(
        cls,
        *,
        strategy: Literal["uniform", "statistics", "coverage"] = "statistics",
        registers: tuple[str, ...] | None = None,
    ) -> "TableQuestions":
        """Return the twin that asks no model: facts by statistics, SQL by grammar, wording from the phrase book."""
        words = PhrasebookQuestions() if registers is None else PhrasebookQuestions(registers=registers)
        return cls(seeds=FactSeeds(strategy), sql=GrammarSQL(), repair=OfflineRepair(), question=words)

    def forward(
        self,
        database: Database,
        table: str,
        *,
        seed: int,
        level: int = 1,
        style: Style = "formal",
        used: Used | None = None,
    ) -> Attempt:
        """Go once at one example of this table; what fails comes back with its verdict, it is not raised.

        Raises:
            ConfigError: a model is needed and there is none, or it cannot be asked.
        """
        once = Once(self, Blocking())
        return finish(once(restricted(database, (table,)), seed, level, style, used or Used()))

    async def aforward(
        self,
        database: Database,
        table: str,
        *,
        seed: int,
        level: int = 1,
        style: Style = "formal",
        used: Used | None = None,
    ) -> Attempt:
        """Go once at one example of this table, without blocking; raises what `forward` raises."""
        once = Once(self, Awaiting())
        return await once(restricted(database, (table,)), seed, level, style, used or Used())

    def attempts(
        self,
        database: Database,
        n: int,
        *,
        seed: int,
        levels: Levels = "balanced",
        styles: Sequence[Style] = STYLES,
        concurrency: int = CONCURRENCY,
    ) -> Iterator[Attempt]:
        """Yield every attempt, failed ones with their verdicts, until `n` distinct examples are made.

        Tables take equal shares; what one cannot give is asked of the others. The same seed gives the same attempts,
        as far as the models give the same replies. A model is asked from `concurrency` threads.
        """
        hands = Blocking(concurrency if self.named_predictors() else 1)
        stream = self._stream(hands, database, n, seed, levels, styles)
        while True:
            try:
                yield finish(anext(stream))  # type: ignore[arg-type]  # an async generator's next is a coroutine
            except StopAsyncIteration:
                return

    async def aattempts(
        self,
        database: Database,
        n: int,
        *,
        seed: int,
        levels: Levels = "balanced",
        styles: Sequence[Style] = STYLES,
        concurrency: int = CONCURRENCY,
    ) -> AsyncIterator[Attempt]:
        """Yield what `attempts` yields, in the same order, without blocking; `concurrency` calls run at a time."""
        async for attempt in self._stream(Awaiting(concurrency), database, n, seed, levels, styles):
            yield attempt

    def many(
        self,
        database: Database,
        n: int,
        *,
        seed: int,
        levels: Levels = "balanced",
        styles: Sequence[Style] = STYLES,
        concurrency: int = CONCURRENCY,
    ) -> list[SQLExample]:
        """Return `n` distinct examples, or as many as the tables give."""
        found = self.attempts(database, n, seed=seed, levels=levels, styles=styles, concurrency=concurrency)
        return [one.example for one in found if one.example is not None]

    async def amany(
        self,
        database: Database,
        n: int,
        *,
        seed: int,
        levels: Levels = "balanced",
        styles: Sequence[Style] = STYLES,
        concurrency: int = CONCURRENCY,
    ) -> list[SQLExample]:
        """Return what `many` returns, without blocking."""
        found = self.aattempts(database, n, seed=seed, levels=levels, styles=styles, concurrency=concurrency)
        return [one.example async for one in found if one.example is not None]

    async def _stream(
        self, hands: Hands, database: Database, n: int, seed: int, levels: Levels, styles: Sequence[Style]
    ) -> AsyncIterator[Attempt]:
        once, wave = Once(self, hands), WAVE if self.named_predictors() else 1
        cycle = ALL_LEVELS if levels == "balanced" else tuple(int(level) for level in levels)
        shares, made, planned = [Share(one, seed) for one in alone(database)], 0, 0
        while made < n and (live := [share for share in shares if not share.dry]):
            turns = list(zip(live, counts(n - made, [share.database.id for share in live], seed), strict=True))
            for at in range(0, len(turns), hands.limit):
                works = []
                for share, count in turns[at : at + hands.limit]:
                    wanted = slots(count, cycle, styles, first=planned)
                    works.append(share.fill(hands, once, wanted, wave))
                    planned += count
                for attempt in [one for found in await hands.together(works) for one in found]:
                    made += attempt.example is not None
                    yield attempt
