"""From tables to questions: fact, SQL, its executed answer, wording; each step a module that can be exchanged."""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from typing import Any, Literal

import dspy

from ..data import Attempt, Database, Execution, Provenance, Sandbox, Seed, SQLExample, Verdict, content_id
from ..data import shared_sandbox as shared
from ..data.records import STYLES, Style
from ..data.sqlshape import shape_of
from .asking import check_model, check_wishes
from .hands import Ended, at_once, step
from .hands_tables import Awaiting, Blocking, Hands, worth_asking
from .offline import FactSeeds, GrammarSQL, OfflineRepair, PhrasebookQuestions
from .protocols import Query, Used, Wording
from .provenance import models_of, program_id
from .questions import AskQuestion
from .repair import RepairSQL
from .seeds import ProposeFact
from .sql import WriteSQL

Levels = Literal["balanced"] | Sequence[int]
SPARE = 4
"""Goes at an example, for every example wanted, before a table is taken to give no more."""


class TableQuestions(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """Makes examples from tables: seed → SQL → executed → question. Any step may be an offline twin.

    `TableQuestions()` asks the model of the context; `TableQuestions.offline()` asks none;
    `TableQuestions(seeds=FactSeeds(), sql=GrammarSQL())` takes facts and SQL from the grammar and wording from a model.
    `preset="paper"` asks zero-shot, as Source2Synth does (section 3.2), in our own words.
    """

    def __init__(
        self,
        *,
        seeds: Any = None,
        sql: Any = None,
        repair: Any = None,
        question: Any = None,
        sandbox: Sandbox | None = None,
        preset: Literal["default", "paper"] = "default",
        repairs: int = 2,
    ) -> None:
        super().__init__()
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
        """Go once at one example of this table; what fails comes back with its verdict, it is not raised."""
        return at_once(self._attempt(Blocking(), database.only((table,)), seed, level, style, used or Used()))

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
        """Go once at one example of this table, as `forward` does."""
        return await self._attempt(Awaiting(), database.only((table,)), seed, level, style, used or Used())

    def attempts(
        self,
        database: Database,
        n: int,
        *,
        seed: int,
        levels: Levels = "balanced",
        styles: Sequence[Style] = STYLES,
    ) -> Iterator[Attempt]:
        """Yield every attempt, failed ones with their verdicts, until `n` distinct examples are made.

        Tables take equal shares; what one cannot give is asked of the others. The same seed gives the same attempts.

        Raises:
            ConfigError: there are no such levels or styles, or no language model to ask.
        """
        stream = self._attempts(Blocking(), database, n, seed, levels, styles)
        while True:
            try:
                yield at_once(anext(stream))  # type: ignore[arg-type]  # an async generator's next is a coroutine
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
        concurrency: int = 1,
    ) -> AsyncIterator[Attempt]:
        """Yield what `attempts` does without blocking, up to `concurrency` goes at a time; raises ConfigError likewise.

        Where seeds depend on what was used before (`coverage`, or a model's), a table's goes follow each other.
        """
        async for attempt in self._attempts(Awaiting(), database, n, seed, levels, styles, concurrency):
            yield attempt

    def many(
        self,
        database: Database,
        n: int,
        *,
        seed: int,
        levels: Levels = "balanced",
        styles: Sequence[Style] = STYLES,
    ) -> list[SQLExample]:
        """Return `n` distinct examples, or as many as the tables give."""
        found = self.attempts(database, n, seed=seed, levels=levels, styles=styles)
        return list({one.example.id: one.example for one in found if one.example is not None}.values())

    async def amany(
        self,
        database: Database,
        n: int,
        *,
        seed: int,
        levels: Levels = "balanced",
        styles: Sequence[Style] = STYLES,
        concurrency: int = 16,
    ) -> list[SQLExample]:
        """Return up to `n` distinct examples, with up to `concurrency` goes at the same time."""
        check_wishes(n, levels, styles)
        gate, tables = asyncio.Semaphore(concurrency), database.tables
        width = max(1, concurrency // len(tables))
        counts = [n // len(tables) + (at < n % len(tables)) for at in range(len(tables))]

        async def share(at: int) -> list[Attempt]:
            table, turn = database.only((tables[at].name,)), sum(counts[:at])
            async with gate:
                return await self._table(Awaiting(), table, counts[at], seed, levels, styles, turn=turn, width=width)

        done = await asyncio.gather(*(share(at) for at in range(len(tables))))
        return list({one.example.id: one.example for found in done for one in found if one.example}.values())[:n]

    async def _attempts(
        self,
        hands: Hands,
        database: Database,
        n: int,
        seed: int,
        levels: Levels,
        styles: Sequence[Style],
        width: int = 1,
    ) -> AsyncIterator[Attempt]:
        check_wishes(n, levels, styles)
        tables = [database.only((table.name,)) for table in database.tables]
        seen: set[str] = set()
        for turn in range(3):
            missing, planned = n - len(seen), len(seen)
            for at, table in enumerate(tables):
                count = missing // len(tables) + (at < missing % len(tables))
                again = seed + 7919 * turn
                wanted = (count, again, levels, styles, seen)
                for attempt in await self._table(hands, table, *wanted, turn=planned, width=width):
                    yield attempt
                planned += count
            if len(seen) >= n or (turn and len(seen) == n - missing):
                return

    async def _table(
        self,
        hands: Hands,
        database: Database,
        count: int,
        seed: int,
        levels: Levels,
        styles: Sequence[Style],
        seen: set[str] | None = None,
        *,
        turn: int = 0,
        width: int = 1,
    ) -> list[Attempt]:
        """Go at one table until `count` new examples are made; coverage carries over from one to the next.

        Levels and styles take turns from `turn` on, so that many tables with few examples each are balanced together.
        Goes of which none needs another one's end are made `width` at a time; the attempts are the same.
        """
        found: list[Attempt] = []
        seen, used, made = set() if seen is None else seen, Used(), 0
        cycle = (1, 2, 3, 4) if levels == "balanced" else tuple(int(level) for level in levels)
        draw = random.Random(f"{seed} {database.id}")
        width = width if getattr(self.seeds, "heedless", False) else 1

        def attempt(go: int) -> Coroutine[Any, Any, Attempt]:
            style = styles[(go + go // len(cycle)) % len(styles)]
            return self._attempt(hands, database, draw.randrange(2**31), cycle[go % len(cycle)], style, used)

        go, end = turn, turn + SPARE * count
        while made < count and go < end:
            several = min(width, count - made, end - go)  # never more than are wanted: each is paid for
            for one in await hands.together([attempt(go + at) for at in range(several)]):
                if one.example is not None:
                    if one.example.id in seen:
                        continue
                    seen.add(one.example.id)
                    used, made = _use(used, one.example), made + 1
                found.append(one)
            go += several
        return found

    async def _attempt(
        self, hands: Hands, database: Database, rng: int, level: int, style: Style, used: Used
    ) -> Attempt:
        check_model(self)
        known: Seed | None = None
        query = Query(sql="")
        repairs = 0
        try:
            name = database.tables[0].name
            fact: Seed = await step(
                "seed", hands.ask(self.seeds, database=database, table=name, rng=rng, level=level, used=used)
            )
            known = fact
            query = await step("sql", hands.ask(self.sql, database=database, seed=fact, level=level, rng=rng))
            query, run, repairs = await self._executed(hands, database, fact, query)
            worth_asking(run)
            said = await step(
                "question",
                hands.ask(
                    self.question, database=database, seed=fact, query=query, answer=run.result, style=style, rng=rng
                ),
            )
        except Ended as end:
            identity = content_id(database.id, rng, level, style, query.sql)
            verdict = Verdict(example_id=identity, outcome=end.outcome, check=end.check, reason=end.reason)
            return Attempt(seed=known, sql=query.sql, verdict=verdict, repairs=repairs)
        example = self._example(database, fact, query, run, said, rng)
        return Attempt(seed=fact, sql=query.sql, example=example, repairs=repairs)

    async def _executed(
        self, hands: Hands, database: Database, fact: Seed, query: Query
    ) -> tuple[Query, Execution, int]:
        """Execute the query, mending it while it fails and repairs are left."""
        sandbox = self.sandbox or shared()
        run = await hands.run(sandbox, database, query.sql)
        repairs = 0
        while run.result is None and repairs < self.repairs and not isinstance(self.repair, OfflineRepair):
            asked = hands.ask(self.repair, database=database, seed=fact, sql=query.sql, error=run.error or "")
            query, repairs = await step("repair", asked), repairs + 1
            run = await hands.run(sandbox, database, query.sql)
        return query, run, repairs

    def _example(
        self, database: Database, fact: Seed, query: Query, run: Execution, said: Wording, rng: int
    ) -> SQLExample:
        assert run.result is not None
        made = Provenance(stage="examples", seed=rng, models=models_of(self), program=program_id(self))
        return SQLExample.of(
            question=said.text,
            knowledge=said.knowledge,
            sql=query.sql,
            answer=run.result,
            level=query.level,
            style=said.style,
            database_id=database.id,
            seed=fact,
            provenance=made,
        )


def _use(used: Used, made: SQLExample) -> Used:
    return used.plus(columns=made.seed.columns, shapes=(shape_of(made.sql),), texts=(made.seed.text,))
