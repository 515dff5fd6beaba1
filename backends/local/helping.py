"""A process that answers asks for another: a worker at the other end of two pipes. Started by `helpers` only."""

import os
import pickle
import threading
from concurrent.futures import Future
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from .asks import Ask
from .worker import Worker

IDLE_SECONDS = 60.0
"""A helper that had nothing to do for so long goes; what it holds in memory is worth more than its start."""
READY, GONE = -1, -2
"""Numbers of messages that answer no ask: the model is loaded; there was nothing to do."""


class Answers:
    """What goes back, one message an ask: its number, and its reply or error."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def send(self, number: int, value: object = None) -> None:
        """Send one message; an error that does not survive the way goes as what it says."""
        try:
            message = pickle.dumps((number, value))
            pickle.loads(message)
        except Exception:  # noqa: BLE001  # whatever pickling an unknown error raises
            message = pickle.dumps((number, RuntimeError(f"{type(value).__name__}: {value}")))
        with self._lock:
            self._pipe.send_bytes(message)

    def tell(self, number: int, future: "Future[Any]") -> None:
        """Send what became of an ask."""
        self.send(number, future.exception() or future.result())


def main(model: str, idle: float) -> None:
    """Load the model, then answer until there is nothing to do or whoever started this is gone.

    Raises:
        Exception: the model cannot be loaded here.
        EOFError, OSError: the other process is gone.
    """
    asks, answers = Connection(os.dup(0), writable=False), Answers(Connection(os.dup(1), readable=False))
    os.dup2(2, 1)  # what a library prints is no answer
    worker = Worker()
    worker.submit(Ask(model, (("user", "?"),), 1, 0.0, 1.0, 0)).result()
    answers.send(READY)
    while asks.poll(idle) or worker.load:
        if asks.poll():
            number, ask = asks.recv()
            worker.submit(ask).add_done_callback(partial(answers.tell, number))
    answers.send(GONE)


if __name__ == "__main__":
    import sys
    import traceback

    try:
        main(sys.argv[1], float(sys.argv[2]))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the other process is gone
    except Exception:  # noqa: BLE001  # told to who started this, by its last line
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)  # the worker's thread may be inside torch, where no interpreter can end around it
