"""The sandbox as its users meet it: results, refusals, limits, order, threads, asyncio, forks, the parent's death."""

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source2synth.data import Column, Database, Limits, Sandbox, Table, shared_sandbox
from source2synth.data.records import ColumnType, Dialect
from source2synth.errors import ExecutionError

CASES = Path(__file__).parents[1] / "fixtures" / "sql" / "queries.jsonl"
HANGS = "SELECT instr(printf('%.900000c', 'a'), printf('%.450000c', 'a') || 'b')"  # SQLite cannot interrupt it
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def column(name: str, kind: ColumnType) -> Column:
    return Column(name=name, header=name, type=kind)


def cities(dialect: Dialect = "sqlite") -> Database:
    t = Table(
        name="t",
        columns=(
            column("id", "integer"),
            column("name", "text"),
            column("qty", "integer"),
            column("founded", "date"),
            column("is_capital", "boolean"),
        ),
        rows=((1, "Oslo", 5, None, True), (2, "Lima", 6, "1535-01-18", True), (3, "Rome", 7, None, True)),
    )
    u = Table(name="u", columns=(column("t_id", "integer"), column("note", "text")), rows=((1, "first"), (2, None)))
    return Database.of((t, u), dialect=dialect)


def one_cell(value: Any, kind: ColumnType = "integer", dialect: Dialect = "sqlite") -> Database:
    return Database.of((Table(name="v", columns=(column("x", kind),), rows=((value,),)),), dialect=dialect)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=Limits(seconds=0.5)) as made:
        yield made


def children() -> set[int]:
    found: set[int] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        found |= {int(number) for number in task.read_text(encoding="ascii").split()}
    return found


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_queries_of_the_fixture_give_their_rows_or_their_error(sandbox: Sandbox, dialect: Dialect) -> None:
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    cases = [case for case in cases if case["dialect"] == dialect]
    for case, got in zip(cases, sandbox.execute(cities(dialect), [case["sql"] for case in cases]), strict=True):
        assert got.sql == case["sql"]
        assert got.kind == case.get("kind", "ok"), got
        if got.kind == "ok":
            assert got.result is not None
            assert [list(row) for row in got.result.rows] == case["rows"], case["sql"]
            assert got.error is None
        else:
            assert got.result is None
            assert case["error"].lower() in (got.error or "").lower()


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "text"), (-(2**63), "integer"), (0.1, "real"), ("it's \"quoted\" é 💥", "text"), ("", "text"),
        ("1969-07-20", "date"), ("1969-07-20 20:17:00", "datetime"),
    ],
)  # fmt: skip
def test_a_cell_comes_back_as_it_went_in(sandbox: Sandbox, value: Any, kind: ColumnType, dialect: Dialect) -> None:
    (got,) = sandbox.execute(one_cell(value, kind, dialect), ["SELECT x FROM v"])
    assert got.result is not None
    assert got.result.rows == ((value,),)
    assert type(got.result.rows[0][0]) is type(value)


def test_odd_names_and_cells_load(sandbox: Sandbox) -> None:
    table = Table(
        name='t "1-2" order', columns=(column("select", "text"), column("ü b", "text")), rows=(("a\0b", 2**70),)
    )
    (got,) = sandbox.execute(Database.of((table,)), ['SELECT "select", "ü b" FROM "t ""1-2"" order"'])
    assert got.result is not None
    assert got.result.rows == (("a\0b", str(2**70)),)


def test_tables_that_an_engine_cannot_hold_fail_every_query_and_no_more(sandbox: Sandbox) -> None:
    broken = Database.of((Table(name="sqlite_x", columns=(column("a", "text"),), rows=()),))
    got = sandbox.execute(broken, ["SELECT 1", "SELECT 2"])
    assert [one.kind for one in got] == ["failed", "failed"]
    assert "could not be loaded" in (got[0].error or "")
    assert sandbox.execute(cities(), ["SELECT 1"])[0].kind == "ok"


