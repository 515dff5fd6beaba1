"""One go at an example: fact, SQL, execution, repair, question; it ends with an example or with a verdict."""

from typing import Any

from ..data.records import (
    Attempt,
    Database,
    Execution,
    Outcome,
    Provenance,
    ResultTable,
    Seed,
    SQLExample,
    Style,
    Verdict,
    content_id,
)
from ..data.sandbox import shared_sandbox
from ..errors import ReplyError
from .hands import Hands
from .protocols import Query, Used
from .provenance import models_of, program_id


class Ended(Exception):
    """An attempt ended early; carries what its verdict will say."""

    def __init__(self, check: str, reason: str, outcome: Outcome = "unjudged") -> None:
        """Keep what the verdict will say."""
        super().__init__(reason)
        self.check, self.reason, self.outcome = check, reason, outcome


class Once:
    """Goes at examples with the modules of one `TableQuestions`; what is the same for all goes is worked out once."""

    def __init__(self, program: Any, hands: Hands) -> None:
        self.program, self.hands = program, hands
        self.sandbox = program.sandbox or shared_sandbox()
        self.made = Provenance(stage="examples", models=models_of(program), program=program_id(program))

    async def __call__(self, database: Database, rng: int, level: int, style: Style, used: Used) -> Attempt:
        """Go once at an example of the only table of a database."""
        known: Seed | None = None
        query, repairs = Query(sql=""), 0
        name = database.tables[0].name
        try:
            known = fact = await self._step("seed", database=database, table=name, rng=rng, level=level, used=used)
            query = await self._step("sql", database=database, seed=fact, level=level, rng=rng)
            query, run, repairs = await self._executed(database, fact, query)
            answer = _worth_asking(run)
            given = {"database": database, "seed": fact, "query": query, "answer": answer}
            said = await self._step("question", **given, style=style, rng=rng)
        except Ended as end:
            identity = content_id(database.id, rng, level, style, query.sql)
            evidence: dict[str, Any] = {"table": name, "level": level, "style": style}
            verdict = Verdict(
                example_id=identity, outcome=end.outcome, check=end.check, reason=end.reason, evidence=evidence
            )
            return Attempt(seed=known, sql=query.sql, verdict=verdict, repairs=repairs)
        example = SQLExample.of(
            question=said.text,
            knowledge=said.knowledge,
            sql=query.sql,
            answer=answer,
            level=query.level,
            style=said.style,
            database_id=database.id,
            seed=fact,
            provenance=self.made.model_copy(update={"seed": rng}),
        )
        return Attempt(seed=fact, sql=query.sql, example=example, repairs=repairs)

    async def _step(self, name: str, **inputs: Any) -> Any:
        """Ask one module; a reply that cannot be used ends the attempt, unjudged."""
        module = {"seed": self.program.seeds, "sql": self.program.sql, "question": self.program.question}[name]
        try:
            return await self.hands.ask(module, **inputs)
        except ReplyError as error:
            raise Ended(name, str(error)) from error

    async def _executed(self, database: Database, fact: Seed, query: Query) -> tuple[Query, Execution, int]:
        """Execute the query, mending it while it fails, repairs are left and the repair has an idea."""
        run = await self.hands.run(self.sandbox, database, query.sql)
        for repairs in range(self.program.repairs):
            if run.result is not None:
                return query, run, repairs
            given = {"database": database, "seed": fact, "sql": query.sql, "error": run.error or ""}
            try:
                query = await self.hands.ask(self.program.repair, **given)
            except ReplyError:
                return query, run, repairs
            run = await self.hands.run(self.sandbox, database, query.sql)
        return query, run, self.program.repairs


def _worth_asking(run: Execution) -> ResultTable:
    """Return the answer, or end the attempt where the query failed or gave nothing: no question is paid for."""
    if run.result is None:
        raise Ended("executes", run.error or "the query gave no result", "dropped")
    if all(cell is None for row in run.result.rows for cell in row):
        raise Ended("is_not_empty", "the query gives no row, or NULL only", "dropped")
    return run.result
