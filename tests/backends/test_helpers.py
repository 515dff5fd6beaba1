"""Local models answered by several processes: the same replies as from one, whatever becomes of the others."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import torch
from dspy.lm15 import ContextLengthError

from source2synth.backends import make_lm, train
from source2synth.backends.local import cores, helpers
from source2synth.backends.local import crew as crews
from source2synth.backends.local.asks import Ask, ClosedError, Waiting
from source2synth.backends.local.crew import Crew
from source2synth.backends.local.engine import AsyncLocalEngine
from source2synth.backends.local.helpers import Helper
from source2synth.backends.local.scoring import Scoring
from source2synth.backends.local.worker import Worker

from .test_engine import ask_all, request
from .test_training import rows

MANY = 96


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something that another process brings about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def asks(model: str, **more: Any) -> list[Ask]:
    return [Ask(model, (("user", f"number {at // 3}"),), 12, 0.9, 1.0, at % 3, **more) for at in range(MANY)]


def answers(crew: Crew | Worker, model: str) -> list[str]:
    return [future.result(60).text for future in [crew.submit(ask) for ask in asks(model)]]


@pytest.fixture
def crew(small_model: str) -> Iterator[Crew]:
    """A worker with one helper that is ready."""
    made = Crew(most=2)
    made.submit(Ask(small_model, (("user", "x"),), 1, 0.0, 1.0, 0)).result(60)
    made.start(small_model, 1)
    made.wait()
    yield made
    made.close()


def alone(model: str) -> list[str]:
    worker = Worker()
    try:
        return answers(worker, model)
    finally:
        worker.close()


def counted(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> list[Waiting]:
    """Note what a helper is passed."""
    passed: list[Waiting] = []
    put = helper.put

    def noted(entry: Waiting) -> bool:
        passed.append(entry)
        return put(entry)

    monkeypatch.setattr(helper, "put", noted)
    return passed


def test_replies_are_those_of_one_process_and_tries_of_a_prompt_stay_together(
    small_model: str, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = counted(crew._helpers[0], monkeypatch)
    monkeypatch.setattr(crews, "_FEW", MANY)
    assert answers(crew, small_model) == alone(small_model)
    theirs = [entry.ask.turns for entry in passed if isinstance(entry.ask, Ask)]
    assert MANY / 4 < len(theirs) < MANY * 3 / 4
    assert {theirs.count(turns) for turns in theirs} == {3}


def test_a_helper_that_is_killed_costs_no_reply_and_is_not_replaced(small_model: str, crew: Crew) -> None:
    helper = crew._helpers[0]
    os.kill(helper.pid, signal.SIGSTOP)
    futures = [crew.submit(ask) for ask in asks(small_model)]
    assert helper.load > MANY / 4
    os.kill(helper.pid, signal.SIGKILL)
    assert [future.result(60).text for future in futures] == alone(small_model)
    until(lambda: not crew._helpers)
    crew._began = 0.0
    assert len(answers(crew, small_model)) == MANY
    assert not crew._helpers


def test_what_waits_when_the_crew_is_closed_fails_and_no_process_is_left(small_model: str, crew: Crew) -> None:
    helper = crew._helpers[0]
    os.kill(helper.pid, signal.SIGSTOP)
    futures = [crew.submit(ask) for ask in asks(small_model)]
    owed = [entry.future for entry in [*helper._queue, *helper._sent.values()]]
    crew.close()
    assert owed
    assert all(isinstance(future.exception(5), ClosedError) for future in owed)
    assert all(future.done() for future in futures)
    assert helper._process.poll() is not None
    assert crew.submit(asks(small_model)[0]).result(60).text


def test_closing_in_the_middle_of_much_work_starts_nothing(small_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    monkeypatch.setattr(Crew, "start", lambda crew, model, count: started.append(count))
    crew = Crew(most=2)
    crew.submit(asks(small_model)[0]).result(60)
    futures = [crew.submit(ask) for ask in asks(small_model) * 20]
    monkeypatch.setattr(crews, "WORTH_SECONDS", 0.0)
    crew.close()
    assert all(future.done() for future in futures)
    assert not started


def test_a_helper_with_nothing_to_do_goes_and_one_that_works_stays(small_model: str, crew: Crew) -> None:
    crew.close()
    helper = Helper(small_model, crew._heard, crew._own.put, idle=0.05)
    crew._helpers.append(helper)
    until(lambda: helper.ready)
    futures: list[Any] = []
    for ask in asks(small_model) * 8:
        futures.append(Future())
        assert helper.put(Waiting(ask, futures[-1], time.monotonic()))
    assert [future.result(60).text for future in futures[:MANY]] == alone(small_model)
    until(lambda: not crew._helpers)
    assert (helper.gone, helper.failed, crew._alone) == (True, False, False)
    assert all(future.done() for future in futures)
    assert crew._own.load == 0, "nothing of it came back"


def test_work_that_goes_on_gets_helpers_and_a_moment_of_work_none(
    small_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew = Crew(most=3)
    answers(crew, small_model)
    assert not crew._helpers
    monkeypatch.setattr(crews, "WORTH_SECONDS", 0.2)
    many = [crew.submit(ask) for ask in asks(small_model) * 200]
    until(lambda: len(crew._helpers) == 2)  # though all was asked at once
    crew.wait()
    until(lambda: all(helper._number for helper in crew._helpers))  # what waited was shared with both
    assert [future.result(120).text for future in many[:MANY]] == alone(small_model)
    crew.close()


def test_nobody_is_left_without_work_while_another_has_too_much(small_model: str, crew: Crew) -> None:
    helper = crew._helpers[0]
    os.kill(helper.pid, signal.SIGSTOP)
    futures = [crew.submit(ask) for ask in asks(small_model) * 10]
    in_flight = helpers.IN_FLIGHT
    until(lambda: sum(future.done() for future in futures) >= len(futures) - in_flight)
    assert helper.load <= in_flight
    os.kill(helper.pid, signal.SIGCONT)
    assert [future.result(60).text for future in futures] == alone(small_model) * 10


def test_a_helper_that_cannot_load_the_model_answers_nothing(
    small_model: str, crew: Crew, caplog: pytest.LogCaptureFixture
) -> None:
    crew.close()
    crew.start("local//no/such/folder", 1)
    with pytest.raises(TimeoutError):
        crew.wait()
    assert "helped local//no/such/folder ended" in caplog.text
    assert "ConfigError" in caplog.text
    assert answers(crew, small_model) == alone(small_model)


def test_what_a_helper_refuses_is_asked_of_this_process(
    small_model: str, crew: Crew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means something here only: the folder is no longer beside the working one."""
    (tmp_path / "model").symlink_to(Path(small_model.removeprefix("local/")))
    monkeypatch.chdir(tmp_path)
    name = "local/./model"
    first = crew.submit(asks(name)[0]).result(60).text
    monkeypatch.chdir("/")
    found = answers(crew, name)
    assert crew._helpers[0]._number > MANY / 4
    assert found[0] == first
    assert found == alone(small_model)


