"""Starts runs in processes of their own, forked by a script such as scripted_run.py, and reads what they left."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from source2synth.data.datasets import read_dataset
from source2synth.pipeline.judged import JudgedMultiHopExample

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}


class Server:
    """Runs recipes in processes of their own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.asks, self.answers = process.stdin, process.stdout

    def start(self, *arguments: object) -> int:
        """Start a run and return its process id."""
        self.asks.write(json.dumps([str(argument) for argument in arguments]) + "\n")
        self.asks.flush()
        return int(self.answers.readline())

    def end(self, process: int, number: int = signal.SIGKILL) -> int:
        """Send a signal to the run that was started, which may have ended by itself by now, and return its status."""
        with suppress(ProcessLookupError):
            os.kill(process, number)
        return self.status()

    def status(self) -> int:
        """Wait for the run that was started; negative: the signal that killed it."""
        return int(self.answers.readline())

    def run(self, *arguments: object) -> int:
        """Start a run and wait for it."""
        self.start(*arguments)
        return self.status()

    def finish(self, folder: Path, sources: Path, *arguments: str) -> Any:
        """Run to the end and return the result."""
        status = self.run(folder, sources, *arguments)
        assert status == 0, folder.with_name(f"{folder.name}.err").read_text()[-2000:]
        return json.loads(folder.with_name(f"{folder.name}.out").read_text())


@contextmanager
def serving(script: Path) -> Iterator[Server]:
    """Keep a script that forks runs up, inside the block."""
    command = [sys.executable, str(script)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        yield Server(process)
        process.kill()


def calls(folder: Path) -> Counter[str]:
    """What the models of a run were asked and trained, over all goes at it."""
    path = folder.parent / f"{folder.name}.calls"
    return Counter(path.read_text().split()) if path.exists() else Counter()


def dataset(folder: Path) -> dict[str, bytes]:
    names = [path for path in sorted((folder / "curated").iterdir()) if path.suffix in {".parquet", ".jsonl"}]
    return {path.name: path.read_bytes() for path in names}


def rows(folder: Path, name: str) -> list[JudgedMultiHopExample]:
    """Read `kept` or `dropped` of a run on documents."""
    return read_dataset(folder / "curated" / f"{name}.parquet", JudgedMultiHopExample)
