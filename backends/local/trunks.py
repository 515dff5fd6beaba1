"""Trunks: tokens that rows share, the beginning of several prompts or the rest of one, and attention to them.

A trunk's keys and values are kept once, not once a row, and are read from memory once for all rows that stand on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from .decoding import Row

MASKED = -1e9
"""Added to the scores of masked places; finite, so that a row of nothing else does not become NaN."""
REMEMBERED_BYTES = 256 * 2**20
"""Keys and values of beginnings that are remembered, of a batch."""
_ROWS_A_TRUNK = 24
"""More rows get a copy of their trunk: all trunks are filled up to as many rows as the fullest has."""


@dataclass
class Trunks:
    """Keys and values of shared tokens, and which rows stand on which."""

    layers: list[tuple[Any, Any]]
    """For each layer the keys, of shape (trunks, heads, size of a head, length), and the values, of shape (trunks,
    heads, length, size): as the products that read them go fastest."""
    bias: Any
    """Shape (trunks, length): 0 where a token is, `MASKED` where a shorter trunk is filled up."""
    of_row: list[int]
    """The trunk of each row."""
    slots: Any = None
    """Shape (trunks * most rows of one): the row in each place; places to spare repeat row 0. None: row after row."""
    place: Any = None
    """The place of each row among the slots."""

    @classmethod
    def kept_in(cls, memory: Any, mask: Any) -> "Trunks":
        """Make a trunk of each row of a memory, whose rows are filled up on the left; `mask` is 1 where a token is."""
        layers = [(layer.keys.transpose(-1, -2).contiguous(), layer.values.contiguous()) for layer in memory.layers]
        return cls(layers, (1.0 - mask.float()) * MASKED, [])

    def apart(self, lengths: Sequence[int]) -> list["Trunks"]:
        """Return each trunk for itself, so many tokens of it."""
        return [
            Trunks(
                [(keys[at : at + 1, ..., :length], values[at : at + 1, :, :length]) for keys, values in self.layers],
                self.bias[at : at + 1, :length],
                [],
            )
            for at, length in enumerate(lengths)
        ]

    def stand(self, of_row: list[int]) -> "Trunks":
        """Let other rows stand on the same trunks."""
        count = self.bias.shape[0]
        rows: list[list[int]] = [[] for _ in range(count)]
        for row, trunk in enumerate(of_row):
            rows[trunk].append(row)
        most = max(map(len, rows))
        slots = [row for standing in rows for row in standing + [0] * (most - len(standing))]
        if slots == list(range(len(of_row))):
            return Trunks(self.layers, self.bias, of_row)
        place = [0] * len(of_row)
        for trunk, standing in enumerate(rows):
            for number, row in enumerate(standing):
                place[row] = trunk * most + number
        device = self.bias.device
        return Trunks(
            self.layers, self.bias, of_row, torch.tensor(slots, device=device), torch.tensor(place, device=device)
        )

    def together(self, part: Any) -> Any:
        """Bring (rows, heads, queries, n) into the order of the trunks: (trunks, heads, rows of one * queries, n)."""
        _, heads, queries, width = part.shape
        placed = part if self.slots is None else part[self.slots]
        placed = placed.view(self.bias.shape[0], -1, heads, queries, width)
        return placed.transpose(1, 2).reshape(len(placed), heads, -1, width)

    def back(self, part: Any, queries: int) -> Any:
        """Undo `together`."""
        _, heads, _, width = part.shape
        placed = part.view(len(part), heads, -1, queries, width).transpose(1, 2).reshape(-1, heads, queries, width)
        return placed if self.place is None else placed[self.place]

    def keep(self, rows: Sequence[int]) -> "Trunks":
        """Keep some rows, and the trunks they stand on."""
        of_row = [self.of_row[row] for row in rows]
        used = sorted(set(of_row))
        if len(used) == self.bias.shape[0]:
            return self.stand(of_row)
        index = torch.tensor(used, device=self.bias.device)
        bias = self.bias[index]
        places = (bias == 0).any(dim=0).nonzero()
        first, last = int(places[0]), int(places[-1]) + 1
        layers = [(keys[index, :, :, first:last], values[index, :, first:last]) for keys, values in self.layers]
        renamed = {trunk: number for number, trunk in enumerate(used)}
        return Trunks(layers, bias[:, first:last], []).stand([renamed[trunk] for trunk in of_row])

    def seen(self, layer: int, query: Any) -> tuple[Any, Any]:
        """Attend to the trunks alone.

        Args:
            layer: Its number.
            query: Scaled queries, of shape (rows, heads of keys, queries, size).

        Returns:
            What the queries see, and the logarithm of the sum of their weights, (rows, heads, queries, 1).
        """
        keys, values = self.layers[layer]
        scores = self.together(query) @ keys
        mixed, heights = weighed(scores.add_(self.bias[:, None, None]), values)
        both = self.back(torch.cat([mixed, heights], dim=-1), query.shape[2])
        return both[..., :-1], both[..., -1:]


class Remembered:
    """Trunks read before, by their tokens; the longest unused are forgotten first."""

    def __init__(self, room: int = REMEMBERED_BYTES) -> None:
        self._room, self._trunks = room, dict[tuple[int, ...], Trunks]()
        self._size = 0

    def worth(self, beginning: tuple[int, ...], prompts: int) -> int:
        """Return how many tokens to share of a beginning of `prompts` prompts: fewer, where those are remembered.

        What is shared no more is read for each prompt: that must be well below reading the whole beginning once.
        """
        known = max((_common(beginning, tokens) for tokens in self._trunks), default=0)
        return known if 2 * (len(beginning) - known) * prompts <= len(beginning) else len(beginning)

    def has(self, beginning: tuple[int, ...]) -> bool:
        """Tell whether a trunk begins so."""
        return self._found(beginning) is not None

    def get(self, beginning: tuple[int, ...]) -> Trunks:
        """Return the trunk of a beginning that is remembered."""
        tokens = self._found(beginning)
        assert tokens is not None
        trunk = self._trunks[tokens] = self._trunks.pop(tokens)  # used last
        return trunk.apart([len(beginning)])[0]

    def add(self, beginning: tuple[int, ...], trunk: Trunks) -> None:
        """Remember the trunk of a beginning."""
        layers = [(keys.clone(), values.clone()) for keys, values in trunk.layers]
        self._trunks[beginning] = Trunks(layers, trunk.bias, [])
        self._size += _bytes(trunk)
        while self._size > self._room:
            self._size -= _bytes(self._trunks.pop(next(iter(self._trunks))))

    def _found(self, beginning: tuple[int, ...]) -> tuple[int, ...] | None:
        size = len(beginning)
        return next((tokens for tokens in self._trunks if tokens[:size] == beginning), None)


def _bytes(trunk: Trunks) -> int:
    return sum(part.numel() * part.element_size() for layer in trunk.layers for part in layer)


def weighed(scores: Any, values: Any) -> tuple[Any, Any]:
    """Return values weighed by the softmax of scores, and the logarithm of the sum of the exponentials of these."""
    weights = torch.softmax(scores, dim=-1)
    heights = scores.amax(dim=-1, keepdim=True) - weights.amax(dim=-1, keepdim=True).log_()  # of the likeliest place
    return weights @ values, heights


def pile(parts: Sequence[Trunks]) -> Trunks:
    """Put trunks with their rows below one another."""
    if len(parts) == 1:
        return parts[0]
    length = max(part.bias.shape[1] for part in parts)
    layers = [
        (_stack([keys for keys, _ in layer], length, 3), _stack([values for _, values in layer], length, 2))
        for layer in zip(*(part.layers for part in parts), strict=True)
    ]
    widen = torch.nn.functional.pad
    bias = [widen(part.bias, (0, length - part.bias.shape[1]), value=MASKED) for part in parts]
    of_row, offset = [], 0
    for part in parts:
        of_row += [offset + trunk for trunk in part.of_row]
        offset += part.bias.shape[0]
    return Trunks(layers, torch.cat(bias), []).stand(of_row)


def _stack(parts: Sequence[Any], length: int, along: int) -> Any:
    """Put states below one another, the shorter ones filled up with zeros at the end of the dimension `along`."""
    shape = [sum(len(part) for part in parts), *parts[0].shape[1:]]
    shape[along] = length
    whole = parts[0].new_zeros(shape)
    first = 0
    for part in parts:
        whole[first : first + len(part)].narrow(along, 0, part.shape[along]).copy_(part)
        first += len(part)
    return whole


def cluster(prompts: dict[tuple[int, ...], list[Row]]) -> list[tuple[int, list[tuple[int, ...]]]]:
    """Put prompts together that share at least half of their beginning.

    Args:
        prompts: The rows of each distinct prompt.

    Returns:
        For each cluster the length of its trunk, in tokens (at least one token of every prompt is left), and its
        prompts.
    """
    clusters: list[tuple[int, list[tuple[int, ...]]]] = []
    standing = 0
    for prompt in sorted(prompts):
        more = len(prompts[prompt])
        if clusters and standing + more <= _ROWS_A_TRUNK:
            length, mine = clusters[-1]
            shared = min(_common(mine[0], prompt), length, len(prompt) - 1)
            if 2 * shared >= max(len(prompt), *map(len, mine)):
                clusters[-1] = (shared, [*mine, prompt])
                standing += more
                continue
        clusters.append((len(prompt) - 1, [prompt]))
        standing = more
    return clusters


def _common(one: Sequence[int], two: Sequence[int]) -> int:
    for index, (left, right) in enumerate(zip(one, two, strict=False)):
        if left != right:
            return index
    return min(len(one), len(two))
