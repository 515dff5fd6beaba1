"""Words for a model that rewrites prompts: which stage of a program failed, on what, and how."""

from collections.abc import Sequence
from typing import Any

from ..data.answers import compare_answers
from ..data.document_records import MultiHopAttempt, MultiHopExample
from ..data.records import Attempt, SQLExample, Try, Verdict
from ..data.render_documents import read_chain

_STAGES = {
    "seed": "the seed", "sql": "the SQL", "repair": "the repair", "executes": "the SQL", "is_not_empty": "the SQL",
    "question": "the question", "compose": "the composed question", "answer": "the composed question",
}  # fmt: skip


def ended(attempt: Attempt | MultiHopAttempt | None) -> str:
    """Say where a go at an example ended."""
    verdict = None if attempt is None else attempt.verdict
    if verdict is None:
        return "No example came out."
    hops = attempt.hops if isinstance(attempt, MultiHopAttempt) else ()
    where = f"hop {len(hops) + 1}" if verdict.check == "hop" else _STAGES.get(verdict.check, verdict.check)
    lines = [f"No example came out: it ended at {where}. {verdict.reason}", *_begun(attempt)]
    if isinstance(attempt, Attempt) and attempt.sql:
        lines.append(f"The SQL was: {attempt.sql}")
    lines += [f"Hop {at}: {hop.question} -> {hop.answer}" for at, hop in enumerate(hops, start=1)]
    return "\n".join([*lines, *mended(attempt)])


def mended(made: Any) -> list[str]:
    """Say that a go's SQL is not what was written first, but what a repair made of it."""
    times = getattr(made, "repairs", 0)
    again = "once" if times == 1 else f"{times} times"
    return [f"The SQL that was written first failed; this one was mended {again}."] if times else []


def refused(example: Any, verdict: Verdict) -> str:
    """Say which check an example fell through, and why."""
    return f"The example was dropped by the check {verdict.check}: {verdict.reason}\n{shown(example)}"


def answered(example: Any, verdict: Verdict) -> str:
    """Say which tries of the solver failed and how; of several hops, which one was not answered."""
    lines = [verdict.reason, shown(example)]
    for number, one in enumerate(verdict.tries, start=1):
        said = "was right" if one.correct else f"failed: {one.reason}"
        lines.append(f"Try {number} {said}{_broken_hop(example, one)}\n  {one.answer}".rstrip())
    return "\n".join(lines)


def shown(example: Any) -> str:
    """Show what is judged, in a few lines."""
    if isinstance(example, SQLExample):
        return "\n".join([f"The question was: {example.asked}", *_begun(example), f"The SQL was: {example.sql}"])
    hops = [f"Hop {at}: {hop.question} -> {hop.answer}" for at, hop in enumerate(example.hops, start=1)]
    return "\n".join([f"The question was: {example.question}", *hops])


def _begun(of: Any) -> list[str]:
    """Say what a go began with, where it found that; questions of people began with nothing that is known."""
    if of.seed is None or not of.seed.text:
        return []
    what = "connection" if isinstance(of, MultiHopAttempt) else "fact"
    return [f"The {what} was: {of.seed.text}"]


def _broken_hop(example: Any, one: Try) -> str:
    if not isinstance(example, MultiHopExample) or one.correct:
        return ""
    try:
        steps, _ = read_chain(one.answer)
    except ValueError:
        return ""
    at = _first_wrong(example, [answer for _, answer, _ in steps])
    return "" if at is None else f" Hop {at + 1} was not answered: {example.hops[at].question}"


def _first_wrong(example: MultiHopExample, answers: Sequence[str]) -> int | None:
    for at, hop in enumerate(example.hops):
        if at >= len(answers) or not compare_answers(answers[at], hop.answer, question=hop.question).equal:
            return at
    return None
