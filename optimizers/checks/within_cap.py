"""No shape of query crowds out the others: a cap per shape and table."""

from collections import Counter
from collections.abc import Sequence

from ...data.records import Dialect, SQLExample, Verdict
from .verdicts import dropped, kept

CAP = 20
"""Most examples of one shape on one table, unless the caller says otherwise."""


def within_cap(examples: Sequence[SQLExample], dialect: Dialect = "sqlite", *, cap: int = CAP) -> list[Verdict]:
    """Drop what goes beyond `cap` examples of one shape on one table, in id order."""
    from ...data.sqlshape import shape_of

    counts: Counter[tuple[str, str]] = Counter()
    verdicts: dict[str, Verdict] = {}
    for example in sorted(examples, key=lambda example: example.id):
        shape = shape_of(example.sql, dialect)
        counts[example.database_id, shape] += 1
        if counts[example.database_id, shape] > cap:
            reason = f"This table has {cap} examples of shape {shape} already."
            verdicts[example.id] = dropped(example, "within_cap", reason, shape=shape, cap=cap)
        else:
            verdicts[example.id] = kept(example, "within_cap")
    return [verdicts[example.id] for example in examples]
