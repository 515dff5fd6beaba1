"""Intervals for what was measured: of one share, and of the difference of two models on the same questions."""

import math
from collections.abc import Sequence

Z95 = 1.959963984540054
"""Standard normal quantile of a 95 % interval."""


def wilson(right: float, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share.

    Args:
        right: How many were right; a fraction if it is a mean over several trainings.
        total: Of how many; 0 gives the whole range.

    >>> [round(bound, 3) for bound in wilson(8, 10)]
    [0.49, 0.943]
    """
    if total == 0:
        return 0.0, 1.0
    share, square = right / total, Z95**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    spread = Z95 * math.sqrt(share * (1 - share) / total + square / (4 * total**2)) / (1 + square / total)
    return max(0.0, middle - spread), min(1.0, middle + spread)


def paired_bootstrap(
    a: Sequence[float], b: Sequence[float], n: int = 10_000, seed: int = 0
) -> tuple[float, float, float]:
    """Return the mean of `a - b` with its 95 % percentile interval, resampling the questions.

    Args:
        a: Score of one model on each question: right or wrong, or its share over several trainings.
        b: Score of the other on the same questions, in the same order.
        n: Resamples.
        seed: Of the resampling.

    Raises:
        ValueError: The two are not equally long.

    >>> paired_bootstrap([True] * 20, [False] * 20)
    (1.0, 1.0, 1.0)
    """
    import numpy as np

    if len(a) != len(b):
        raise ValueError(f"paired scores must be equally long, not {len(a)} and {len(b)}")
    if not a:
        return 0.0, 0.0, 0.0
    differences = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    random = np.random.Generator(np.random.PCG64(seed))
    means = np.concatenate([
        differences[random.integers(0, len(differences), (size, len(differences)))].mean(axis=1)
        for size in _blocks(n, len(differences))
    ])  # fmt: skip
    low, high = np.quantile(means, [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)


def _blocks(n: int, width: int) -> list[int]:
    """Split n resamples so that one block holds at most about four million numbers."""
    size = max(1, 4_000_000 // width)
    return [min(size, n - start) for start in range(0, n, size)]
