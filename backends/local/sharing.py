"""Batches in which prompts with the same beginning (questions on one table) read it once and attend to it together.

The shared beginning is a *trunk* (`trunks.py`), and so is what follows it in a prompt, which all tries of that prompt
share. A row keeps only what it generates; attention is computed on the three parts apart and merged. Beginnings are
remembered while the batch lives. The model is read by `lean.py`.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

from .decoding import PREFILL_TOKENS, Batch, Read, Row, pad
from .lean import KINDS, Lean
from .memory import is_roomy, new_memory
from .models import LocalModel
from .trunks import MASKED, Remembered, Trunks, cluster, pile, weighed


def can_share(model: LocalModel) -> bool:
    """Tell whether a model's architecture allows trunks."""
    return model.module.config.model_type in KINDS and is_roomy(new_memory(model.module.config))


class SharingBatch(Batch):
    """A batch whose rows stand on trunks. Rows can always join."""

    def __init__(self, model: LocalModel) -> None:
        super().__init__(model)
        self._standing: list[Trunks] = []
        """What the rows stand on: shared beginnings, then the rest of each prompt."""
        self._remembered = Remembered()
        self._lean = Lean(model.module)

    def _read_all(self, rows: Sequence[Row]) -> None:
        same: dict[tuple[int, ...], list[Row]] = {}
        for row in rows:
            same.setdefault(row.prompt, []).append(row)
        clusters = [(self._remembered.worth(mine[0][:length], len(mine)), mine) for length, mine in cluster(same)]
        clusters.sort(key=lambda entry: entry[0])
        read: list[tuple[Read, list[Trunks]]] = []
        first = 0
        for last in range(1, len(clusters) + 1):
            if last == len(clusters) or (last + 1 - first) * clusters[last][0] > PREFILL_TOKENS:
                part = [(length, [same[prompt] for prompt in mine]) for length, mine in clusters[first:last]]
                read.append(self._read_clusters(part))
                first = last
        before = [self._standing] if self.rows else []
        self._standing = [pile(level) for level in zip(*before, *(standing for _, standing in read), strict=True)]
        self._join([rows for rows, _ in read])

    def _read_clusters(self, clusters: list[tuple[int, list[list[Row]]]]) -> tuple[Read, list[Trunks]]:
        trunks = self._trunks_of([group[0][0].prompt[:length] for length, group in clusters])
        groups = [(number, length, same) for number, (length, group) in enumerate(clusters) for same in group]
        ids, mask = pad([same[0].prompt[length:] for _, length, same in groups], self.model.device)
        starts = torch.tensor([length for _, length, _ in groups], device=ids.device)
        positions = (mask.cumsum(dim=1) - 1 + starts[:, None]).clamp_min(0)
        seen = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool, device=ids.device).tril() & mask[:, None].bool()
        seen = seen | torch.eye(ids.shape[1], dtype=torch.bool, device=ids.device)  # what only fills up sees itself
        standing = trunks.stand([number for number, _, _ in groups])
        memory: Any = new_memory(self.model.module.config)
        logits = self._lean.read(ids, positions, _Joint([standing], memory, _bias(seen)))
        spread = [index for index, (_, _, same) in enumerate(groups) for _ in same]
        rows = [row for _, _, same in groups for row in same]
        self._choose(rows, logits[spread])
        levels = [trunks.stand([groups[index][0] for index in spread]), Trunks.kept_in(memory, mask).stand(spread)]
        own = new_memory(self.model.module.config)
        for number, layer in enumerate(memory.layers):
            own.update(layer.keys[spread, :, :0], layer.values[spread, :, :0], number)
        return Read(rows, own, mask[spread, :0], positions[spread, -1] + 1), levels

    def _trunks_of(self, prompts: list[tuple[int, ...]]) -> Trunks:
        """Return the trunks of beginnings: those not remembered are read in one pass, and remembered."""
        fresh = [prompt for prompt in dict.fromkeys(prompts) if not self._remembered.has(prompt)]
        read = self._read_trunks(fresh).apart([len(prompt) for prompt in fresh]) if fresh else []
        new = dict(zip(fresh, read, strict=True))
        found = pile([new[prompt] if prompt in new else self._remembered.get(prompt) for prompt in prompts])
        for prompt, trunk in new.items():
            self._remembered.add(prompt, trunk)
        return found

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
        return self._lean.read(last, self._positions[:, None], _Joint(self._standing, self._memory, bias))

    def _keep(self, rows: list[int]) -> None:
        super()._keep(rows)
        self._standing = [trunks.keep(rows) for trunks in self._standing] if rows else []


class _Joint:
    """Attention to what a row stands on and to its own tokens."""

    def __init__(self, standing: Sequence[Trunks], memory: Any, bias: Any) -> None:
        self._standing, self._memory = standing, memory
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
        mixed, height = weighed(scores, value)
        for trunks in self._standing:
            shared, shared_height = trunks.seen(layer, query)
            mixed = torch.lerp(mixed, shared, torch.sigmoid(shared_height - height))
            height = torch.logaddexp(height, shared_height)
        return mixed.view(rows, heads, length, size).transpose(1, 2).reshape(rows, length, -1)


def _bias(seen: Any) -> Any:
    return torch.zeros(seen.shape, device=seen.device).masked_fill_(~seen, MASKED)
