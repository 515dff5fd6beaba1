"""Keys and values a model keeps while generating: written in place, rows taken out or doubled, batches joined."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

ROOM = 16
"""Tokens of free space a layer gets whenever it is laid out anew, or a quarter of what is there: free space lies
between the rows, and much of it makes short rows slow to read."""
SPARE = 8
"""Rows of free space when rows are doubled and there is none, or a quarter of what is there, if that is more."""


class RoomyLayer(DynamicLayer):  # type: ignore[misc]  # transformers is loosely typed
    """A layer's keys and values, with room to grow: transformers' own copies everything at every token."""

    keys: Any
    values: Any

    def __init__(self) -> None:
        super().__init__()
        self._stores: tuple[torch.Tensor, torch.Tensor] | None = None
        self._rows = 0

    def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Append the states of new tokens; returns all keys and all values."""
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        if self._stores is None or end > self._stores[0].shape[-2]:
            self._lay_out(key_states.shape[0], end, key_states, value_states)
        assert self._stores is not None
        self._rows = key_states.shape[0]
        self._stores[0][: self._rows, :, start:end] = key_states
        self._stores[1][: self._rows, :, start:end] = value_states
        self._show(end)
        return self.keys, self.values

    def _lay_out(self, rows: int, length: int, key_like: Any, value_like: Any) -> None:
        """Move what is there into larger stores of `rows` rows and at least `length` tokens."""
        old = (self.keys, self.values) if self._stores is not None else None
        self._stores = (_store(key_like, rows, length), _store(value_like, rows, length))
        if old is not None:
            for store, states in zip(self._stores, old, strict=True):
                store[: len(states), :, : states.shape[-2]] = states
        self.dtype, self.device, self.is_initialized = key_like.dtype, key_like.device, True

    def take(self, rows: torch.Tensor, start: int) -> None:
        """Keep only some rows, without their first `start` tokens."""
        assert self._stores is not None
        length = self.get_seq_length() - start
        self._stores = (self._stores[0][rows, :, start:], self._stores[1][rows, :, start:])  # with their free space
        self._rows = len(rows)
        self._show(length)

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep only some rows, as transformers calls it: of a memory whose other layers are not roomy."""
        self.take(indices, 0)

    def double(self, rows: Sequence[int], most: int) -> None:
        """Add a copy of each of these rows below all others; there will hardly be more than `most`."""
        assert self._stores is not None
        length, first, last = self.get_seq_length(), self._rows, self._rows + len(rows)
        if last > len(self._stores[0]):
            room = max(last, min(last + max(SPARE, last // 4), most))
            self._lay_out(room, length, self.keys, self.values)
        for store in self._stores:
            store[first:last, :, :length] = store[list(rows), :, :length]
        self._rows = last
        self._show(length)

    def join(self, others: Sequence["RoomyLayer"]) -> None:
        """Add the rows of other layers below one's own, all aligned at their last token."""
        parts = [(layer.keys, layer.values) for layer in (self, *others)]
        rows = sum(keys.shape[0] for keys, _ in parts)
        length = max(keys.shape[-2] for keys, _ in parts)
        stores = (_store(parts[0][0], rows, length), _store(parts[0][1], rows, length))
        first = 0
        for pair in parts:
            last, gap = first + pair[0].shape[0], length - pair[0].shape[-2]
            for store, states in zip(stores, pair, strict=True):
                store[first:last, :, gap:length] = states
                # Zeros, not whatever memory holds: masked places take part in products, and NaN would spread.
                store[first:last, :, :gap] = 0
            first = last
        self._stores, self._rows = stores, rows
        self._show(length)

    def _show(self, length: int) -> None:
        assert self._stores is not None
        self.keys, self.values = (store[: self._rows, :, :length] for store in self._stores)


def _store(like: Any, rows: int, length: int) -> torch.Tensor:
    free = max(ROOM, length // 4)
    return like.new_empty((rows, like.shape[1], length + free, like.shape[-1]))  # type: ignore[no-any-return]


def new_memory(config: Any) -> DynamicCache:
    """Make an empty memory for a model: roomy layers where the model has plain ones."""
    memory = DynamicCache(config=config)
    memory.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in memory.layers]
    return memory


def is_roomy(memory: DynamicCache) -> bool:
    """Tell whether rows of this memory can be taken out and joined (no sliding window, no recurrent state)."""
    return all(isinstance(layer, RoomyLayer) for layer in memory.layers)


def double(memory: DynamicCache, rows: Sequence[int], most: int) -> None:
    """Add a copy of each of these rows of a roomy memory below all others; there will hardly be more than `most`."""
    for layer in memory.layers:
        assert isinstance(layer, RoomyLayer)
        layer.double(rows, most)


def take(memory: DynamicCache, rows: torch.Tensor, start: int) -> None:
    """Keep only some rows of a roomy memory, without their first `start` tokens."""
    for layer in memory.layers:
        assert isinstance(layer, RoomyLayer)
        layer.take(rows, start)


def join(memory: DynamicCache, others: Sequence[DynamicCache]) -> None:
    """Add the rows of other roomy memories below one's own."""
    for number, layer in enumerate(memory.layers):
        assert isinstance(layer, RoomyLayer)
        more = [other.layers[number] for other in others]
        layer.join([one for one in more if isinstance(one, RoomyLayer)])  # all are, as `is_roomy` told