def test_a_query_that_cannot_be_interrupted_is_killed_and_the_rest_goes_on(sandbox: Sandbox) -> None:
    started = time.monotonic()
    got = sandbox.execute(cities(), ["SELECT 1", HANGS, "SELECT 2 FROM t LIMIT 1", HANGS, "SELECT 3"])
    assert [one.kind for one in got] == ["ok", "timeout", "ok", "timeout", "ok"]
    assert got[1].error == "The query ran longer than 0.5 s and was stopped."
    assert time.monotonic() - started < 2 * (0.5 + 1) + 2


@LINUX
def test_a_worker_that_dies_between_queries_is_replaced(sandbox: Sandbox) -> None:
    sandbox.execute(cities(), ["SELECT 1"])
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    assert [one.kind for one in sandbox.execute(cities(), ["SELECT 1", "SELECT 2"])] == ["ok", "ok"]


def test_rows_and_bytes_are_capped() -> None:
    with Sandbox(workers=1, limits=Limits(rows=8, bytes=200)) as small:
        queries = ["SELECT 1 FROM t a, t b", "SELECT 1 FROM t a, u", "SELECT printf('%.300c', 'x')"]
        got = small.execute(cities(), queries)
    assert [one.kind for one in got] == ["too_large", "ok", "too_large"]
    assert got[0].error == "The result is too large: more than 8 rows."
    assert got[2].error == "The result is too large: more than 200 bytes."


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_memory_is_capped_and_the_worker_recovers(dialect: Dialect) -> None:
    wide = Database.of(
        (Table(name="w", columns=(column("i", "integer"),), rows=tuple((i,) for i in range(3000))),), dialect=dialect
    )
    big = (
        "SELECT max(length(s)) FROM (SELECT DISTINCT a.i, b.i, printf('%.900c', a.i || '-' || b.i) AS s FROM w a, w b)"
    )
    if dialect == "duckdb":
        big = "SELECT length(string_agg(lpad(a.i || '-' || b.i, 900, 'x'), '')) FROM w a, w b"
    with Sandbox(workers=1, limits=Limits(seconds=20, memory_mb=64)) as small:
        got = small.execute(wide, [big, "SELECT count(*) FROM w"])
    assert got[0].kind in {"too_large", "crashed"}, got[0]
    assert got[1].result is not None
    assert got[1].result.rows == ((3000,),)


def test_a_stream_keeps_its_order_and_reads_its_jobs_as_it_goes(sandbox: Sandbox) -> None:
    asked = 0

    def jobs() -> Iterator[tuple[Database, list[str]]]:
        nonlocal asked
        for number in range(2_000):
            asked += 1
            yield one_cell(number), [f"SELECT x FROM v WHERE x = {number}"] * (number % 3)

    stream = sandbox.stream(jobs())
    for number, executions in enumerate(stream):
        assert [one.result and one.result.rows for one in executions] == [((number,),)] * (number % 3)
        if number == 10:
            assert asked < 1_000
    assert asked == 2_000


def test_a_stream_that_is_left_early_leaves_nothing_behind(sandbox: Sandbox) -> None:
    stream = sandbox.stream((cities(), ["SELECT 1"] if number < 100 else [HANGS]) for number in range(400))
    next(stream)
    started = time.monotonic()
    stream.close()  # type: ignore[attr-defined]  # it is a generator
    assert sandbox.execute(cities(), ["SELECT 1"])[0].kind == "ok"
    assert time.monotonic() - started < 5


def test_many_queries_on_one_database_keep_their_order(sandbox: Sandbox) -> None:
    got = sandbox.execute(cities(), [f"SELECT {number}" for number in range(301)])
    assert [one.result and one.result.rows[0][0] for one in got] == list(range(301))


def test_threads_share_a_sandbox(sandbox: Sandbox) -> None:
    found: dict[int, list[Any]] = {}

    def ask(number: int) -> None:
        got = sandbox.execute(one_cell(number), [f"SELECT x + {step} FROM v" for step in range(20)])
        found[number] = [one.result and one.result.rows[0][0] for one in got]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: list(range(number, number + 20)) for number in range(12)}


