"""Runs a plan in processes of its own: one beside this one, or several by `accelerate launch`, one a GPU.

The folder comes out as from training in this process.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...errors import ConfigError, TrainingError
from ..local.cores import VARIABLE, cores
from .plan import Plan, partial_of
from .watch import Progress

WISH = "stop"
"""A file of this name beside the checkpoints asks the processes to stop after their step."""
LOCK = "lock"
"""Held by the processes of a training until the last of them is gone, so that no two write the same checkpoints."""
TOLD, FAILED = "step ", "failed "
"""How lines begin by which a process tells its steps, and why it ends."""
_CHOOSING, _TRAININGS = threading.Lock(), Counter[str]()
"""How many trainings use each GPU, and what guards that."""
_KINDS = {"ConfigError": ConfigError, "TrainingError": TrainingError}


def command(plan_file: Path, folder: Path, seconds: float, processes: int, *, cpu: bool) -> list[str]:
    """Return the command that starts the processes; its last arguments are those of `launched`."""
    launch = [sys.executable]
    if processes > 1:
        launch += ["-m", "accelerate.commands.launch", "--num_processes", str(processes), "--num_machines", "1"]
        launch += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
        launch += ["--cpu"] if cpu else ["--multi_gpu"]
    module = "-m" if processes == 1 else "--module"
    return [*launch, module, f"{__package__}.launched", str(plan_file), str(folder), str(seconds), str(os.getpid())]


def launch(
    plan: Plan,
    folder: Path,
    *,
    progress: Progress | None = None,
    stopping: Callable[[], bool] = lambda: False,
    checkpoint_seconds: float = 30.0,
    beside: int = 1,
) -> None:
    """Train as `sft.run` does, in `plan.hyperparameters.processes` processes that are not this one.

    It is one of `beside` trainings, which share the cores.

    They know nothing of Ctrl-C; they stop, with a checkpoint, when this process wants it or is gone.

    Raises:
        TrainingError: a process failed (the message ends with its last line), or it was stopped.
        ConfigError: the base model cannot be loaded.
    """
    import torch

    partial = partial_of(folder)
    plan_file = partial / "plan.json"
    processes = plan.hyperparameters.processes
    line = command(plan_file, folder, checkpoint_seconds, processes, cpu=not torch.cuda.is_available())
    with alone(partial, stopping) as lock:
        if folder.is_dir():  # those of a broken-off run came to their end
            return
        (partial / WISH).unlink(missing_ok=True)
        plan_file.write_text(plan.model_dump_json(), encoding="utf-8")
        with one_gpu(processes) as environment:
            environment[VARIABLE] = str(max(1, cores() // beside))
            environment["PYTHONSAFEPATH"] = "1"  # no module is taken from the working folder
            lines = _watched(line, environment, partial / WISH, progress, stopping, lock)
    if not folder.is_dir():
        raise _failure(processes, lines)


@contextmanager
def one_gpu(processes: int) -> Iterator[dict[str, str]]:
    """Yield the environment of a training: where there are several GPUs, one process sees that which fewest use."""
    import torch

    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    visible = named.split(",") if named is not None else [str(at) for at in range(torch.cuda.device_count())]
    if processes > 1 or len(visible) < 2:
        yield dict(os.environ)
        return
    with _CHOOSING:
        chosen = min(visible, key=_TRAININGS.__getitem__)
        _TRAININGS[chosen] += 1
    try:
        yield {**os.environ, "CUDA_VISIBLE_DEVICES": chosen}
    finally:
        with _CHOOSING:
            _TRAININGS[chosen] -= 1


def _watched(
    line: Sequence[str],
    environment: dict[str, str],
    wish: Path,
    progress: Progress | None,
    stopping: Callable[[], bool],
    lock: Sequence[int],
) -> list[str]:
    """Start the processes, pass on what they tell and what is wished of them; return the last lines they wrote."""
    lines: list[str] = []
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    piped["env"] = environment
    with subprocess.Popen(line, **piped, start_new_session=True, pass_fds=lock) as started:  # type: ignore[call-overload]
        reader = threading.Thread(target=_read, args=(started, progress, lines), daemon=True)
        reader.start()
        try:
            while started.poll() is None:
                if stopping():
                    wish.touch()
                time.sleep(0.1)
        except BaseException:
            started.terminate()
            raise
        reader.join()
    return lines


@contextmanager
def alone(partial: Path, stopping: Callable[[], bool]) -> Iterator[Sequence[int]]:
    """Wait until no other process trains into a folder of checkpoints, then keep the others out.

    Yields the open file that does so, to be passed on: it keeps them out until the last process that has it is gone.

    Raises:
        TrainingError: stopped while waiting.
    """
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield ()
        return
    partial.mkdir(parents=True, exist_ok=True)
    with (partial / LOCK).open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if stopping():
                    raise TrainingError(f"Fine-tuning was stopped while another process trains {partial}.") from None
                time.sleep(0.1)
        yield (file.fileno(),)


def _read(started: "subprocess.Popen[str]", progress: Progress | None, lines: list[str]) -> None:
    assert started.stdout is not None
    for line in started.stdout:
        if line.startswith(TOLD):
            if progress is not None:
                step, steps, loss = json.loads(line.removeprefix(TOLD))
                progress(step, steps, loss)
        elif line.strip():
            lines[:] = [*lines[-199:], line.strip()]


def _failure(processes: int, lines: Sequence[str]) -> Exception:
    """Return the error that a process told of, or one with what it wrote last."""
    told = next((line for line in lines if line.startswith(FAILED)), None)
    if told is not None:
        kind, message = json.loads(told.removeprefix(FAILED))
        return _KINDS[kind](message)
    where = f"{processes} processes" if processes > 1 else "a process of its own"
    return TrainingError(f"Training in {where} failed: {_reason(lines)}")


def _reason(lines: Sequence[str]) -> str:
    errors = [line for line in lines if "Error" in line]
    return (errors or list(lines) or ["it said nothing"])[0]
