"""Runs hostile statements in the sandbox and proves that nothing leaks, changes, is written or outlives its limit.

    python benchmarks/hostile_sql.py [PATH]     # default: the repository's own statements

PATH is a JSONL file of `engine`, `kind`, `sql`. Statements may assume `t(id, name, qty, price)` and
`u(id, t_id, note)` of 40 rows, and a folder `{folder}` with secrets in `secret.txt`, `secret.csv`, `secret.json`,
`other.sqlite`, `other.duckdb` and `x.parquet`. Engines other than sqlite and duckdb are skipped.
"""

import hashlib
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from source2synth.data import Column, Database, Execution, Limits, Sandbox, Table

OWN = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "sql" / "hostile.jsonl"
PLANTED = "plantedword7319"
_PROBE = {
    "sqlite": "SELECT (SELECT count(*) || '/' || sum(id) || '/' || sum(qty) || '/' || group_concat(name) FROM t),"
    " (SELECT count(*) || '/' || sum(t_id) || '/' || group_concat(note) FROM u)",
}
_PROBE["duckdb"] = (
    _PROBE["sqlite"].replace("group_concat(name)", "string_agg(name)").replace("group_concat(note)", "string_agg(note)")
)


@dataclass
class Report:
    """What became of the statements."""

    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Statements by engine and kind of execution."""
    ran: list[str] = field(default_factory=list)
    """Statements that gave a result."""
    breaches: list[str] = field(default_factory=list)
    """What must not have happened; empty if the sandbox holds."""
    slowest: float = 0.0
    """Seconds of the slowest statement, from asking to answer; a worker that had to go is dead by then."""


def database(dialect: str) -> Database:
    """Return the two tables that the statements assume."""
    t = Table(
        name="t",
        columns=tuple(
            _column(*pair) for pair in (("id", "integer"), ("name", "text"), ("qty", "integer"), ("price", "real"))
        ),
        rows=tuple((i, f"name{i}", i * 7 % 40, i * 1.25) for i in range(1, 41)),
    )
    u = Table(
        name="u",
        columns=tuple(_column(*pair) for pair in (("id", "integer"), ("t_id", "integer"), ("note", "text"))),
        rows=tuple((i, 41 - i, f"note{i}") for i in range(1, 41)),
    )
    return Database.of((t, u), dialect="duckdb" if dialect == "duckdb" else "sqlite")


def _column(name: str, kind: Any) -> Column:
    return Column(name=name, header=name, type=kind)


def plant(folder: Path) -> None:
    """Put files with a planted word where a statement would look for them."""
    (folder / "secret.txt").write_text(PLANTED, encoding="utf-8")
    (folder / "secret.csv").write_text(f"a,b\n{PLANTED},1\n", encoding="utf-8")
    (folder / "secret.json").write_text(json.dumps({"a": PLANTED}), encoding="utf-8")
    with sqlite3.connect(folder / "other.sqlite") as connection:
        connection.execute("CREATE TABLE s(a)")
        connection.execute("INSERT INTO s VALUES (?)", [PLANTED])
    connection.close()
    with duckdb.connect(str(folder / "other.duckdb")) as duck:
        duck.execute("CREATE TABLE s(a VARCHAR)")
        duck.execute("INSERT INTO s VALUES (?)", [PLANTED])
        duck.execute(f"COPY s TO '{folder / 'x.parquet'}' (FORMAT parquet)")
    for path in folder.iterdir():
        path.chmod(0o666)
    folder.chmod(0o777)  # so that it is the sandbox that keeps a worker out, not the user it runs as


def fingerprint(folder: Path) -> str:
    """Hash the names and contents of all files of a folder."""
    parts = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in sorted(folder.iterdir())]
    return json.dumps(parts)


def run_hostile(path: Path, *, limits: Limits, progress: Callable[[str], None] = lambda _: None) -> Report:
    """Run every statement alone, with a probe of the tables after it, and check what happened around it."""
    report = Report()
    others = children()
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    with tempfile.TemporaryDirectory() as name, Sandbox(workers=1, limits=limits) as sandbox:
        folder = Path(name)
        plant(folder)
        for engine in ("sqlite", "duckdb"):
            tables = database(engine)
            before = _gave(sandbox.execute(tables, [_PROBE[engine]])[0])
            assert before, "the probe itself has to run"
            for case in (case for case in cases if case["engine"] == engine):
                sql = case["sql"].replace("{folder}", name)
                _run_one(report, sandbox, tables, sql, before, folder, limits)
                progress(sql)
        remaining = children() - others
        if len(remaining) > 2:
            report.breaches.append(f"{len(remaining)} processes where two workers were due")
    time.sleep(0.05)
    if children() - others:
        report.breaches.append(f"processes that outlived the sandbox: {children() - others}")
    return report


def _run_one(
    report: Report, sandbox: Sandbox, tables: Database, sql: str, before: str, folder: Path, limits: Limits
) -> None:
    files = fingerprint(folder)
    started = time.monotonic()
    (execution,) = sandbox.execute(tables, [sql])
    seconds = time.monotonic() - started
    report.slowest = max(report.slowest, seconds)
    (probe,) = sandbox.execute(tables, [_PROBE[tables.dialect]])  # in a fresh worker if that one had to go
    report.kinds[tables.dialect, execution.kind] += 1
    place = f"{tables.dialect}: {sql[:120]}"
    if execution.kind == "ok":
        report.ran.append(place)
    text = json.dumps([execution.model_dump(mode="json").get("result"), execution.error])
    told = text.replace(sql, "")
    for secret in (PLANTED, "root:x:0", os.environ.get("HOME", "/nowhere") + "/"):
        if secret in told:
            report.breaches.append(f"leaked {secret!r} to {place}")
    if fingerprint(folder) != files:
        report.breaches.append(f"files changed by {place}")
    if _gave(probe) != before:
        report.breaches.append(f"tables changed by {place}: {probe.error}")
    if execution.result is not None and len(execution.result.rows) > limits.rows:
        report.breaches.append(f"more than {limits.rows} rows came from {place}")
    if seconds > limits.seconds + 1:
        report.breaches.append(f"{seconds:.1f} s passed with {place}")


def _gave(execution: Execution) -> str:
    return "" if execution.result is None else str(execution.result.rows)


def children() -> set[int]:
    """Return the ids of this process's children, zombies included (Linux; empty elsewhere)."""
    found: set[int] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        found |= {int(number) for number in task.read_text(encoding="ascii").split()}
    return found


def main() -> int:
    """Run the file named on the command line; 0 if the sandbox held."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else OWN
    report = run_hostile(path, limits=Limits(seconds=1.0))
    for (engine, kind), number in sorted(report.kinds.items()):
        print(f"{engine:8} {kind:10} {number:4}")
    print(f"slowest statement: {report.slowest:.2f} s")
    for line in report.ran:
        print("ran:", line)
    for line in report.breaches:
        print("BREACH:", line)
    print(f"{sum(report.kinds.values())} statements, {len(report.breaches)} breaches")
    return 1 if report.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