async def test_asyncio_goes_on_while_a_query_hangs(sandbox: Sandbox) -> None:
    hanging = asyncio.create_task(sandbox.aexecute(cities(), [HANGS]))
    (quick,) = await sandbox.aexecute(cities(), ["SELECT count(*) FROM t"])
    assert quick.result is not None
    assert quick.result.rows == ((3,),)
    assert not hanging.done()
    assert (await hanging)[0].kind == "timeout"


def test_tables_are_sent_once_and_databases_do_not_mix(sandbox: Sandbox) -> None:
    for _ in range(3):
        for number in range(300):  # more than a worker keeps
            (got,) = sandbox.execute(one_cell(number), ["SELECT x FROM v"])
            assert got.result is not None
            assert got.result.rows == ((number,),)


@LINUX
def test_closing_ends_everything_and_later_calls_say_so() -> None:
    before = children()
    made = Sandbox(workers=2)
    made.execute(cities(), ["SELECT 1"])
    made.execute(cities("duckdb"), ["SELECT 1"])
    assert len(children() - before) >= 2
    made.close()
    made.close()
    assert children() - before == set()
    with pytest.raises(ExecutionError, match="closed"):
        made.execute(cities(), ["SELECT 1"])


@LINUX
def test_closing_does_not_wait_for_a_query_that_hangs() -> None:
    made = Sandbox(workers=1, limits=Limits(seconds=30))
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.extend(one.kind for one in made.execute(cities(), [HANGS])))
    thread.start()
    time.sleep(0.6)
    started = time.monotonic()
    made.close()
    thread.join(timeout=5)
    assert time.monotonic() - started < 2
    assert found == ["crashed"]


@LINUX
def test_a_sandbox_that_nobody_holds_ends_its_workers() -> None:
    before = children()
    Sandbox(workers=1).execute(cities(), ["SELECT 1"])
    gc.collect()
    assert children() - before == set()


def test_no_workers_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        Sandbox(workers=0)


def test_the_shared_sandbox_is_one_and_works_in_a_forked_child() -> None:
    assert shared_sandbox() is shared_sandbox()
    assert shared_sandbox().execute(cities(), ["SELECT 1"])[0].kind == "ok"
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if shared_sandbox().execute(cities(), ["SELECT 2"])[0].kind == "ok" else 2
            shared_sandbox().close()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert shared_sandbox().execute(cities(), ["SELECT 1"])[0].kind == "ok"


_LONELY = """
    import sys, time, threading
    from source2synth.data import Column, Database, Limits, Sandbox, Table
    v = Database.of((Table(name="v", columns=(Column(name="x", header="x", type="integer"),), rows=((1,),)),))
    sandbox = Sandbox(workers=1, limits=Limits(seconds=60))
    sandbox.execute(v, ["SELECT 1"])
    threading.Thread(target=sandbox.execute, args=(v, [{hangs!r}]), daemon=True).start()
    time.sleep(0.3)
    from pathlib import Path
    print(*[p.read_text() for p in Path("/proc/self/task").glob("*/children")], flush=True)
    time.sleep(60)
"""


@LINUX
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_workers_die_with_their_parent_even_in_the_middle_of_a_query(end: signal.Signals) -> None:
    code = textwrap.dedent(_LONELY).format(hangs=HANGS)
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [int(number) for number in parent.stdout.readline().split()]
    assert workers
    parent.send_signal(end)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 1  # the query itself takes longer
    while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(alive(pid) for pid in workers)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_program_that_never_closes_its_sandbox_ends() -> None:
    code = """
        from source2synth.data import Column, Database, Table, shared_sandbox
        v = Database.of((Table(name="v", columns=(Column(name="x", header="x", type="integer"),), rows=((1,),)),))
        print(shared_sandbox().execute(v, ["SELECT x FROM v"])[0].kind)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")
