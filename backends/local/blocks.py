"""Trunks, tokens that several rows share, and attention to them: those of like length are read by one product."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

MASKED = -1e9
"""Added to the scores of masked places; finite, so that a row of nothing else does not become NaN."""


class Trunk(NamedTuple):
    """One trunk."""

    layers: list[tuple[Any, Any]]
    """For each layer the keys, of shape (heads, size of a head, length), and the values, of shape (heads, length,
    size): as the products that read them go fastest."""

    @property
    def length(self) -> int:
        """Its tokens."""
        return int(self.layers[0][1].shape[1])

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return sum(part.numel() * part.element_size() for layer in self.layers for part in layer)

    def part(self, first: int, last: int) -> "Trunk":
        """Return some of its tokens."""
        return Trunk([(keys[..., first:last], values[:, first:last]) for keys, values in self.layers])


class Block:
    """Trunks of like length, read by one product; the shorter ones are filled up at their end."""

    def __init__(self, layers: list[tuple[Any, Any]], lengths: list[int]) -> None:
        self.layers = layers
        """Keys and values as a trunk has them, one trunk below the other."""
        self.lengths = lengths
        ends = torch.tensor(lengths, device=layers[0][0].device)[:, None]
        filled = torch.arange(max(lengths), device=ends.device) >= ends
        self._bias = (filled * MASKED)[:, None, None] if min(lengths) < max(lengths) else None

    @classmethod
    def of(cls, trunks: Sequence[Trunk]) -> "Block":
        """Put trunks below one another."""
        longest = max(trunk.length for trunk in trunks)
        layers = [
            (_stack([keys for keys, _ in layer], longest, 2), _stack([values for _, values in layer], longest, 1))
            for layer in zip(*(trunk.layers for trunk in trunks), strict=True)
        ]
        return cls(layers, [trunk.length for trunk in trunks])

    def trunks(self) -> list[Trunk]:
        """Return each trunk for itself."""
        apart = [Trunk([(keys[at], values[at]) for keys, values in self.layers]) for at in range(len(self.lengths))]
        return [trunk.part(0, length) for trunk, length in zip(apart, self.lengths, strict=True)]

    def only(self, used: list[int]) -> "Block":
        """Return a block of these trunks alone."""
        if len(used) == len(self.lengths):
            return self
        lengths = [self.lengths[at] for at in used]
        index, end = torch.tensor(used, device=self.layers[0][0].device), max(lengths)
        return Block([(keys[index, ..., :end], values[index, :, :end]) for keys, values in self.layers], lengths)

    def seen(self, layer: int, query: Any) -> Any:
        """Attend to the trunks.

        Args:
            layer: Its number.
            query: Scaled queries of shape (trunks * rows of one, heads of keys, queries, size).

        Returns:
            What the queries see, and behind it the logarithm of the sum of their weights: (trunks * rows of one, heads,
            queries, size + 1).
        """
        keys, values = self.layers[layer]
        _, heads, queries, size = query.shape
        together = query.view(len(keys), -1, heads, queries, size).transpose(1, 2).reshape(len(keys), heads, -1, size)
        scores = together @ keys
        if self._bias is not None:
            scores.add_(self._bias)
        both = torch.cat(weighed(scores, values), dim=-1)
        return both.view(len(keys), heads, -1, queries, size + 1).transpose(1, 2).reshape(-1, heads, queries, size + 1)


def weighed(scores: Any, values: Any) -> tuple[Any, Any]:
    """Return values weighed by the softmax of scores, and the logarithm of the sum of the exponentials of these."""
    weights = torch.softmax(scores, dim=-1)
    heights = scores.amax(dim=-1, keepdim=True) - weights.amax(dim=-1, keepdim=True).log_()  # of the likeliest place
    return weights @ values, heights


def _stack(parts: Sequence[Any], length: int, along: int) -> Any:
    """Put states below one another, the shorter ones filled up with zeros at the end of the dimension `along`."""
    shape = [len(parts), *parts[0].shape]
    shape[along + 1] = length
    whole = parts[0].new_empty(shape)
    for store, part in zip(whole, parts, strict=True):
        own = part.shape[along]
        store.narrow(along, 0, own).copy_(part)
        store.narrow(along, own, length - own).zero_()  # masked places take part in products: NaN would spread
    return whole
