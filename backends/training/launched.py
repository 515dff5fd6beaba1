"""What each process of a launch runs: its share of the plan in a file. Started by `launching` only."""

import json
import os
import sys
import threading
from pathlib import Path

from ...errors import ConfigError, TrainingError
from .launching import FAILED, TOLD, WISH
from .plan import Plan


def main(plan_file: str, folder: str, seconds: str, parent: str) -> int:
    """Train until the plan is done, a stop is wished for, or the process that started it all is gone."""
    from .sft import run

    wish, unheard = Path(plan_file).parent / WISH, threading.Event()

    def tell(step: int, steps: int, loss: float | None) -> None:
        try:
            _say(TOLD, [step, steps, loss])
        except BrokenPipeError:  # who started this is gone, even where its number lives on as a zombie's
            unheard.set()

    def stopping() -> bool:
        return wish.exists() or unheard.is_set() or not _alive(int(parent))

    plan = Plan.model_validate_json(Path(plan_file).read_text(encoding="utf-8"))
    try:
        run(plan, Path(folder), progress=tell, stopping=stopping, checkpoint_seconds=float(seconds))
    except (ConfigError, TrainingError) as error:
        kind = ConfigError if isinstance(error, ConfigError) else TrainingError
        _say(FAILED, [kind.__name__, str(error)])
        return 1
    return 0


def _say(what: str, value: object) -> None:
    sys.stdout.write(f"{what}{json.dumps(value)}\n")
    sys.stdout.flush()


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
