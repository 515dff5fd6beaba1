"""Tries: sampled answers of a solver, each judged by what its SQL gives, on the original contents and on others."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from ..data.perturb import perturbations
from ..data.records import Database, ResultTable, SQLAnswer, SQLExample, Try, content_id
from ..data.results import Comparison, is_ordered
from ..data.sandbox import Sandbox, shared_sandbox
from ..errors import ReplyError
from .checks.is_deterministic import judge_probe, probes


class Match(Protocol):
    """Compares what a try gave with the recorded answer; `data.results.compare` is one.

    - `ordered` says whether the order of the rows is part of the answer.
    - The reason is one sentence: it goes to the person who reads the verdict, and to prompt optimizers.
    """

    def __call__(self, got: ResultTable, gold: ResultTable, *, ordered: bool) -> Comparison:
        """Compare."""
        ...


def try_seed(example: SQLExample, number: int, seed: int) -> int:
    """Return the rollout id of one try: the same in every process, another for every example and try."""
    return int(content_id("try", seed, example.id, number)[:7], 16)


async def ask(
    solver: Any, lm: Any, example: SQLExample, database: Database, temperature: float, rollout: int
) -> SQLAnswer:
    """Sample one answer; raises ReplyError if the model gave none that can be read.

    Without `lm` the solver answers with whatever model is configured, or with none at all.
    """
    if lm is None:
        return await solver.acall(database, example.asked)  # type: ignore[no-any-return]  # dspy is untyped
    from ..backends import speaking

    with speaking(lm.copy(temperature=temperature, rollout_id=rollout)):
        return await solver.acall(database, example.asked)  # type: ignore[no-any-return]  # dspy is untyped


async def one_try(
    solver: Any, lm: Any, example: SQLExample, database: Database, match: Match, temperature: float, rollout: int
) -> Try:
    """Sample one answer and judge it; a try that could not be made has `correct=None`."""
    try:
        answer = await ask(solver, lm, example, database, temperature, rollout)
    except ReplyError as error:
        return Try(answer="", correct=None, reason=str(error))
    if answer.result is None:
        reason = answer.error or "The SQL gave no result."
        return Try(answer=answer.sql, correct=False, reason=reason, output_tokens=answer.output_tokens)
    comparison = match(answer.result, example.answer, ordered=is_ordered(example.sql, database.dialect))
    return Try(
        answer=answer.sql, correct=comparison.equal, reason=comparison.reason, output_tokens=answer.output_tokens
    )


async def on_other_contents(
    tries: Sequence[Try],
    example: SQLExample,
    database: Database,
    match: Match,
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
    others = perturbations(database, [example.sql, *rivals], n, try_seed(example, -1, seed))
    found = await asyncio.gather(*(_unlike(rivals, example, other, match, sandbox) for other in others))
    wrong = {sql: reason for one in reversed(found) for sql, reason in one.items()}
    return [
        one.model_copy(update={"correct": False, "reason": f"Right by luck; on changed contents: {wrong[one.answer]}"})
        if one.correct and one.answer in wrong
        else one
        for one in tries
    ]


async def _unlike(
    rivals: Sequence[str], example: SQLExample, other: Database, match: Match, sandbox: Sandbox | None
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
