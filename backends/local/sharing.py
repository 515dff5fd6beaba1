"""Batches in which prompts with the same beginning (questions on one table) read it once and attend to it together.

The shared beginning is a *trunk*: its keys and values are kept once, not once a row. A row keeps only what follows.
Attention is computed on the two parts apart and merged, so that a trunk is read from memory once for all its rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from .decoding import PREFILL_TOKENS, Batch, Row, pad
from .memory import is_roomy, new_memory, take
from .models import LocalModel

NAME = "source2synth"
"""Under which transformers knows `attend`."""
_KINDS = frozenset({"llama", "qwen2", "qwen3"})
"""Architectures whose attention hands unknown arguments on, and scales scores in no other way."""
_MASKED = -1e9
"""Added to the scores of masked places; finite, so that a row of nothing else does not become NaN."""
_ROWS_A_TRUNK = 16
"""More rows get a copy of their trunk: all trunks are filled up to as many rows as the fullest has."""


def can_share(model: LocalModel) -> bool:
    """Tell whether a model's architecture allows trunks."""
    return model.module.config.model_type in _KINDS and is_roomy(new_memory(model.module.config))


@dataclass
class Trunks:
    """Keys and values of shared beginnings, and which rows stand on which."""

    layers: list[tuple[Any, Any]]
    """For each layer the keys and values, of shape (trunks, heads, length, size of a head)."""
    bias: Any
    """Shape (trunks, length): 0 where a token is, `_MASKED` where a shorter trunk is filled up (on the left)."""
    of_row: list[int]
    """The trunk of each row."""
    slots: Any = None
    """Shape (trunks * most rows of one): the row in each place; places to spare repeat row 0."""
    place: Any = None
    """The place of each row among the slots."""

    def stand(self, of_row: list[int]) -> "Trunks":
        """Let other rows stand on the same trunks."""
        count = self.bias.shape[0]
        rows: list[list[int]] = [[] for _ in range(count)]
        for row, trunk in enumerate(of_row):
            rows[trunk].append(row)
        most = max(map(len, rows))
        place = [0] * len(of_row)
        for trunk, standing in enumerate(rows):
            for number, row in enumerate(standing):
                place[row] = trunk * most + number
        slots = [row for standing in rows for row in standing + [0] * (most - len(standing))]
        device = self.bias.device
        slots_, place_ = torch.tensor(slots, device=device), torch.tensor(place, device=device)
        return Trunks(self.layers, self.bias, of_row, slots_, place_)

    def keep(self, rows: Sequence[int]) -> "Trunks":
        """Keep some rows, and the trunks they stand on."""
        of_row = [self.of_row[row] for row in rows]
        used = sorted(set(of_row))
        if len(used) == self.bias.shape[0]:
            return self.stand(of_row)
        index = torch.tensor(used, device=self.bias.device)
        bias = self.bias[index]
        start = int((bias == 0).any(dim=0).int().argmax())
        layers = [(keys[index, :, start:], values[index, :, start:]) for keys, values in self.layers]
        renamed = {trunk: number for number, trunk in enumerate(used)}
        return Trunks(layers, bias[:, start:], []).stand([renamed[trunk] for trunk in of_row])

    def plus(self, other: "Trunks") -> "Trunks":
        """Put other trunks with their rows below."""
        length = max(self.bias.shape[1], other.bias.shape[1])
        layers = [
            (
                torch.cat([_widen(one[0], length), _widen(two[0], length)]),
                torch.cat([_widen(one[1], length), _widen(two[1], length)]),
            )
            for one, two in zip(self.layers, other.layers, strict=True)
        ]
        widened = [
            torch.nn.functional.pad(part.bias, (length - part.bias.shape[1], 0), value=_MASKED)
            for part in (self, other)
        ]
        offset = self.bias.shape[0]
        return Trunks(layers, torch.cat(widened), []).stand(self.of_row + [offset + trunk for trunk in other.of_row])


def _widen(states: Any, length: int) -> Any:
    return torch.nn.functional.pad(states, (0, 0, length - states.shape[2], 0))


