"""Trunks: tokens that rows share, the beginning of several prompts or the rest of one, and attention to them.

A trunk's keys and values are kept once, not once a row, and read from memory once for all rows that stand on it. Rows
are those of what is computed: the lanes of a batch.
"""

from collections.abc import Sequence
from typing import Any

import torch

from .blocks import MASKED, Block, Trunk
from .decoding import Row

REMEMBERED_BYTES = 256 * 2**20
"""Keys and values of beginnings that are remembered, of a batch."""
_ROWS_A_TRUNK = 24
"""More tries get a copy of their trunk: all trunks of a block are filled up to as many rows as the fullest has."""
_BLOCK_BYTES = 2**19
"""Keys and values that a CPU reads in the time that one block more takes."""
_BLOCK_BYTES_ELSEWHERE = 2**28
"""The same of a GPU, which reads fast and begins slowly."""


class Trunks:
    """Trunks in blocks, and which rows stand on which."""

    def __init__(self, blocks: list[Block], of_row: list[int]) -> None:
        self.blocks = blocks
        self.of_row = of_row
        """The trunk of each row, counted over all blocks; -1 for a row that stands on none."""
        slots, place, self._rows_of = self._placed()
        device = blocks[0].layers[0][0].device if blocks else None
        plain = slots == list(range(len(of_row)))
        self._slots = None if plain else torch.tensor(slots, device=device)
        """The row in each place, block after block; places to spare repeat some row. None: row after row."""
        self._place = None if plain else torch.tensor(place, device=device)
        """The place of each row; -1, the last, is of those that see nothing."""
        self._bare = -1 in of_row

    def _placed(self) -> tuple[list[int], list[int], list[int]]:
        """Return the row in each place, the place of each row, and the number of places of each block."""
        rows: list[list[int]] = [[] for block in self.blocks for _ in block.lengths]
        for row, trunk in enumerate(self.of_row):
            if trunk >= 0:
                rows[trunk].append(row)
        slots: list[int] = []
        place, counts = [-1] * len(self.of_row), []
        for block in self.blocks:
            mine, rows = rows[: len(block.lengths)], rows[len(block.lengths) :]
            most = max(map(len, mine))
            counts.append(most * len(mine))
            for standing in mine:
                for number, row in enumerate(standing):
                    place[row] = len(slots) + number
                slots += standing + [0] * (most - len(standing))
        return slots, place, counts

    def trunks(self) -> list[Trunk]:
        """Return each trunk for itself."""
        return [trunk for block in self.blocks for trunk in block.trunks()]

    def stand(self, of_row: list[int]) -> "Trunks":
        """Let other rows stand on the same trunks."""
        return Trunks(self.blocks, of_row)

    def keep(self, rows: Sequence[int]) -> "Trunks":
        """Keep some rows, and the trunks they stand on."""
        of_row = [self.of_row[row] for row in rows]
        used = sorted({trunk for trunk in of_row if trunk >= 0})
        blocks, first = [], 0
        for block in self.blocks:
            last = first + len(block.lengths)
            mine = [trunk - first for trunk in used if first <= trunk < last]
            blocks += [block.only(mine)] if mine else []
            first = last
        renamed = {trunk: number for number, trunk in enumerate(used)}
        return Trunks(blocks, [renamed.get(trunk, -1) for trunk in of_row])

    def seen(self, layer: int, query: Any) -> tuple[Any, Any]:
        """Attend to the trunks alone.

        Args:
            layer: Its number.
            query: Scaled queries, of shape (rows, heads of keys, queries, size).

        Returns:
            What the queries see, and the logarithm of the sum of their weights, (rows, heads, queries, 1).
        """
        placed = (query if self._slots is None else query[self._slots]).split(self._rows_of)
        parts = [block.seen(layer, part) for block, part in zip(self.blocks, placed, strict=True)]
        if self._bare:
            nothing = parts[0].new_zeros((1, *parts[0].shape[1:]))
            nothing[..., -1] = MASKED
            parts.append(nothing)
        both = parts[0] if len(parts) == 1 else torch.cat(parts)
        both = both if self._place is None else both[self._place]
        return both[..., :-1], both[..., -1:]


