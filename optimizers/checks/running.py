"""Runs checks over many examples: one batch of queries a table and check, the first drop decides."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ...data.records import Database, Dialect, Execution, SQLExample, Verdict
from .answer_not_in_question import answer_not_in_question
from .asking import Check, answered, queries_of
from .every_clause_matters import every_clause_matters
from .executes import executes
from .is_deterministic import is_deterministic
from .is_not_empty import is_not_empty
from .literals_grounded import literals_grounded
from .not_a_duplicate import not_a_duplicate
from .verdicts import dropped, kept
from .within_cap import within_cap

if TYPE_CHECKING:
    from ...data.sandbox import Sandbox

CHECKS: tuple[Check, ...] = (
    is_not_empty,
    answer_not_in_question,
    literals_grounded,
    executes,
    is_deterministic,
    every_clause_matters,
)
"""The checks in their order: those that look at the records alone first, those with the most queries last."""

Reduction = Callable[[Sequence[SQLExample], Dialect], list[Verdict]]
"""`(examples, dialect) -> verdicts`, one for each example, in their order; decides in id order, whatever that order."""

REDUCTIONS: tuple[Reduction, ...] = (not_a_duplicate, within_cap)
"""What needs all examples of a run at once; applied to those the checks kept."""


def run_checks(
    examples: Sequence[SQLExample],
    database: Database,
    checks: Sequence[Check] = CHECKS,
    *,
    sandbox: "Sandbox | None" = None,
) -> list[Verdict]:
    """Check every example; the first check that drops it decides.

    Args:
        examples: Of any tables of the database.
        database: All sources.
        checks: Reorder, drop and add freely.
        sandbox: Where queries run; the process's shared one if None.

    Returns:
        One verdict an example, in their order. `kept` ones name `checks` as the check; examples of a table that is not
        there are dropped by `sources`.
    """
    decided = {verdict.example_id: verdict for verdict in _homeless(examples, database)}
    groups = _by_source([example for example in examples if example.id not in decided], database)
    for check in checks:
        alive = [(source, [e for e in group if e.id not in decided]) for source, group in groups]
        alive = [(source, group) for source, group in alive if group]
        for (source, group), known in zip(alive, _executions(check, alive, sandbox), strict=True):
            with answered(known):
                verdicts = [check(example, source) for example in group]
            decided.update((verdict.example_id, verdict) for verdict in verdicts if verdict.outcome != "kept")
    return [decided.get(e.id) or kept(e, "checks", f"Passed {len(checks)} checks.") for e in examples]


def run_reductions(
    examples: Sequence[SQLExample], dialect: Dialect = "sqlite", reductions: Sequence[Reduction] = REDUCTIONS
) -> list[Verdict]:
    """Apply reductions one after another, each to what the ones before it kept; one verdict an example, in order."""
    alive = list(examples)
    decided: dict[str, Verdict] = {}
    for reduction in reductions:
        verdicts = reduction(alive, dialect)
        decided.update((verdict.example_id, verdict) for verdict in verdicts)
        alive = [example for example in alive if decided[example.id].outcome == "kept"]
    return [decided.get(e.id) or kept(e, "reductions") for e in examples]


def _homeless(examples: Sequence[SQLExample], database: Database) -> list[Verdict]:
    """Drop examples whose tables the database does not have (any more)."""
    names = {table.name.casefold() for table in database.tables}
    return [
        dropped(example, "sources", f"The database has no table {name!r}.", table=name)
        for example in examples
        for name in example.seed.source_ids
        if name.casefold() not in names
    ]


def _by_source(examples: Sequence[SQLExample], database: Database) -> list[tuple[Database, list[SQLExample]]]:
    groups: dict[tuple[str, ...], dict[str, SQLExample]] = {}
    for example in examples:
        groups.setdefault(example.seed.source_ids, {})[example.id] = example
    return [(database.only(names), list(group.values())) for names, group in groups.items()]


def _executions(
    check: Check, groups: Sequence[tuple[Database, list[SQLExample]]], sandbox: "Sandbox | None"
) -> Iterator[dict[str, Execution]]:
    queries = queries_of(check)
    if queries is None:
        yield from ({} for _ in groups)
        return
    from ...data.sandbox import shared_sandbox

    jobs = [
        (source, list(dict.fromkeys(sql for example in group for sql in queries(example, source))))
        for source, group in groups
    ]
    for (_, asked), executions in zip(jobs, (sandbox or shared_sandbox()).stream(jobs), strict=True):
        yield dict(zip(asked, executions, strict=True))
