"""What each process of `accelerate launch` runs: its share of the plan in a file. Started by `launching` only."""

import json
import os
import sys
from pathlib import Path

from .plan import Plan


def main(plan_file: str, folder: str, seconds: str, parent: str) -> None:
    """Train until the plan is done, a stop is wished for, or the process that started it all is gone."""
    from .sft import run

    wish = Path(plan_file).parent / "stop"

    def stopping() -> bool:
        return wish.exists() or not _alive(int(parent))

    def tell(step: int, steps: int, loss: float | None) -> None:
        sys.stdout.write(f"step {json.dumps([step, steps, loss])}\n")
        sys.stdout.flush()

    plan = Plan.model_validate_json(Path(plan_file).read_text(encoding="utf-8"))
    run(plan, Path(folder), progress=tell, stopping=stopping, checkpoint_seconds=float(seconds))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main(*sys.argv[1:])
