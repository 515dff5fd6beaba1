"""The query runs, and gives the recorded answer."""

from ...data.records import Database, SQLExample, Verdict
from .asking import ask, asks
from .verdicts import dropped, kept


@asks(lambda example, database: (example.sql,))
def executes(example: SQLExample, database: Database) -> Verdict:
    """Drop an example whose SQL fails, or gives another answer than the one recorded."""
    from ...data.results import compare, is_ordered

    (execution,) = ask(database, (example.sql,))
    if execution.result is None:
        return dropped(
            example, "executes", f"The SQL does not run: {execution.error}", sql=example.sql, kind=execution.kind
        )
    comparison = compare(execution.result, example.answer, ordered=is_ordered(example.sql, database.dialect))
    if not comparison.equal:
        reason = f"The SQL gives another answer than the one recorded: {comparison.reason}"
        return dropped(example, "executes", reason, got=execution.result.model_dump(mode="json"))
    return kept(example, "executes")
