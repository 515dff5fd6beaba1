"""Batches in which prompts with the same beginning (questions on one table) read it once and attend to it together.

The shared beginning is a *trunk* (`trunks.py`). A row keeps only what follows; attention is computed on the two parts
apart and merged. The model is read by `lean.py`.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

from .decoding import PREFILL_TOKENS, Batch, Read, Row, pad
from .lean import KINDS, Lean
from .memory import is_roomy, new_memory, take
from .models import LocalModel
from .trunks import MASKED, Trunks, cluster, pile, weighed


def can_share(model: LocalModel) -> bool:
    """Tell whether a model's architecture allows trunks."""
    return model.module.config.model_type in KINDS and is_roomy(new_memory(model.module.config))


class SharingBatch(Batch):
    """A batch whose rows stand on trunks. Rows can always join."""

    def __init__(self, model: LocalModel) -> None:
        super().__init__(model)
        self._trunks: Any = None
        self._lean = Lean(model.module)

    def _read_all(self, rows: Sequence[Row]) -> None:
        same: dict[tuple[int, ...], list[Row]] = {}
        for row in rows:
            same.setdefault(row.prompt, []).append(row)
        clusters = cluster(same)
        clusters.sort(key=lambda entry: entry[0])
        read: list[tuple[Read, Trunks]] = []
        first = 0
        for last in range(1, len(clusters) + 1):
            if last == len(clusters) or (last + 1 - first) * clusters[last][0] > PREFILL_TOKENS:
                part = [(length, [same[prompt] for prompt in mine]) for length, mine in clusters[first:last]]
                read.append(self._read_clusters(part))
                first = last
        standing = [trunks for _, trunks in read]
        self._trunks = pile([self._trunks, *standing] if self.rows else standing)
        self._join([rows for rows, _ in read])

    def _read_clusters(self, clusters: list[tuple[int, list[list[Row]]]]) -> tuple[Read, Trunks]:
        trunks = self._read_trunks([group[0][0].prompt[:length] for length, group in clusters])
        groups = [(number, length, same) for number, (length, group) in enumerate(clusters) for same in group]
        ids, mask = pad([same[0].prompt[length:] for _, length, same in groups], self.model.device)
        starts = torch.tensor([length for _, length, _ in groups], device=ids.device)
        positions = (mask.cumsum(dim=1) - 1 + starts[:, None]).clamp_min(0)
        seen = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool, device=ids.device).tril() & mask[:, None].bool()
        seen = seen | torch.eye(ids.shape[1], dtype=torch.bool, device=ids.device)  # what only fills up sees itself
        standing, memory = trunks.stand([number for number, _, _ in groups]), new_memory(self.model.module.config)
        logits = self._lean.read(ids, positions, _Joint(standing, memory, _bias(seen)))
        spread = torch.tensor([index for index, (_, _, same) in enumerate(groups) for _ in same], device=ids.device)
        rows = [row for _, _, same in groups for row in same]
        self._choose(rows, logits[spread])
        take(memory, spread, 0)
        standing = trunks.stand([number for number, _, same in groups for _ in same])
        return Read(rows, memory, mask[spread], positions[spread, -1] + 1), standing

    def _read_trunks(self, prompts: list[tuple[int, ...]]) -> Trunks:
        """Read shared beginnings, filled up on the right: no token sees what follows it, so they need no mask."""
        ids, mask = pad(prompts, self.model.device, left=False)
        layers: list[tuple[Any, Any]] = []

        def attend(layer: int, query: Any, key: Any, value: Any, factor: float) -> Any:
            layers.append((key.transpose(-1, -2).contiguous(), value.contiguous()))
            if not query.shape[2]:
                return None
            mixed = scaled_dot_product_attention(
                query, key, value, is_causal=True, scale=factor, enable_gqa=query.shape[1] > key.shape[1]
            )
            return mixed.transpose(1, 2).flatten(2)

        positions = torch.arange(ids.shape[1], device=ids.device).expand(ids.shape)
        self._lean.read(ids, positions, attend, logits=False)
        return Trunks(layers, (1.0 - mask.float()) * MASKED, [])

    def _next_logits(self, last: Any) -> Any:
        bias = _bias(self._mask.bool())[:, None]
        return self._lean.read(last, self._positions[:, None], _Joint(self._trunks, self._memory, bias))

    def _keep(self, rows: list[int]) -> None:
        super()._keep(rows)
        self._trunks = self._trunks.keep(rows) if rows else None


class _Joint:
    """Attention to the trunk a row stands on and to its own tokens."""

    def __init__(self, trunks: Trunks, memory: Any, bias: Any) -> None:
        self._trunks, self._memory = trunks, memory
        self._bias = bias[:, None, None] if bool(bias.any()) else None
        """Shape (rows, 1, 1, queries, own tokens); None where nothing is masked."""

    def __call__(self, layer: int, query: Any, key: Any, value: Any, factor: float) -> Any:
        """Keep keys and values, and attend; see `lean.Attend`."""
        key, value = self._memory.update(key, value, layer)
        rows, heads, length, size = query.shape
        groups = key.shape[1]
        query = (query * factor).reshape(rows, groups, -1, size)
        scores = query @ key.transpose(-1, -2)
        if self._bias is not None:
            apart = scores.view(rows, groups, heads // groups, length, -1)
            apart.add_(self._bias[..., -length:, :])
        own, height = weighed(scores, value)
        shared, shared_height = self._trunks.seen(layer, query)
        mixed = torch.lerp(own, shared, torch.sigmoid(shared_height - height))
        return mixed.view(rows, heads, length, size).transpose(1, 2).reshape(rows, length, -1)


def _bias(seen: Any) -> Any:
    return torch.zeros(seen.shape, device=seen.device).masked_fill_(~seen, MASKED)
