"""Runs on tables: facts, SQL, its result, questions; answered by SQL."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from ...data.datasets import write_json
from ...data.parts import PARTS, Division, divide
from ...data.records import Attempt, Database, Notice, SQLExample, Table, Verdict
from ...evaluation.human import read_human
from ..judged import JudgedExample
from ..programs import student_of
from ..prompting import reasoning_of
from ..recipe import Recipe
from ..stage import Run
from ..store import StageFolder
from ..turns import is_offline, rotated

if TYPE_CHECKING:
    from ..stages.seeds import Plan


class Tables:
    """The kind of databases."""

    name = "tables"
    embedded = "tiny"
    example = SQLExample
    attempt = Attempt
    judged = JudgedExample
    division = Division
    unused = frozenset({"hops", "shapes"})
    ablates = False
    mend = "Give tables with more rows or plainer headers, or a language model as generator."

    def read(self, run: Run) -> Database:
        """Read a folder or file of tables."""
        from ...data.sources import read_database

        return read_database(run.recipe.source.path, tables=run.recipe.source.tables)

    def write(self, folder: StageFolder, sources: Database) -> dict[str, JsonValue]:
        """Write the tables, and all else about the database beside them."""
        folder.shard("tables", Table, lambda: sources.tables)
        write_json(folder.path / "database.json", sources.model_dump(mode="json", exclude={"tables", "location"}))
        rows = sum(len(table.rows) for table in sources.tables)
        return {"tables": len(sources.tables), "rows": rows, "notices": len(sources.notices)}

    def load(self, folder: StageFolder) -> Database:
        """Put the database together again."""
        about = json.loads((folder.path / "database.json").read_text(encoding="utf-8"))
        return Database.model_validate({**about, "tables": folder.read(Table)})

    def divide(self, run: Run) -> Division:
        """Divide by table, or one database of few tables by query."""
        shares = run.recipe.parts
        return divide(run.sources, seed=run.recipe.seed, shares=(shares.held_out, shares.slice_0, shares.slice_1))

    def sizes(self, division: Division) -> dict[str, JsonValue]:
        """Count the tables of each part."""
        return {"by": division.by, "tables": {part: len(division.tables(part)) for part in PARTS}}

    def units(self, division: Division, recipe: Recipe) -> list[tuple[str, Sequence[str]]]:
        """Return the tables of each part."""
        if division.by == "skeleton":
            return [("all", division.names)]
        return [(part, division.tables(part)) for part in PARTS]

    def levels(self, run: Run) -> JsonValue:
        """Return the levels of the recipe for the grammar; a model is asked for all of them by turns."""
        return list(_levels(run)) if is_offline(run) else None

    def balanced(self, run: Run, plans: "list[Plan]") -> "list[Plan]":
        """Give each table levels that it has facts of, so that every part has as many of each as its tables allow."""
        if not is_offline(run):
            return plans
        from ...programs.offline.levels import possible_levels, shared_out

        possible = {
            plan.unit: possible_levels(run.sources.only((plan.unit,)), plan.unit, _levels(run)) for plan in plans
        }
        turns: dict[str, tuple[int, ...]] = {}
        for part in dict.fromkeys(plan.part for plan in plans):
            turns |= shared_out({plan.unit: plan.count for plan in plans if plan.part == part}, possible, _levels(run))
        return [plan.model_copy(update={"levels": turns[plan.unit]}) for plan in plans]

    def program(self, run: Run) -> Any:
        """Return `TableQuestions` as the recipe's generator wants it."""
        from ...programs import TableQuestions
        from ...programs.offline import FactSeeds

        generator = run.recipe.generator
        if generator.seeds == "model":
            return TableQuestions(preset=generator.preset)
        if is_offline(run):
            return TableQuestions.offline(strategy=generator.seeds)
        return TableQuestions(preset=generator.preset, seeds=FactSeeds(generator.seeds))

    def attempts(self, run: Run, program: Any, plan: "Plan") -> Iterator[Attempt]:
        """Go at one table, levels and styles in the recipe's turns."""
        yield from program.attempts(run.sources.only((plan.unit,)), plan.count, **_turns(run, plan))

    async def aattempts(self, run: Run, program: Any, plan: "Plan") -> AsyncIterator[Attempt]:
        """Go at one table without blocking, several goes at a time where tables are few."""
        width = max(1, run.recipe.generator.concurrency // len(run.sources.tables))
        table, turns = run.sources.only((plan.unit,)), _turns(run, plan)
        async for attempt in program.aattempts(table, plan.count, **turns, concurrency=width):
            yield attempt

    def written(self, attempts: Sequence[Attempt], examples: Sequence[SQLExample]) -> dict[str, JsonValue]:
        """Count facts, queries written, queries that ran; examples by level and style."""
        return {
            "seeds": sum(attempt.seed is not None for attempt in attempts),
            "sql_written": sum(bool(attempt.sql) for attempt in attempts),
            "executed": sum(attempt.example is not None or _ran(attempt) for attempt in attempts),
            "repaired": sum(attempt.repairs > 0 and attempt.example is not None for attempt in attempts),
            "levels": dict(sorted(Counter(str(example.level) for example in examples).items())),
            "styles": dict(sorted(Counter(example.style for example in examples).items())),
        }

    def checks(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Return the checks of SQL examples."""
        from ...optimizers.checks import CHECKS, REDUCTIONS

        return CHECKS, REDUCTIONS

    def check(self, examples: Sequence[SQLExample], sources: Database, checks: Sequence[Any]) -> list[Verdict]:
        """Run checks, many queries at a time."""
        from ...optimizers.checks import run_checks

        return run_checks(examples, sources, checks)

    def reduce(self, examples: Sequence[SQLExample], sources: Database) -> list[Verdict]:
        """Look for duplicates and keep the caps."""
        from ...optimizers.checks import run_reductions

        return run_reductions(examples, sources.dialect)

    def library(self, sources: Database) -> None:
        """Return nothing: queries are looked up by the sandbox."""

    def solver(self, run: Run) -> Any:
        """Return the program that asks a student: its SQL is its chain of reasoning."""
        from ...programs import SQLReasoner

        return student_of(run, SQLReasoner(reasoning=reasoning_of(run)))

    def human(self, path: str | Path, sources: Database) -> tuple[list[SQLExample], list[Notice]]:
        """Read human questions on these tables."""
        return read_human(path, sources)

    def provable(self, examples: Sequence[SQLExample], sources: Database) -> list[SQLExample]:
        """Return those with SQL that runs and gives their answer."""
        from ...optimizers.checks import executes

        found = self.check(examples, sources, (executes,))
        return [e for e, verdict in zip(examples, found, strict=True) if e.sql and verdict.outcome == "kept"]


def _turns(run: Run, plan: "Plan") -> dict[str, Any]:
    return {
        "seed": plan.seed,
        "levels": plan.levels or rotated(_levels(run), plan.offset),
        "styles": rotated(run.recipe.generator.styles, plan.seed),
    }


def _levels(run: Run) -> tuple[int, ...]:
    levels = run.recipe.generator.levels
    return (1, 2, 3, 4) if levels == "balanced" else tuple(levels)


def _ran(attempt: Attempt) -> bool:
    """Tell whether an attempt that gave no example got past running its SQL."""
    return attempt.verdict is not None and bool(attempt.sql) and attempt.verdict.check not in ("repair", "executes")
