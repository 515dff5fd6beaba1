"""How many cores local models use on a CPU, and how: a small model by processes, a large one by torch's threads.

A token of a small model takes longer in Python than in the products, so that a second thread finds nothing to do, and
a second process does as much as the first. A large model is nothing but products, and its weights should be there
once.
"""

import os
from functools import lru_cache
from pathlib import Path

SMALL = 20_000_000
"""Weights below which a model is small."""
MOST_PROCESSES = 8
"""Processes that answer for a model, at most."""
VARIABLE = "SOURCE2SYNTH_CORES"
"""Environment variable: cores that local models may use, where it is not all of them."""
PROCESS_BYTES = 400_000_000
"""What torch and transformers alone take in a process; half of the memory that is free may go into processes."""
_SYSTEM = Path("/")


def cores() -> int:
    """Return how many cores local models may use: what `SOURCE2SYNTH_CORES` says, else all this process may."""
    told = os.environ.get(VARIABLE, "")
    return max(1, int(told)) if told.isdecimal() else _usable()


def threads(weights: int) -> int:
    """Return torch's number of threads for a model of so many weights; what OMP_NUM_THREADS says goes first."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    if told.isdecimal():
        return max(1, int(told))
    return 1 if weights < SMALL else cores()


def processes(weights: int) -> int:
    """Return how many processes may answer for a model of so many weights, this one included."""
    if weights >= SMALL:
        return 1
    return max(1, min(MOST_PROCESSES, cores() // threads(weights), 1 + _free() // 2 // PROCESS_BYTES))


@lru_cache
def _usable() -> int:
    """Count the cores of this process, as its affinity and the quota of its container (cgroup 2 or 1) allow."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found = _numbers("sys/fs/cgroup/cpu.max") or [
        *_numbers("sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
        *_numbers("sys/fs/cgroup/cpu/cpu.cfs_period_us"),
    ]
    if len(found) < 2 or min(found) <= 0:  # no such file, or no quota: `max 100000`, or -1
        return allowed
    return max(1, min(allowed, found[0] // found[1]))


def _free() -> int:
    """Return the bytes of memory that are free, as far as the system says."""
    try:
        lines = (_SYSTEM / "proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:  # not on Linux
        return 1 << 62
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return found[0] if found else 1 << 62


def _numbers(path: str) -> list[int]:
    """Return the numbers in a file of the system; none if it is not there or holds anything else."""
    try:
        return [int(part) for part in (_SYSTEM / path).read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        return []