def attend(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, trunks: Trunks | None = None, **kwargs: Any
) -> tuple[Any, None]:
    """Attend to a row's own tokens and, if there are trunks, to the one it stands on; called by transformers."""
    if trunks is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)  # type: ignore[no-any-return]
    rows, heads, length, size = query.shape
    groups = key.shape[1]
    query = (query * kwargs["scaling"]).reshape(rows, groups, -1, size)
    scores = (query @ key.transpose(-1, -2)).view(rows, groups, heads // groups, length, -1)
    own = _weigh((scores + attention_mask[:, :, None]).flatten(2, 3), value)
    keys, values = trunks.layers[module.layer_idx]
    count = keys.shape[0]
    together = query[trunks.slots].view(count, -1, groups, query.shape[2], size).transpose(1, 2)
    asked = together.reshape(count, groups, -1, size) @ keys.transpose(-1, -2) + trunks.bias[:, None, None]
    shared = [_back(part, query.shape[2], trunks.place) for part in _weigh(asked, values)]
    top = torch.maximum(own[0], shared[0])
    own_share, shared_share = (own[0] - top).exp(), (shared[0] - top).exp()
    total = own[1] * own_share + shared[1] * shared_share
    mixed = (own[2] * own_share + shared[2] * shared_share) / total
    return mixed.view(rows, heads, length, size).transpose(1, 2).contiguous(), None


def _weigh(scores: Any, values: Any) -> tuple[Any, Any, Any]:
    """Give the largest score, the sum of the weights, and the weighted values, each but for the division."""
    top = scores.amax(dim=-1, keepdim=True)
    weights = (scores - top).exp()
    return top, weights.sum(dim=-1, keepdim=True), weights @ values


def _back(part: Any, queries: int, place: Any) -> Any:
    """Bring (trunks, heads, rows of a trunk * queries, n) into the order of the rows."""
    count, groups, _, width = part.shape
    return part.view(count, groups, -1, queries, width).transpose(1, 2).reshape(-1, groups, queries, width)[place]


AttentionInterface.register(NAME, attend)


class SharingBatch(Batch):
    """A batch whose rows stand on trunks. Rows can always join."""

    def __init__(self, model: LocalModel) -> None:
        super().__init__(model)
        self._trunks: Any = None
        if model.module.config._attn_implementation != NAME:
            model.module.set_attn_implementation(NAME)

    def _read_all(self, rows: Sequence[Row]) -> None:
        same: dict[tuple[int, ...], list[Row]] = {}
        for row in rows:
            same.setdefault(row.prompt, []).append(row)
        clusters = cluster(same)
        clusters.sort(key=lambda entry: entry[0])
        first = 0
        for last in range(1, len(clusters) + 1):
            if last == len(clusters) or (last + 1 - first) * clusters[last][0] > PREFILL_TOKENS:
                self._read_clusters(
                    [(length, [same[prompt] for prompt in mine]) for length, mine in clusters[first:last]]
                )
                first = last

    def _read_clusters(self, clusters: list[tuple[int, list[list[Row]]]]) -> None:
        ids, mask = pad([group[0][0].prompt[:length] for length, group in clusters], self.model.device)
        trunk = self._forward(ids, mask, mask.cumsum(dim=1) - 1, None)
        layers = [(layer.keys, layer.values) for layer in trunk.past_key_values.layers]
        trunks = Trunks(layers, (1.0 - mask.float()) * _MASKED, [])
        groups = [(number, length, same) for number, (length, group) in enumerate(clusters) for same in group]
        ids, mask = pad([same[0].prompt[length:] for _, length, same in groups], self.model.device)
        starts = torch.tensor([length for _, length, _ in groups], device=ids.device)
        positions = mask.cumsum(dim=1) - 1 + starts[:, None]
        output = self._forward(ids, mask, positions, trunks.stand([number for number, _, _ in groups]))
        spread = torch.tensor([index for index, (_, _, same) in enumerate(groups) for _ in same], device=ids.device)
        rows = [row for _, _, same in groups for row in same]
        self._choose(rows, output.logits[:, -1][spread])
        take(output.past_key_values, spread, 0)
        standing = trunks.stand([number for number, _, same in groups for _ in same])
        self._add_trunks(standing)
        self._join(rows, output.past_key_values, mask[spread], positions[spread, -1] + 1)

    def _add_trunks(self, trunks: Trunks) -> None:
        self._trunks = trunks if not self.rows else self._trunks.plus(trunks)

    def _forward(self, ids: Any, mask: Any, positions: Any, trunks: Trunks | None) -> Any:
        """Read tokens at the start of their own memory; each sees those before it, and itself if it is filling."""
        length = ids.shape[1]
        seen = torch.ones(length, length, dtype=torch.bool, device=ids.device).tril() & mask[:, None].bool()
        seen = seen | torch.eye(length, dtype=torch.bool, device=ids.device)
        return self.model.module(
            input_ids=ids,
            attention_mask=_bias(seen)[:, None],
            position_ids=positions.clamp_min(0),
            past_key_values=new_memory(self.model.module.config),
            use_cache=True,
            logits_to_keep=1,
            trunks=trunks,
        )

    def _next_logits(self, last: Any) -> Any:
        return self.model.module(
            input_ids=last,
            attention_mask=_bias(self._mask.bool())[:, None, None],
            position_ids=self._positions[:, None],
            past_key_values=self._memory,
            use_cache=True,
            trunks=self._trunks,
        ).logits[:, -1]

    def _keep(self, rows: list[int]) -> None:
        super()._keep(rows)
        self._trunks = self._trunks.keep(rows) if rows else None


def _bias(seen: Any) -> Any:
    return torch.zeros(seen.shape, device=seen.device).masked_fill_(~seen, _MASKED)


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