def test_a_model_that_should_be_there_once_is_not_given_away(
    small_model: str, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew._most = None
    monkeypatch.setattr(cores, "SMALL", 0)
    answers(crew, small_model)
    crew._level([crew._own, crew._helpers[0]])
    assert crew._helpers[0]._number == 0


def test_a_forked_process_asks_for_itself(small_model: str, crew: Crew) -> None:
    futures = [crew.submit(ask) for ask in asks(small_model)]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # Without torch, whose threads do not survive a fork: what is tested is whom it asks.
        monkeypatch = pytest.MonkeyPatch()
        monkeypatch.setattr(Worker, "put", lambda own, entry: entry.future.set_result("own"))
        told = crew.submit(asks(small_model)[0]).result(5)
        os.write(writing, f"{told} {len(crew._helpers)}".encode())
        os._exit(0)
    os.close(writing)
    assert os.read(reading, 100) == b"own 0"
    assert os.waitpid(child, 0)[1] == 0
    assert [future.result(60).text for future in futures] == alone(small_model)


def test_nothing_of_a_working_folder_is_run(small_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    crew = Crew(most=2)
    crew.start(small_model, 1)
    crew.wait()
    crew.close()


def test_what_listens_or_scores_stays_in_this_process(
    small_model: str, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = counted(crew._helpers[0], monkeypatch)
    heard: list[str] = []
    futures = [crew.submit(ask) for ask in asks(small_model, heard=lambda text: not heard.append(text))]
    futures.append(crew.submit(Scoring(small_model, ("one text",))))
    assert all(future.result(60) for future in futures)
    assert heard
    assert not passed


def test_what_may_be_given_up_is_answered_by_a_helper_too(
    small_model: str, crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = counted(crew._helpers[0], monkeypatch)
    futures = [crew.submit(ask) for ask in asks(small_model, wanted=lambda: True)]
    assert [future.result(60).text for future in futures] == alone(small_model)
    assert passed


def test_errors_come_back_as_what_they_are(small_model: str, crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_place", lambda ask: crew._helpers[0])
    long = request(small_model, "word " * 5000)
    (outcome,) = asyncio.run(ask_all(AsyncLocalEngine(crew), [long]))
    assert isinstance(outcome, ContextLengthError)
    assert "can read" in str(outcome)


def test_a_helper_ends_with_the_process_that_started_it(small_model: str) -> None:
    code = (
        "import sys, time\n"
        "from source2synth.backends.local.crew import Crew\n"
        "crew = Crew(); crew.start(sys.argv[1], 1)\n"
        "crew.wait()\n"
        "print(crew._helpers[0].pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, small_model], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _runs(pid)
        parent.kill()
    until(lambda: not _runs(pid), 20)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_small_models_get_processes_and_large_ones_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv(cores.VARIABLE, "6")
    small, large = cores.SMALL - 1, cores.SMALL
    assert (cores.threads(small), cores.processes(small)) == (1, 6)
    assert (cores.threads(large), cores.processes(large)) == (6, 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert (cores.threads(small), cores.processes(small)) == (3, 2)
    assert (cores.threads(large), cores.processes(large)) == (3, 1)
    monkeypatch.setenv(cores.VARIABLE, "1")
    assert cores.processes(small) == 1
    monkeypatch.setenv(cores.VARIABLE, "64")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert cores.processes(small) == cores.MOST_PROCESSES


def test_cores_are_those_of_the_affinity_and_the_quota(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(cores.VARIABLE, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)), raising=False)
    monkeypatch.setattr(cores, "_SYSTEM", tmp_path)
    groups = tmp_path / "sys/fs/cgroup"
    (groups / "cpu").mkdir(parents=True)

    def found(**files: str) -> int:
        for name, text in files.items():
            (groups / name.replace("__", "/").replace("_max", ".max").replace("cpu_cfs", "cpu.cfs")).write_text(text)
        cores._usable.cache_clear()
        return cores.cores()

    assert found() == 16
    assert found(cpu__cpu_cfs_quota_us="-1", cpu__cpu_cfs_period_us="100000") == 16
    assert found(cpu__cpu_cfs_quota_us="300000") == 3
    assert found(cpu_max="max 100000") == 3
    assert found(cpu_max="250000 100000") == 2
    assert found(cpu_max="50000 100000") == 1
    cores._usable.cache_clear()


def test_processes_leave_half_of_the_free_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(cores.VARIABLE, "8")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(cores, "_SYSTEM", tmp_path)
    assert cores.processes(1) == 8
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9999999 kB\nMemAvailable: 2000000 kB\n")
    assert cores.processes(1) == 3
    (tmp_path / "proc/meminfo").write_text("MemAvailable: 100 kB\n")
    assert cores.processes(1) == 1


def test_asking_and_training_take_the_threads_that_suit_the_model(
    small_model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", taken.append)
    monkeypatch.setenv(cores.VARIABLE, "5")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    for smallest_large in (cores.SMALL, 0):
        monkeypatch.setattr(cores, "SMALL", smallest_large)
        worker = Worker()
        assert worker.submit(asks(small_model)[0]).result(60).text
        worker.close()
        train(make_lm(small_model), rows(8), output_dir=tmp_path / str(smallest_large), max_steps=1, batch_size=4)
    assert taken == [1, 1, 5, 5]
