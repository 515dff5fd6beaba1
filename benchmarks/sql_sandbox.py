"""Compares the sandbox, check included, with plain parsing and unsafe execution in this process, in one run.

    python benchmarks/sql_sandbox.py                              # 100,000 distinct queries over 10,000 tables
    python benchmarks/sql_sandbox.py --tables 500 --rounds 4      # a quick look

Both do the same work in alternating rounds, so that what else the machine does hits both alike: each query is parsed
once by sqlglot and run once by SQLite, on a table loaded for its ten queries. The sandbox's two workers also check
and regenerate every query, hold deadlines and caps, and send the results back. Exits 1 if the sandbox has less than
half of the plain rate.
"""

import argparse
import os
import random
import sqlite3
import sys
import time
from collections.abc import Sequence

import sqlglot

from source2synth.data import Column, Database, Sandbox, Table
from source2synth.data.records import ColumnType

_WORDS = ["Oslo", "Lima", "Rome", "Kyiv", "Bern", "Riga", "Doha", "Baku", "Suva", "Apia", "Male", "Lome"]
_TYPES: tuple[ColumnType, ...] = ("text", "integer", "real", "text", "integer", "date", "real", "boolean")
_ROWS = 30
Job = tuple[Database, list[str]]


def make_job(number: int, queries: int) -> Job:
    """Make a table of 240 cells and distinct small queries on it."""
    rng = random.Random(number)
    name = f"table_{number}"
    columns = tuple(Column(name=f"c{i}", header=f"C {i}", type=kind) for i, kind in enumerate(_TYPES))
    rows = tuple(
        (
            rng.choice(_WORDS), rng.randrange(1000), round(rng.uniform(0, 100), 2), f"{rng.choice(_WORDS)} {row}",
            rng.randrange(50), f"19{rng.randrange(10, 99)}-0{rng.randrange(1, 9)}-11", rng.random(), row % 2 == 0,
        )
        for row in range(_ROWS)
    )  # fmt: skip
    shapes = (
        "SELECT c3 FROM {t} WHERE c1 = {n}",
        "SELECT count(*) FROM {t} WHERE c2 > {x} AND c0 = '{w}'",
        "SELECT c0, avg(c2) FROM {t} WHERE c1 < {n} GROUP BY c0 ORDER BY avg(c2) DESC LIMIT 5",
        "SELECT max(c2) - min(c2) FROM {t} WHERE c4 BETWEEN {k} AND {n}",
        "SELECT c3, c5 FROM {t} WHERE c5 > '19{y}-01-01' ORDER BY c5 LIMIT {k}",
        "SELECT DISTINCT c0 FROM {t} WHERE c3 LIKE '{w}%' OR c4 = {k}",
        "SELECT c0, count(*) AS n FROM {t} GROUP BY c0 HAVING count(*) > {k} ORDER BY n DESC, c0",
        "SELECT c3 FROM {t} WHERE c2 = (SELECT max(c2) FROM {t} WHERE c1 <> {n})",
        "SELECT sum(c6) FROM {t} WHERE c0 IN ('{w}', 'Paris') AND c7 = {b}",
        "SELECT c3 FROM {t} WHERE c2 > (SELECT avg(c2) FROM {t} WHERE c4 > {k}) ORDER BY c2, c3 LIMIT {m}",
    )
    sqls = []
    for index in range(queries):
        values = {"n": rng.randrange(1000), "x": round(rng.uniform(0, 100), 3), "w": rng.choice(_WORDS), "b": index % 2}
        values |= {"k": rng.randrange(50), "y": rng.randrange(10, 99), "m": rng.randrange(1, 9), "t": name}
        sqls.append(shapes[index % len(shapes)].format(**values))
    return Database.of((Table(name=name, columns=columns, rows=rows),)), list(dict.fromkeys(sqls))


def plain(jobs: Sequence[Job]) -> list[list[tuple[object, ...]]]:
    """Parse and run everything here, without any protection."""
    results = []
    for database, sqls in jobs:
        connection = sqlite3.connect(":memory:")
        table = database.tables[0]
        connection.execute(f"CREATE TABLE {table.name} ({', '.join(column.name for column in table.columns)})")
        connection.executemany(f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})", table.rows)
        for sql in sqls:
            sqlglot.parse_one(sql, read="sqlite")
            results.append(connection.execute(sql).fetchall())
        connection.close()
    return results


def sandboxed(sandbox: Sandbox, jobs: Sequence[Job]) -> list[list[tuple[object, ...]]]:
    """Run everything in the sandbox; every query has to succeed."""
    results: list[list[tuple[object, ...]]] = []
    for executions in sandbox.stream(jobs):
        for execution in executions:
            if execution.result is None:
                raise SystemExit(f"{execution.kind}: {execution.error}: {execution.sql}")
            results.append(list(execution.result.rows))
    return results


def main() -> int:
    """Measure; 0 if the sandbox has at least half of the plain rate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=10, help="distinct queries a table")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    seconds = {"plain": 0.0, "sandbox": 0.0}
    count = different = 0
    with Sandbox(workers=options.workers) as sandbox:
        sandboxed(sandbox, [make_job(10**7 + number, 1) for number in range(200)])  # starts the workers
        for round_ in range(options.rounds):
            numbers = range(round_ * options.tables // options.rounds, (round_ + 1) * options.tables // options.rounds)
            jobs = [make_job(number, options.queries) for number in numbers]
            count += sum(len(sqls) for _, sqls in jobs)
            started = time.perf_counter()
            safe = sandboxed(sandbox, jobs)
            middle = time.perf_counter()
            unsafe = plain(jobs)
            seconds["plain"] += time.perf_counter() - middle
            seconds["sandbox"] += middle - started
            different += sum(one != other for one, other in zip(safe, unsafe, strict=True))
    ratio = seconds["plain"] / seconds["sandbox"]
    print(f"{count:,} distinct queries, {options.tables:,} tables, {options.workers} workers, {os.cpu_count()} cores,"
          f" sqlglot {sqlglot.__version__}")  # fmt: skip
    for name, spent in seconds.items():
        print(f"{name:8} {spent:7.1f} s {count / spent:8,.0f} queries/s")
    print(f"ratio {ratio:.2f} (at least 0.50 wanted); {different} results differ")
    return 0 if ratio >= 0.5 and not different else 1


if __name__ == "__main__":
    sys.exit(main())
