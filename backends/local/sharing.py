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

from .decoding import PREFILL_TOKENS, Batch, Read, Row, pad
from .memory import is_roomy, new_memory, take
from .models import LocalModel

NAME = "source2synth"
"""Under which transformers knows `attend`."""
_KINDS = frozenset({"llama", "qwen2", "qwen3", "smollm3"})
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
    """Shape (trunks, length): 0 where a token is, `_MASKED` where a shorter trunk is filled up (on the right)."""
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

    def over(self, bias: Any) -> Any:
        """Put each row's trunk before its own bias, of shape (rows, 1, queries, own tokens)."""
        of_rows = self.bias[self.of_row][:, None, None].expand(-1, -1, bias.shape[2], -1)
        return torch.cat([of_rows, bias], dim=-1)

    def together(self, part: Any) -> Any:
        """Bring (rows, heads, queries, n) into the order of the trunks: (trunks, heads, rows of one * queries, n)."""
        _, groups, queries, width = part.shape
        placed = part[self.slots].view(self.bias.shape[0], -1, groups, queries, width)
        return placed.transpose(1, 2).reshape(len(placed), groups, -1, width)

    def back(self, part: Any, queries: int) -> Any:
        """Undo `together`."""
        _, groups, _, width = part.shape
        placed = part.view(len(part), groups, -1, queries, width).transpose(1, 2)
        return placed.reshape(-1, groups, queries, width)[self.place]

    def keep(self, rows: Sequence[int]) -> "Trunks":
        """Keep some rows, and the trunks they stand on."""
        of_row = [self.of_row[row] for row in rows]
        used = sorted(set(of_row))
        if len(used) == self.bias.shape[0]:
            return self.stand(of_row)
        index = torch.tensor(used, device=self.bias.device)
        bias = self.bias[index]
        length = int((bias == 0).sum(dim=1).max())
        layers = [(keys[index, :, :length], values[index, :, :length]) for keys, values in self.layers]
        renamed = {trunk: number for number, trunk in enumerate(used)}
        return Trunks(layers, bias[:, :length], []).stand([renamed[trunk] for trunk in of_row])


def pile(parts: Sequence[Trunks]) -> Trunks:
    """Put trunks with their rows below one another."""
    if len(parts) == 1:
        return parts[0]
    length = max(part.bias.shape[1] for part in parts)
    layers = [
        (_stack([keys for keys, _ in layer], length), _stack([values for _, values in layer], length))
        for layer in zip(*(part.layers for part in parts), strict=True)
    ]
    widen = torch.nn.functional.pad
    bias = [widen(part.bias, (0, length - part.bias.shape[1]), value=_MASKED) for part in parts]
    of_row, offset = [], 0
    for part in parts:
        of_row += [offset + trunk for trunk in part.of_row]
        offset += part.bias.shape[0]
    return Trunks(layers, torch.cat(bias), []).stand(of_row)


def _stack(parts: Sequence[Any], length: int) -> Any:
    """Put states of shape (trunks, heads, length, size) below one another, the shorter ones filled up with zeros."""
    like = parts[0]
    whole = like.new_zeros((sum(len(part) for part in parts), like.shape[1], length, like.shape[3]))
    first = 0
    for part in parts:
        whole[first : first + len(part), :, : part.shape[2]] = part
        first += len(part)
    return whole


def attend(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, trunks: Trunks | None = None, **kwargs: Any
) -> tuple[Any, None]:
    """Attend to the trunk a row stands on and to its own tokens; called by transformers.

    Without trunks it is transformers' own attention. With them the mask is `Trunks.over`'s: added to the scores of
    trunk and own tokens, in this order.
    """
    if trunks is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)  # type: ignore[no-any-return]
    rows, heads, length, size = query.shape
    groups = key.shape[1]
    query = (query * kwargs["scaling"]).reshape(rows, groups, -1, size)
    keys, values = trunks.layers[module.layer_idx]
    asked = trunks.back(trunks.together(query) @ keys.transpose(-1, -2), query.shape[2])
    scores = torch.cat([asked, query @ key.transpose(-1, -2)], dim=-1)
    scores.view(rows, groups, heads // groups, length, -1).add_(attention_mask[:, :, None])
    weights = torch.softmax(scores, dim=-1)
    shared, own = weights[..., : keys.shape[2]], weights[..., keys.shape[2] :]
    mixed = trunks.back(trunks.together(shared) @ values, query.shape[2]) + own @ value
    return mixed.view(rows, heads, length, size).transpose(1, 2).contiguous(), None


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
        standing = trunks.stand([number for number, _, _ in groups])
        output = self._forward(ids, standing.over(_bias(seen)[:, None]), positions, standing)
        spread = torch.tensor([index for index, (_, _, same) in enumerate(groups) for _ in same], device=ids.device)
        rows = [row for _, _, same in groups for row in same]
        self._choose(rows, output.logits[:, -1][spread])
        take(output.past_key_values, spread, 0)
        standing = trunks.stand([number for number, _, same in groups for _ in same])
        return Read(rows, output.past_key_values, mask[spread], positions[spread, -1] + 1), standing

    def _read_trunks(self, prompts: list[tuple[int, ...]]) -> Trunks:
        """Read shared beginnings, filled up on the right: no token sees what follows it, so they need no mask."""
        ids, mask = pad(prompts, self.model.device, left=False)
        positions = torch.arange(ids.shape[1], device=ids.device).expand(ids.shape)
        output = self._forward(ids, None, positions, None)
        layers = [(layer.keys, layer.values) for layer in output.past_key_values.layers]
        return Trunks(layers, (1.0 - mask.float()) * _MASKED, [])

    def _forward(self, ids: Any, mask: Any, positions: Any, trunks: Trunks | None) -> Any:
        """Read tokens at the start of their own memory."""
        return self.model.module(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=new_memory(self.model.module.config),
            use_cache=True,
            logits_to_keep=1,
            trunks=trunks,
        )

    def _next_logits(self, last: Any) -> Any:
        return self.model.module(
            input_ids=last,
            attention_mask=self._trunks.over(_bias(self._mask.bool())[:, None, None]),
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
