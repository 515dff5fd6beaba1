"""Chooses the next token of every row of a batch, each row by its own random numbers."""

import hashlib
from typing import Any

import torch

ROUNDING = 1e-4
"""By how much logits may differ with what a row was computed beside."""
HANGING = 20
"""Rows are read alone where no more than one token in so many hangs on rounding. Where a model is less sure, as one of
random weights always is, the batch decides: reading rows alone would take longer than all the rest."""


def seed_of(seed: int, prompt: str) -> int:
    """Mix a request's seed with its prompt: 63 bits, the same in every process."""
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def noise_of(seed: int, length: int) -> list[float]:
    """Draw the uniform numbers, one a token, that decide a row's sampling whatever batch it is in."""
    generator = torch.Generator().manual_seed(seed)
    numbers: list[float] = torch.rand(length, generator=generator, dtype=torch.float64).tolist()
    return numbers


def pick(
    logits: Any, temperatures: list[float], top_ps: list[float], noise: list[float]
) -> tuple[list[int], list[int]]:
    """Choose one token a row: the likeliest at temperature 0, else by inverting the cumulative distribution.

    Args:
        logits: Tensor of shape (rows, vocabulary).
        temperatures: One a row; 0 is greedy.
        top_ps: One a row; the likeliest tokens up to this share of probability take part. 1 means all.
        noise: One number a row, 0 <= number < 1.

    Returns:
        The tokens, and the rows whose token hangs on rounding: with logits that differ by less than `ROUNDING` it
        could be another. Not among them are rows so unsure that more than one token in `HANGING` would hang.
    """
    warm = [temperature > 0 for temperature in temperatures]
    if all(warm):
        drawn, hangs = _drawn(logits, temperatures, top_ps, noise)
    else:
        drawn, hangs = _likeliest(logits)
        if any(warm):
            sampled = torch.tensor(warm, device=logits.device)
            pairs = zip(_drawn(logits, temperatures, top_ps, noise), (drawn, hangs), strict=True)
            drawn, hangs = (torch.where(sampled, one, other) for one, other in pairs)
    return drawn.tolist(), hangs.nonzero()[:, 0].tolist()


def _drawn(logits: Any, temperatures: list[float], top_ps: list[float], noise: list[float]) -> tuple[Any, Any]:
    """Return a token drawn for each row, and whether rounding could make it another."""
    device = logits.device
    heat = torch.tensor(temperatures, device=device, dtype=torch.float32)[:, None].clamp_min(1e-4)
    chances, unsure = torch.softmax(logits.float() / heat, dim=-1), ROUNDING / heat.double()
    hangs: Any = torch.zeros(len(logits), dtype=torch.bool, device=device)
    if min(top_ps) < 1.0:
        chances, hangs = _nucleus(chances, torch.tensor(top_ps, device=device)[:, None], unsure)
    heights = chances.double().cumsum(dim=-1)
    level = torch.tensor(noise, device=device, dtype=torch.float64)[:, None] * heights[:, -1:]
    drawn = torch.searchsorted(heights, level, right=True).clamp_max(logits.shape[-1] - 1)
    hangs = hangs | _near(level, heights, drawn, unsure)
    for row in hangs.nonzero()[:, 0].tolist():
        hangs[row] = _share(heights[row], unsure[row]) < 1 / HANGING
    return drawn[:, 0], hangs


def _likeliest(logits: Any) -> tuple[Any, Any]:
    """Return the likeliest token of each row, and whether another is as likely but for rounding."""
    two = logits.topk(2, dim=-1)
    return two.indices[:, 0], two.values[:, 0] - two.values[:, 1] < 2 * ROUNDING


def _near(level: Any, heights: Any, drawn: Any, unsure: Any) -> Any:
    """Tell whether rounding could move a border of the token drawn, below or above it, across the level.

    Logits off by at most e move a border at height h by less than 2 e h (1 - h).
    """
    whole, at = heights[:, -1:], torch.cat([drawn - 1, drawn], dim=-1)
    border = heights.gather(-1, at.clamp_min(0)).masked_fill_(at < 0, 0.0) / whole
    return ((level / whole - border).abs() < 2 * unsure * border * (1 - border)).any(dim=-1)


def _share(heights: Any, unsure: Any) -> float:
    """Return how many of all levels hang on a border, for one row: a share that the row's own logits decide."""
    borders = heights / heights[-1]
    chances = borders.diff(prepend=borders.new_zeros(1))
    return float(torch.minimum(4 * unsure * borders * (1 - borders), chances).sum())


def _nucleus(chances: Any, shares: Any, unsure: Any) -> tuple[Any, Any]:
    """Leave the likeliest tokens up to a share; also tell whether a token is in or out by rounding alone."""
    ordered, order = chances.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(dim=-1) - ordered
    hangs = ((before - shares).abs() < 2 * unsure * before * (1 - before)).any(dim=-1) & (shares[:, 0] < 1)
    return torch.zeros_like(chances).scatter(-1, order, ordered.masked_fill(before >= shares, 0.0)), hangs
