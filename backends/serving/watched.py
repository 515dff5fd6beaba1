"""Keeps another program exactly as long as the process that started this one: also if that one is killed.

    python -m source2synth.backends.serving.watched 10 vllm serve …

The starter holds this process's input open; when it closes (the starter stopped, or died in whatever way) the program
and all it started are asked to end, and after so many seconds made to.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading


def main(grace: str, *command: str) -> int:
    """Run the command until it ends or the input does; return its exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches the starter too, which closes our input
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_heed)
    threading.Thread(target=_until_alone, args=(program, float(grace)), daemon=True).start()
    status = program.wait()
    _signal_all(program.pid, signal.SIGKILL)  # what it left behind
    return status


def _heed() -> None:
    """Let the program hear the signals that this process does not heed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _until_alone(program: "subprocess.Popen[bytes]", grace: float) -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would be held when Python ends
        pass
    _signal_all(program.pid, signal.SIGTERM)
    try:
        program.wait(grace)
    except subprocess.TimeoutExpired:
        _signal_all(program.pid, signal.SIGKILL)


def _signal_all(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
