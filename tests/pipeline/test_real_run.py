"""Real training, killed in its middle, comes to the same weights, the same dataset, and asks nothing twice."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from source2synth.data.datasets import read_dataset
from source2synth.pipeline.judged import JudgedExample

from .run_server import Server, calls, dataset, serving

SCRIPT = Path(__file__).with_name("real_run.py")
SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "tables"
TABLES = "source.tables=[cities, islands, lakes, languages, moons, rivers]"
STEP = 6
"""Where training is killed; it takes 10 steps."""


def weights(run: Path) -> dict[str, bytes]:
    found = sorted(run.glob("*-model/*/model.safetensors"))
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in found}


def unfinished(run: Path) -> list[str]:
    """Return the steps whose checkpoints a kill has left."""
    return sorted(path.parent.name for path in run.glob("*-model/.*.partial/checkpoint-*/complete"))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(SCRIPT) as started:
        yield started


@pytest.fixture(scope="module")
def whole(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody killed."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    server.finish(run, SAMPLES, TABLES)
    return run


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [1, 2])
def test_killed_in_the_middle_of_training_it_comes_to_the_same(
    server: Server, whole: Path, tmp_path: Path, at_once: int
) -> None:
    killed, fields = tmp_path / "killed", (SAMPLES, TABLES, f"training.at_once={at_once}")
    kept = read_dataset(whole / "curated" / "kept.parquet", JudgedExample)
    stages = ["synth-model", "curated-model"] if kept else ["synth-model"]  # nothing kept is no model
    for stage in stages:
        # the first event of a stage is its start
        assert server.run(killed, *fields, "--kill", f"{stage}:{STEP + 1}") == -signal.SIGKILL
        assert unfinished(killed)
        if at_once == 1:
            assert f"checkpoint-{STEP - 1}" in unfinished(killed)
    server.finish(killed, *fields)
    assert unfinished(killed) == []
    assert len(weights(whole)) == (3 if kept else 1)
    assert weights(killed) == weights(whole)
    assert dataset(killed) == dataset(whole)
    asked = calls(killed)
    assert asked == calls(whole)
    assert set(asked.values()) == {1}
