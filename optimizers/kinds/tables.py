"""Examples with SQL on a database: the answer is what a query gives, on these contents and on others."""

import asyncio
from collections.abc import Sequence

from ...data.parts import Division, divide
from ...data.perturb import perturbations
from ...data.records import Database, SQLExample, Try, Verdict
from ...data.results import compare, is_ordered
from ...data.sandbox import Sandbox, shared_sandbox
from ...evaluation.judging import TableMatch
from ..checks import CHECKS, Check, run_checks, run_reductions
from ..checks.is_deterministic import judge_probe, probes
from ..tries import try_seed


class Tables:
    """The kind of databases."""

    ablates = False
    embedded = "tiny"

    def divide(self, sources: Database, seed: int) -> Division:
        """Divide by table, or one database of few tables by query."""
        return divide(sources, seed=seed)

    def check(
        self, examples: Sequence[SQLExample], sources: Database, checks: Sequence[Check] | None = None
    ) -> list[Verdict]:
        """Run checks, and unless there are none duplicates and caps over what they kept."""
        wanted = CHECKS if checks is None else checks
        verdicts = run_checks(examples, sources, wanted)
        if not wanted:
            return verdicts
        kept = [example for example, verdict in zip(examples, verdicts, strict=True) if verdict.outcome == "kept"]
        by_id = {verdict.example_id: verdict for verdict in run_reductions(kept, sources.dialect)}
        return [by_id.get(verdict.example_id, verdict) for verdict in verdicts]

    def askings(self, example: SQLExample, view: Database) -> tuple[SQLExample, ...]:
        """Return the example once: a query that gives the answer is no guess."""
        return (example,)

    def chance(self, example: SQLExample) -> float:
        """Return 0.0."""
        return 0.0

    async def confirm(
        self,
        tries: Sequence[Try],
        example: SQLExample,
        view: Database,
        match: TableMatch | None,
        n: int,
        seed: int,
        sandbox: Sandbox | None = None,
    ) -> list[Try]:
        """Judge right tries again on `n` perturbed contents; one that gives another answer there was right by luck.

        Contents on which the recorded SQL itself fails or ties say nothing and are passed over.
        """
        rivals = sorted({one.answer for one in tries if one.correct and one.answer != example.sql})
        if not rivals or n == 0:
            return list(tries)
        others = perturbations(view, [example.sql, *rivals], n, try_seed(example, -1, seed))
        found = await asyncio.gather(*(_unlike(rivals, example, other, match or compare, sandbox) for other in others))
        wrong = {sql: reason for one in reversed(found) for sql, reason in one.items()}
        return [_unlucky(one, wrong) if one.correct and one.answer in wrong else one for one in tries]


def _unlucky(one: Try, wrong: dict[str, str]) -> Try:
    reason = f"Right by luck; on changed contents: {wrong[one.answer]}"
    return one.model_copy(update={"correct": False, "reason": reason})


async def _unlike(
    rivals: Sequence[str], example: SQLExample, other: Database, match: TableMatch, sandbox: Sandbox | None
) -> dict[str, str]:
    """Return the queries that give something else than the example's on these contents, and how it differs."""
    looked = probes(example, other)
    queries = [example.sql, *(probe.sql for probe in looked), *rivals]
    gold, *rest = await (sandbox or shared_sandbox()).aexecute(other, queries)
    if gold.result is None or any(judge_probe(probe, rest[at]) for at, probe in enumerate(looked)):
        return {}
    ordered = is_ordered(example.sql, other.dialect)
    unlike: dict[str, str] = {}
    for sql, execution in zip(rivals, rest[len(looked) :], strict=True):
        if execution.result is None:
            unlike[sql] = execution.error or "The SQL gave no result."
        else:
            comparison = match(execution.result, gold.result, ordered=ordered)
            if not comparison.equal:
                unlike[sql] = comparison.reason
    return unlike
