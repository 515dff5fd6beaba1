"""Batches in which prompts with the same beginning (questions on one table) read it once and attend to it together.

The shared beginning is a *trunk* (`trunks.py`), and so is what follows it in a prompt, which all tries of that prompt
share, unless it is short. A lane keeps the rest, and what it generates; attention is computed on these parts apart and
merged. Beginnings are remembered while the batch lives. The model is read by `lean.py`.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

from .blocks import MASKED, Trunk, weighed
from .decoding import PREFILL_TOKENS, Batch, Read, Row, laned, pad
from .lean import KINDS, Lean
from .memory import is_roomy, new_memory
from .models import LocalModel
from .trunks import Remembered, Trunks, cluster, pile

_OWN = 24
"""A prompt's rest of so few tokens is kept by each lane like what it generates: one part more would take longer."""
Cluster = tuple[int, list[list[Row]]]
"""The length of a beginning, and the rows of each prompt that has it."""
Level = tuple[list[Trunk], list[int]]
"""Trunks, and which of them each lane stands on (-1: none)."""


def can_share(model: LocalModel) -> bool:
    """Tell whether a model's architecture allows trunks."""
    return model.module.config.model_type in KINDS and is_roomy(new_memory(model.module.config))


class SharingBatch(Batch):
    """A batch whose rows stand on trunks. Rows can always join."""

    def __init__(self, model: LocalModel) -> None:
        super().__init__(model)
        self._standing: list[Trunks] = []
        """What the lanes stand on: shared beginnings, then the rest of each prompt."""
        self._remembered = Remembered()
        self._lean = Lean(model.module)

    def forget(self) -> None:
        """Drop all rows and all beginnings, and free what was kept for them."""
        super().forget()
        self._remembered = Remembered()

    def _read_all(self, rows: Sequence[Row]) -> None:
        same: dict[tuple[int, ...], list[Row]] = {}
        for row in rows:
            same.setdefault(row.prompt, []).append(row)
        clusters = [
            (self._remembered.worth(mine[0][:length], len(mine)), [same[prompt] for prompt in mine])
            for length, mine in cluster(same)
        ]
        read = [self._read_clusters(part) for part in _passes(clusters)]
        before = [[(level.trunks(), level.of_row) for level in self._standing]] if self.rows else []
        self._standing = [pile(parts) for parts in zip(*before, *(levels for _, levels in read), strict=True)]
        self._join([rows for rows, _ in read])

    def _read_clusters(self, clusters: list[Cluster]) -> tuple[Read, list[Level]]:
        groups = [(number, length, same) for number, (length, group) in enumerate(clusters) for same in group]
        begun = [number for number, (length, _) in enumerate(clusters) if length]  # a prompt of one token is all rest
        trunks = self._trunks_of([clusters[number][1][0][0].prompt[: clusters[number][0]] for number in begun])
        shared = trunks, [begun.index(number) if length else -1 for number, length, _ in groups]
        rests = [same[0].prompt[length:] for _, length, same in groups]
        ids, mask = pad(rests, self.model.device)
        starts = torch.tensor([length for _, length, _ in groups], device=ids.device)
        positions = (mask.cumsum(dim=1) - 1 + starts[:, None]).clamp_min(0)
        seen = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool, device=ids.device).tril() & mask[:, None].bool()
        seen = seen | torch.eye(ids.shape[1], dtype=torch.bool, device=ids.device)  # what only fills up sees itself
        memory: Any = new_memory(self.model.module.config)
        logits = self._lean.read(ids, positions, _Joint([pile([shared])], memory, _bias(seen)))
        rows, lanes = laned([same for _, _, same in groups])
        self._choose(rows, logits[lanes])
        own, own_mask = self._own(memory, mask, list(map(len, rests)))
        return Read(rows, lanes, own, own_mask, positions[:, -1] + 1), [shared, _rest(memory, list(map(len, rests)))]

    def _own(self, memory: Any, mask: Any, lengths: list[int]) -> tuple[Any, Any]:
        """Return keys and values of short rests, which lanes keep as their own, and where these are."""
        short = torch.tensor([length <= _OWN for length in lengths], device=mask.device)
        first = mask.shape[1] - max((length for length in lengths if length <= _OWN), default=0)
        own = new_memory(self.model.module.config)
        for number, layer in enumerate(memory.layers):
            own.update(layer.keys[:, :, first:], layer.values[:, :, first:], number)
        return own, mask[:, first:] * short[:, None]

    def _trunks_of(self, prompts: list[tuple[int, ...]]) -> list[Trunk]:
        """Return the trunks of beginnings: those not remembered are read in one pass, and remembered."""
        fresh = [prompt for prompt in dict.fromkeys(prompts) if not self._remembered.has(prompt)]
        new = dict(zip(fresh, self._read_trunks(fresh), strict=True)) if fresh else {}
        found = [new[prompt] if prompt in new else self._remembered.get(prompt) for prompt in prompts]
        for prompt, trunk in new.items():
            self._remembered.add(prompt, trunk)
        return found

    def _read_trunks(self, prompts: list[tuple[int, ...]]) -> list[Trunk]:
        """Read shared beginnings in one pass, one behind the other; each sees itself alone."""
        ends = list(itertools.accumulate(map(len, prompts)))
        spans = [slice(end - len(prompt), end) for prompt, end in zip(prompts, ends, strict=True)]
        trunks = [Trunk([]) for _ in prompts]

        def attend(layer: int, query: Any, key: Any, value: Any, factor: float) -> Any:
            for trunk, span in zip(trunks, spans, strict=True):
                trunk.layers.append((key[0, :, span].mT.contiguous(), value[0, :, span].contiguous()))
            if not query.shape[2]:
                return None
            mixed = [_causal(query[:, :, span], key[:, :, span], value[:, :, span], factor) for span in spans]
            return torch.cat(mixed, dim=2).transpose(1, 2).flatten(2)

        ids = torch.tensor([list(itertools.chain(*prompts))], device=self.model.device)
        positions = torch.cat([torch.arange(len(prompt), device=ids.device) for prompt in prompts])
        self._lean.read(ids, positions[None], attend, logits=False)
        return trunks

    def _next_logits(self, last: Any) -> Any:
        bias = _bias(self._mask.bool())[:, None]
        return self._lean.read(last, self._positions[:, None], _Joint(self._standing, self._memory, bias))

    def _double(self, lanes: list[int]) -> None:
        super()._double(lanes)
        count = range(len(self._positions) - len(lanes))
        self._standing = [level.stand([level.of_row[lane] for lane in (*count, *lanes)]) for level in self._standing]

    def _keep(self, lanes: list[int]) -> None:
        super()._keep(lanes)
        self._standing = [level.keep(lanes) for level in self._standing] if lanes else []