class Remembered:
    """Trunks read before, by their tokens; the longest unused are forgotten first."""

    def __init__(self, room: int = REMEMBERED_BYTES) -> None:
        self._room, self._trunks = room, dict[tuple[int, ...], Trunk]()
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

    def get(self, beginning: tuple[int, ...]) -> Trunk:
        """Return the trunk of a beginning that is remembered."""
        tokens = self._found(beginning)
        assert tokens is not None
        trunk = self._trunks[tokens] = self._trunks.pop(tokens)  # used last
        return trunk.part(0, len(beginning))

    def add(self, beginning: tuple[int, ...], trunk: Trunk) -> None:
        """Remember the trunk of a beginning."""
        self._trunks[beginning] = trunk
        self._size += trunk.bytes
        while self._size > self._room:
            self._size -= self._trunks.pop(next(iter(self._trunks))).bytes

    def _found(self, beginning: tuple[int, ...]) -> tuple[int, ...] | None:
        size = len(beginning)
        return next((tokens for tokens in self._trunks if tokens[:size] == beginning), None)


def pile(parts: Sequence[tuple[list[Trunk], list[int]]]) -> Trunks:
    """Put trunks of several parts into blocks, and their rows below one another.

    Args:
        parts: The trunks of each part and, for each of its rows, the number of its trunk, -1 for none.
    """
    trunks = [trunk for mine, _ in parts for trunk in mine]
    order = sorted(range(len(trunks)), key=lambda at: trunks[at].length, reverse=True)
    new = {trunk: number for number, trunk in enumerate(order)}
    of_row, offset = [], 0
    for mine, rows in parts:
        of_row += [new[offset + trunk] if trunk >= 0 else -1 for trunk in rows]
        offset += len(mine)
    return Trunks([Block.of([trunks[at] for at in order[first:last]]) for first, last in _cuts(trunks, order)], of_row)


def _cuts(trunks: Sequence[Trunk], order: Sequence[int]) -> list[tuple[int, int]]:
    """Return where blocks begin and end, so that reading what they are filled up with, and each block, costs least."""
    if not trunks:
        return []
    keys = trunks[0].layers[0][0]
    place = 2 * keys.shape[0] * keys.shape[1] * keys.element_size()
    block = (_BLOCK_BYTES if keys.device.type == "cpu" else _BLOCK_BYTES_ELSEWHERE) / place
    best: list[tuple[float, int]] = [(0.0, 0)]
    for last in range(1, len(order) + 1):
        costs = (best[first][0] + block + (last - first) * trunks[order[first]].length for first in range(last))
        best.append(min((cost, first) for first, cost in enumerate(costs)))
    cuts, last = [], len(order)
    while last:
        cuts.append((best[last][1], last))
        last = best[last][1]
    return cuts[::-1]


def cluster(prompts: dict[tuple[int, ...], list[Row]]) -> list[tuple[int, list[tuple[int, ...]]]]:
    """Put prompts together that share at least half of their beginning.

    Args:
        prompts: The rows of each distinct prompt.

    Returns:
        For each cluster the length of its trunk, in tokens (at least one token of every prompt is left), and its
        prompts. Where more rows would stand on a trunk than is well, several clusters have the same.
    """
    families: list[tuple[int, list[tuple[int, ...]]]] = []
    for prompt in sorted(prompts):
        if families:
            length, mine = families[-1]
            shared = min(_common(mine[0], prompt), length, len(prompt) - 1)
            if 2 * shared >= max(len(prompt), *map(len, mine)):
                families[-1] = (shared, [*mine, prompt])
                continue
        families.append((len(prompt) - 1, [prompt]))
    return [(length, part) for length, mine in families for part in _parts(mine, prompts)]


def _parts(family: list[tuple[int, ...]], prompts: dict[tuple[int, ...], list[Row]]) -> list[list[tuple[int, ...]]]:
    parts: list[list[tuple[int, ...]]] = []
    standing = _ROWS_A_TRUNK
    for prompt in family:
        standing += len(prompts[prompt])
        if standing > _ROWS_A_TRUNK:
            parts.append([])
            standing = len(prompts[prompt])
        parts[-1].append(prompt)
    return parts


def _common(one: Sequence[int], two: Sequence[int]) -> int:
    for index, (left, right) in enumerate(zip(one, two, strict=False)):
        if left != right:
            return index
    return min(len(one), len(two))
