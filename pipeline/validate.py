"""Proves a dataset again without a model: every query is run and every answer found again."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

from ..data.datasets import read_dataset
from ..data.records import Database, Execution, SQLExample, Verdict
from ..data.results import compare, is_ordered

CHECK = "validate"


def validate(dataset: str | Path, database: Database) -> list[Verdict]:
    """Run the query of every example of a dataset and compare its result with the recorded answer.

    Args:
        dataset: A `.parquet` or `.jsonl` file of examples.
        database: The sources as they are now.

    Returns:
        One verdict an example, in the order of the file: `kept` if it still holds, else `dropped` with what is
        different now.

    Raises:
        SourceError: The dataset cannot be read.
    """
    examples = read_dataset(Path(dataset), SQLExample)
    verdicts = {verdict.example_id: verdict for verdict in _verdicts(examples, database)}
    return [verdicts[example.id] for example in examples]


def _verdicts(examples: list[SQLExample], database: Database) -> Iterator[Verdict]:
    from ..data.sandbox import shared_sandbox

    names = {table.name.casefold() for table in database.tables}
    groups: dict[tuple[str, ...], dict[str, SQLExample]] = {}
    for example in examples:
        missing = [name for name in example.seed.source_ids if name.casefold() not in names]
        if missing:
            yield _verdict(example, f"The sources have no table {', '.join(missing)}.")
        else:
            groups.setdefault(example.seed.source_ids, {})[example.id] = example
    jobs = [(database.only(tables), [e.sql for e in group.values()]) for tables, group in groups.items()]
    for group, executions in zip(groups.values(), shared_sandbox().stream(jobs), strict=True):
        for example, execution in zip(group.values(), executions, strict=True):
            yield _verdict(example, _fault(example, execution, database))


def _fault(example: SQLExample, execution: Execution, database: Database) -> str:
    """Say what no longer holds; nothing if all does."""
    if execution.result is None:
        return f"The query no longer runs: {execution.error}"
    comparison = compare(execution.result, example.answer, ordered=is_ordered(example.sql, database.dialect))
    return "" if comparison.equal else f"The answer is another one now: {comparison.reason}."


def _verdict(example: SQLExample, fault: str) -> Verdict:
    if not fault:
        return Verdict(example_id=example.id, outcome="kept", check=CHECK, reason="Its answer was found again.")
    evidence: dict[str, JsonValue] = {"question": example.question, "sql": example.sql}
    return Verdict(example_id=example.id, outcome="dropped", check=CHECK, reason=fault, evidence=evidence)