class _Joint:
    """Attention to what a row stands on and to its own tokens."""

    def __init__(self, standing: Sequence[Trunks], memory: Any, bias: Any) -> None:
        self._standing, self._memory = [trunks for trunks in standing if trunks.blocks], memory
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


def _passes(clusters: list[Cluster]) -> list[list[Cluster]]:
    """Divide clusters into passes that read a bounded number of tokens.

    Beginnings are read one behind the other; what follows them is filled up to the longest of the pass.
    """
    passes: list[list[Cluster]] = []
    for one in sorted(clusters, key=_rest_of):
        part = [*passes[-1], one] if passes else []
        beginnings = sum(length for length, _ in part)
        rests = sum(len(group) for _, group in part) * _rest_of(one)
        if part and max(beginnings, rests) <= PREFILL_TOKENS:
            passes[-1] = part
        else:
            passes.append([one])
    return passes


def _rest_of(cluster: Cluster) -> int:
    length, group = cluster
    return max(len(same[0].prompt) for same in group) - length


def _causal(query: Any, key: Any, value: Any, factor: float) -> Any:
    more = query.shape[1] > key.shape[1]
    return scaled_dot_product_attention(query, key, value, is_causal=True, scale=factor, enable_gqa=more)


def _rest(memory: Any, lengths: list[int]) -> Level:
    """Return the long rests of prompts as trunks, each of one lane; `memory` has them filled up on the left."""
    layers = [(layer.keys.transpose(-1, -2), layer.values) for layer in memory.layers]
    whole = layers[0][1].shape[2]
    trunks = {
        lane: Trunk([(keys[lane], values[lane]) for keys, values in layers]).part(whole - length, whole)
        for lane, length in enumerate(lengths)
        if length > _OWN
    }
    numbers = {lane: number for number, lane in enumerate(trunks)}
    return list(trunks.values()), [numbers.get(lane, -1) for lane in range(len(lengths))]


def _bias(seen: Any) -> Any:
    return torch.zeros(seen.shape, device=seen.device).masked_fill_(~seen, MASKED)
