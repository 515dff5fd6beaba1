"""Runs a plan in several processes, one a GPU, by `accelerate launch`; the folder comes out as from one."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ...errors import TrainingError
from .plan import Plan
from .watch import Progress

WISH = "stop"
"""A file of this name beside the checkpoints asks the processes to stop after their step."""
_TOLD = "step "


def command(plan_file: Path, folder: Path, seconds: float, processes: int, *, cpu: bool) -> list[str]:
    """Return the command that starts the processes; its last arguments are those of `launched`."""
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--num_processes", str(processes)]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    launch += ["--cpu"] if cpu else ["--multi_gpu"]
    mine = [str(plan_file), str(folder), str(seconds), str(os.getpid())]
    return [*launch, "--module", f"{__package__}.launched", *mine]


def launch(
    plan: Plan,
    folder: Path,
    *,
    progress: Progress | None = None,
    stopping: Callable[[], bool] = lambda: False,
    checkpoint_seconds: float = 30.0,
) -> None:
    """Train as `sft.run` does, in `plan.hyperparameters.processes` processes.

    Raises:
        TrainingError: a process failed (the message ends with its last line), or it was stopped.
    """
    import torch

    partial = folder.parent / f".{folder.name}.partial"
    partial.mkdir(parents=True, exist_ok=True)
    (partial / WISH).unlink(missing_ok=True)
    plan_file = partial / "plan.json"
    plan_file.write_text(plan.model_dump_json(), encoding="utf-8")
    processes = plan.hyperparameters.processes
    line = command(plan_file, folder, checkpoint_seconds, processes, cpu=not torch.cuda.is_available())
    started = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    last: list[str] = []
    reader = threading.Thread(target=_read, args=(started, progress, last), daemon=True)
    reader.start()
    with started:
        try:
            while started.poll() is None:
                if stopping():
                    (partial / WISH).touch()
                time.sleep(0.1)
        except BaseException:
            started.terminate()
            raise
        reader.join()
    if not folder.is_dir():
        raise TrainingError(f"Training in {processes} processes failed: {_reason(last)}")


def _read(started: "subprocess.Popen[str]", progress: Progress | None, last: list[str]) -> None:
    assert started.stdout is not None
    for line in started.stdout:
        if line.startswith(_TOLD):
            if progress is not None:
                step, steps, loss = json.loads(line.removeprefix(_TOLD))
                progress(step, steps, loss)
        elif line.strip():
            last[:] = [*last[-199:], line.strip()]


def _reason(lines: Sequence[str]) -> str:
    errors = [line for line in lines if "Error" in line]
    return (errors or list(lines) or ["it said nothing"])[0]
