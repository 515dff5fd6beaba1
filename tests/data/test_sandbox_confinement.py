"""What a worker has lost once it is confined, wall by wall: with all of them, without seccomp, without root."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from source2synth.data import Column, Database, Limits, Sandbox, Table
from source2synth.data.sandbox import process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="seccomp and /proc are Linux's")

_PROBE = """
    import os, resource, signal, socket, sys
    from source2synth.data.sandbox import confine
    {before}
    open_end, _ = os.pipe()
    confine.confine(64, os.getppid())
    def tries(name, attempt):
        try:
            attempt()
        except (OSError, MemoryError, ValueError) as error:
            print(name, "failed", flush=True)
        else:
            print(name, "worked", flush=True)
    def fork():
        if os.fork() == 0:
            os._exit(0)
    tries("read a file", lambda: os.open("/etc/passwd", os.O_RDONLY))
    tries("write a file", lambda: os.open("made", os.O_CREAT | os.O_WRONLY))
    tries("open a socket", lambda: socket.socket())
    tries("make a pipe", os.pipe)
    tries("take memory", lambda: bytearray(200_000_000))
    tries("lift a limit", lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    tries("fork", fork)
    tries("be root again", lambda: os.setuid(0))
    tries("signal the parent", lambda: os.kill(os.getppid(), 0))
    tries("delete a file", lambda: os.unlink({victim!r}))
    tries("list a folder", lambda: os.listdir("/"))
    tries("run a program", lambda: os.execv("/bin/true", ["true"]))
"""


def probe(victim: Path, before: str = "") -> dict[str, str]:
    code = textwrap.dedent(_PROBE).format(before=before, victim=str(victim))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert not done.stderr.startswith("Traceback"), done.stderr
    lines = [line.rsplit(" ", 1) for line in done.stdout.splitlines()]
    assert len(lines) == 12 or "run a program" not in dict(lines)
    return dict(lines)


def worked(found: dict[str, str]) -> set[str]:
    return {name for name, outcome in found.items() if outcome == "worked"}


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o777)
    path = tmp_path / "victim.txt"
    path.write_text("here", encoding="utf-8")
    path.chmod(0o666)
    return path


def test_a_confined_process_can_do_nothing(victim: Path) -> None:
    found = probe(victim)
    assert worked(found) == set()
    assert len(found) == 12
    assert victim.exists()


def test_without_seccomp_the_limits_still_keep_files_sockets_and_memory_away(victim: Path) -> None:
    found = probe(victim, "confine._filter_system_calls = lambda: False")
    allowed = {"signal the parent", "delete a file", "run a program", "list a folder", "lift a limit", "be root again"}
    assert worked(found) <= (allowed if os.geteuid() else allowed - {"lift a limit", "be root again"})
    assert found["read a file"] == found["open a socket"] == found["fork"] == "failed"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_is_confined_too(victim: Path) -> None:
    assert (
        worked(probe(victim, "import encodings.ascii, encodings.latin_1; os.setgid(12345); os.setuid(12345)")) == set()
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has nothing to give up")
def test_root_that_may_not_change_its_user_is_confined_too(victim: Path) -> None:
    assert worked(probe(victim, "confine._unprivileged_user = lambda: None")) == set()


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return {line.split(":")[0]: line.split(":", 1)[1].strip() for line in lines}


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_worker_is_confined_when_it_is_ready(engine: str) -> None:
    worker = process.WorkerProcess(engine, Limits())
    try:
        found = status(worker.pid)
        assert found["NoNewPrivs"] == "1"
        assert found["Seccomp"] == "2"
        assert found["Threads"] == "1"
        assert os.geteuid() != 0 or found["Uid"].split() == ["65534"] * 4
        assert sorted(os.listdir(f"/proc/{worker.pid}/fd")) == ["0", "1", "2"]
        assert Path(f"/proc/{worker.pid}/environ").read_bytes() == b""
        assert os.readlink(f"/proc/{worker.pid}/cwd").endswith("(deleted)")
        limits = Path(f"/proc/{worker.pid}/limits").read_text(encoding="ascii").splitlines()
        rows = {line[:26].strip(): line[26:].split()[:2] for line in limits}
        for name in ("Max open files", "Max processes", "Max file size", "Max core file size"):
            assert rows[name] == ["0", "0"], name
    finally:
        worker.kill()


def test_a_worker_whose_parent_is_stopped_ends_itself() -> None:
    code = """
        import threading, time
        from source2synth.data import Column, Database, Limits, Sandbox, Table
        from pathlib import Path
        v = Database.of((Table(name="v", columns=(Column(name="x", header="x", type="integer"),), rows=((1,),)),))
        sandbox = Sandbox(workers=1, limits=Limits(seconds=0.5))
        sandbox.execute(v, ["SELECT 1"])
        hangs = "SELECT instr(printf('%.900000c', 'a'), printf('%.450000c', 'a') || 'b')"
        threading.Thread(target=sandbox.execute, args=(v, [hangs]), daemon=True).start()
        print(*[p.read_text() for p in Path("/proc/self/task").glob("*/children")], flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    begun = time.monotonic() + 5
    while status(worker)["State"][0] != "R" and time.monotonic() < begun:
        time.sleep(0.005)  # the parent's thread has yet to hand the query over
    parent.send_signal(signal.SIGSTOP)
    deadline = time.monotonic() + 0.5 + 1 + 0.5
    while status(worker)["State"][0] != "Z" and time.monotonic() < deadline:
        time.sleep(0.02)
    state = status(worker)["State"]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert state.startswith("Z"), "a zombie that the stopped parent could not reap yet"


@pytest.mark.parametrize(
    "patch",
    [
        "from source2synth.data.sandbox import confine; confine._filter_system_calls = lambda: False",
        "from source2synth.data.sandbox import confine; confine._prctl = lambda *_: False",
        "from source2synth.data.sandbox import confine; confine._unprivileged_user = lambda: None",
        "from source2synth.data.sandbox import confine; confine._address_space = lambda: 2_000_000_000",
    ],
)
def test_workers_run_where_a_wall_is_missing(monkeypatch: pytest.MonkeyPatch, patch: str) -> None:
    monkeypatch.setattr(process, "_BOOT", process._BOOT.replace("try:", f"{patch}\ntry:"))
    table = Table(name="v", columns=(Column(name="x", header="x", type="integer"),), rows=((1,),))
    with Sandbox(workers=1) as sandbox:
        for dialect in ("sqlite", "duckdb"):
            (got,) = sandbox.execute(Database.of((table,), dialect=dialect), ["SELECT x FROM v"])
            assert got.kind == "ok"
