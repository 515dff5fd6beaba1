"""Chooses the next token of every row of a batch, each row by its own random numbers."""

import hashlib
from typing import Any

import torch


def seed_of(seed: int, prompt: str) -> int:
    """Mix a request's seed with its prompt: 63 bits, the same in every process."""
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def noise_of(seed: int, length: int) -> list[float]:
    """Draw the uniform numbers, one a token, that decide a row's sampling whatever batch it is in."""
    generator = torch.Generator().manual_seed(seed)
    numbers: list[float] = torch.rand(length, generator=generator, dtype=torch.float64).tolist()
    return numbers


def pick(logits: Any, temperatures: list[float], top_ps: list[float], noise: list[float]) -> list[int]:
    """Choose one token a row: the likeliest at temperature 0, else by inverting the cumulative distribution.

    Args:
        logits: Tensor of shape (rows, vocabulary).
        temperatures: One a row; 0 is greedy.
        top_ps: One a row; the likeliest tokens up to this share of probability take part. 1 means all.
        noise: One number a row, 0 <= number < 1.
    """
    best = logits.argmax(dim=-1)
    if not any(temperatures):
        return best.tolist()  # type: ignore[no-any-return]  # torch is loosely typed
    device = logits.device
    heat = torch.tensor(temperatures, device=device, dtype=torch.float32)[:, None]
    chances = torch.softmax(logits.float() / heat.clamp_min(1e-4), dim=-1)
    if min(top_ps) < 1.0:
        chances = _nucleus(chances, torch.tensor(top_ps, device=device)[:, None])
    heights = chances.double().cumsum(dim=-1)
    level = torch.tensor(noise, device=device, dtype=torch.float64)[:, None] * heights[:, -1:]
    drawn = torch.searchsorted(heights, level, right=True).clamp_max(logits.shape[-1] - 1)[:, 0]
    return torch.where(heat[:, 0] > 0, drawn, best).tolist()


def _nucleus(chances: Any, shares: Any) -> Any:
    ordered, order = chances.sort(dim=-1, descending=True, stable=True)
    outside = ordered.cumsum(dim=-1) - ordered >= shares
    return torch.zeros_like(chances).scatter(-1, order, ordered.masked_fill(outside, 0.0))
