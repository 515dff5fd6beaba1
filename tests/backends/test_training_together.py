"""Training in processes of its own: the same weights side by side as one after another, and after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from source2synth.backends import Lesson, make_lm, train, train_all
from source2synth.backends.training import launching
from source2synth.errors import TrainingError

from .test_training import OPTIONS, rows

RUN = """
import json, os, signal, sys
from source2synth.backends import Lesson, make_lm, train_all
signal.signal(signal.SIGINT, signal.default_int_handler)
data, base, output, seconds, steps, processes = sys.argv[1:]
rows = json.load(open(data))
def tell(step, steps, loss):
    os.write(1, f"{step}\\n".encode())  # whole: the trainings tell their steps from threads of their own
options = {"output_dir": output, "max_steps": int(steps), "batch_size": 4, "learning_rate": 3e-3,
           "processes": int(processes), "checkpoint_seconds": float(seconds), "progress": tell}
halves = [rows] if int(processes) > 1 else [rows[:30], rows[30:]]
for lm in train_all(make_lm(base), [Lesson(half, options) for half in halves], at_once=2):
    print(lm.model.removeprefix("local/"), flush=True)
"""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def start(small_model: str, tmp_path_factory: pytest.TempPathFactory) -> Start:
    data = tmp_path_factory.mktemp("data") / "rows.json"
    data.write_text(json.dumps(rows(60)))

    def begin(output: Path, seconds: float, steps: int = 40, processes: int = 1) -> "subprocess.Popen[str]":
        arguments = [str(data), small_model, str(output), str(seconds), str(steps), str(processes)]
        return subprocess.Popen(
            [sys.executable, "-c", RUN, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    return begin


@pytest.fixture(scope="module")
def whole(start: Start, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The weights of two trainings that nobody stopped."""
    folder = tmp_path_factory.mktemp("whole")
    start(folder, 1e9).communicate()
    assert len(weights(folder)) == 2
    return weights(folder)


def weights(folder: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in sorted(folder.glob("*/*.safetensors"))}


def wait_for_step(process: "subprocess.Popen[str]", step: int, trainings: int) -> None:
    """Wait until that many trainings have come to a step."""
    assert process.stdout is not None
    there = 0
    for line in process.stdout:
        there += int(line) == step
        if there == trainings:
            return


def training(folder: Path) -> list[int]:
    """Return the processes that name a folder on their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = entry.read_bytes()
        except OSError:  # it has just ended
            continue
        if b"launched" in arguments and str(folder).encode() in arguments:
            found.append(int(entry.parent.name))
    return found


def wait_until_none_trains(folder: Path, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while training(folder):
        assert time.monotonic() < end, "a process trains on though who started it is gone"
        time.sleep(0.05)


def test_side_by_side_they_learn_what_they_learn_one_after_another(
    small_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('a file of the working folder was run')")
    monkeypatch.chdir(tmp_path)
    told: dict[int, list[int]] = {0: [], 1: []}
    options = [{**OPTIONS, "max_steps": 8, "seed": seed} for seed in (1, 2)]
    beside = [
        Lesson(
            rows(),
            {**one, "output_dir": tmp_path / "beside", "progress": lambda step, *_, at=at: told[at].append(step)},
        )
        for at, one in enumerate(options)
    ]
    together = train_all(make_lm(small_model), beside, at_once=2)
    alone = [train(make_lm(small_model), rows(), output_dir=tmp_path / "alone", **one) for one in options]
    assert [Path(lm.model).name for lm in together] == [Path(lm.model).name for lm in alone]
    assert len(weights(tmp_path / "alone")) == 2
    assert weights(tmp_path / "beside") == weights(tmp_path / "alone")
    assert told == {0: list(range(1, 9)), 1: list(range(1, 9))}


def test_what_stops_one_of_them_is_told_as_it_is(small_model: str, tmp_path: Path) -> None:
    long = rows(2)
    for row in long:
        row["messages"][0]["content"] *= 2000
    options = {**OPTIONS, "output_dir": tmp_path, "max_steps": 100_000}
    lessons = [Lesson(rows(), options), Lesson(long, options)]
    with pytest.raises(TrainingError, match=r"^None of the 2 rows fits into the \d+ tokens that local/"):
        train_all(make_lm(small_model), lessons, at_once=2)
    assert training(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_ended_in_the_middle_they_go_on_to_the_same_weights(
    start: Start, whole: dict[str, bytes], tmp_path: Path, end: signal.Signals
) -> None:
    victim = start(tmp_path, 0.0)
    wait_for_step(victim, 12, trainings=2)
    (os.kill if end == signal.SIGKILL else os.killpg)(victim.pid, end)
    victim.communicate()
    if end == signal.SIGINT:
        assert training(tmp_path) == [], "Ctrl-C waits for the checkpoints"
    lines = start(tmp_path, 1e9).communicate()[0].splitlines()
    assert min(map(int, lines[:-2])) > 11, "both went on from a checkpoint"
    assert weights(tmp_path) == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(whole), "no checkpoint is left behind"


@pytest.mark.slow
def test_killed_in_the_middle_a_launch_of_two_goes_on_to_the_same_loss(start: Start, tmp_path: Path) -> None:
    def figures(process: Any) -> Any:
        folder = Path(process.communicate()[0].splitlines()[-1])
        return json.loads((folder / "fingerprint.json").read_text())["figures"]

    expected = figures(start(tmp_path / "whole", 1e9, 12, 2))
    victim = start(tmp_path / "broken", 0.0, 12, 2)
    wait_for_step(victim, 6, trainings=1)
    victim.kill()
    victim.communicate()
    wait_until_none_trains(tmp_path / "broken")
    assert figures(start(tmp_path / "broken", 1e9, 12, 2)) == expected


def test_each_of_several_trainings_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(environment: dict[str, str]) -> str | None:
        return environment.get("CUDA_VISIBLE_DEVICES")

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    with launching.one_gpu(1) as first, launching.one_gpu(1) as second, launching.one_gpu(2) as launch:
        assert [seen(first), seen(second), seen(launch)] == ["2", "5", "2,5"]
        with launching.one_gpu(1) as third:
            assert seen(third) == "2"
    with launching.one_gpu(1) as again:
        assert seen(again) == "2"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    with launching.one_gpu(1) as only:
        assert seen(only) == "5"
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr("torch.cuda.device_count", lambda: 3)
    with launching.one_gpu(1) as counted:
        assert seen(counted) == "0"


def test_trainings_side_by_side_divide_the_cores(
    small_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []

    def watched(line: Any, environment: dict[str, str], *others: Any) -> list[str]:
        seen.append(environment)
        return ["Error: not this time"]

    monkeypatch.setenv("SOURCE2SYNTH_CORES", "9")
    monkeypatch.setattr(launching, "_watched", watched)
    for beside in (1, 2):
        with pytest.raises(TrainingError, match="not this time"):
            train(make_lm(small_model), rows(), output_dir=tmp_path, apart=beside, **OPTIONS)
    lessons = [Lesson(rows(), {**OPTIONS, "output_dir": tmp_path, "seed": seed}) for seed in range(3)]
    with pytest.raises(TrainingError, match="not this time"):
        train_all(make_lm(small_model), lessons, at_once=3)
    assert [one["SOURCE2SYNTH_CORES"] for one in seen[:2]] == ["9", "4"]
    assert {one["SOURCE2SYNTH_CORES"] for one in seen[2:]} == {"3"}
