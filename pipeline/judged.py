"""An example together with what became of it: the rows of `kept` and `dropped`."""

from typing import Self

from pydantic import JsonValue

from ..data.records import Outcome, Part, SQLExample, Try, Verdict


class JudgedExample(SQLExample):
    """An example and the verdict that decided about it; reads back as a plain `SQLExample` too."""

    part: Part
    """Part of the run it was made in."""
    outcome: Outcome
    check: str
    """Name of the check or filter that decided."""
    reason: str
    """One sentence a person can act on."""
    evidence: dict[str, JsonValue] = {}
    tries: tuple[Try, ...] = ()

    @classmethod
    def judged(cls, example: SQLExample, part: Part, verdict: Verdict) -> Self:
        """Join an example with its verdict."""
        fields = {name: getattr(example, name) for name in SQLExample.model_fields}
        return cls(
            **fields,
            part=part,
            outcome=verdict.outcome,
            check=verdict.check,
            reason=verdict.reason,
            evidence=verdict.evidence,
            tries=verdict.tries,
        )
