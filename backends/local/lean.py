"""The forward pass of a llama-like model with nothing in it that asking does without.

For a small model transformers' own takes longer to get to the products than to multiply. This one reads its weights
by the same formulas: projections of one input are one product, masks are made once a token, and of the last layer only
what somebody reads is computed. What is no plain linear layer (adapters, quantized weights) is called as it is.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import linear

KINDS = frozenset({"llama", "qwen2", "qwen3", "smollm3"})
"""Architectures that are made so, as `config.model_type` names them."""
Attend = Callable[[int, Any, Any, Any, float], Any]
"""From a layer's number, queries (rows, heads, tokens, size), new keys and values (with heads of their own) and the
factor of scores to what the queries see, (rows, tokens, heads * size)."""


class Lean:
    """A model of transformers, read without it. Cheap to make: the products' joint weights stay with the model."""

    def __init__(self, module: Any) -> None:
        base = module.get_base_model() if hasattr(module, "get_base_model") else module
        self._body, self._head = base.model, base.lm_head
        self._layers = [_Layer(layer, number) for number, layer in enumerate(base.model.layers)]

    def read(self, ids: Any, positions: Any, attend: Attend, *, logits: bool = True) -> Any:
        """Read tokens and return the logits of each row's last one, of shape (rows, vocabulary).

        Args:
            ids: Shape (rows, tokens).
            positions: Shape (rows, tokens).
            attend: Keeps keys and values, and attends to what there is.
            logits: False: only the keys and values are wanted, and nothing is returned.
        """
        hidden = self._body.embed_tokens(ids)
        turn = self._body.rotary_emb(hidden, positions)
        for layer in self._layers[:-1]:
            hidden = layer.read(hidden, turn, attend)
        if not logits:
            self._layers[-1].keep(hidden, turn, attend)
            return None
        hidden = self._layers[-1].read(hidden, turn, attend, last=True)
        return self._head(_normed(hidden, self._body.norm))[:, -1]


class _Layer:
    """One layer: attention and what follows it."""

    def __init__(self, layer: Any, number: int) -> None:
        self._layer, self._number, self._attention, self._mlp = layer, number, layer.self_attn, layer.mlp
        self._size, self._factor = layer.self_attn.head_dim, layer.self_attn.scaling
        self._groups = layer.self_attn.num_key_value_groups
        self._turns = bool(getattr(layer.self_attn, "use_rope", True))
        self._looks = _joint(layer.self_attn, ("q_proj", "k_proj", "v_proj"))
        self._gates = _joint(layer.mlp, ("gate_proj", "up_proj"))

    def read(self, hidden: Any, turn: Any, attend: Attend, *, last: bool = False) -> Any:
        """Return what comes out of the layer; of the last token only, if that is all that is wanted."""
        query, key, value = self._look(hidden, turn)
        if last:
            query, hidden = query[:, :, -1:], hidden[:, -1:]
        seen = attend(self._number, query, key, value, self._factor)
        hidden = hidden + self._attention.o_proj(seen)
        gate, up = self._gates(_normed(hidden, self._layer.post_attention_layernorm)).chunk(2, dim=-1)
        return self._mlp.down_proj(self._mlp.act_fn(gate) * up).add_(hidden)

    def keep(self, hidden: Any, turn: Any, attend: Attend) -> None:
        """Let the layer's keys and values be kept, and compute nothing else."""
        query, key, value = self._look(hidden, turn)
        attend(self._number, query[:, :, :0], key, value, self._factor)

    def _look(self, hidden: Any, turn: Any) -> tuple[Any, Any, Any]:
        """Return queries, keys and values, each of shape (rows, heads, tokens, size)."""
        found = self._looks(_normed(hidden, self._layer.input_layernorm))
        found = found.view(*hidden.shape[:2], -1, self._size)
        heads = found.shape[2] // (self._groups + 2)
        turned, value = found[:, :, :-heads], found[:, :, -heads:]
        if hasattr(self._attention, "q_norm"):
            query, key = turned[:, :, :-heads], turned[:, :, -heads:]
            query, key = _normed(query, self._attention.q_norm), _normed(key, self._attention.k_norm)
            turned = torch.cat([query, key], dim=2)
        turned = turned.transpose(1, 2)
        if self._turns:
            turned = _turned(turned, *turn)
        return turned[:, :-heads], turned[:, -heads:], value.transpose(1, 2)


def _normed(hidden: Any, norm: Any) -> Any:
    return torch.rms_norm(hidden, norm.weight.shape, norm.weight, norm.variance_epsilon)


def _turned(states: Any, cos: Any, sin: Any) -> Any:
    """Turn states by their positions."""
    half = states.shape[-1] // 2
    crossed = torch.cat((-states[..., half:], states[..., :half]), dim=-1)
    return (states * cos[:, None]).add_(crossed.mul_(sin[:, None]))


def _joint(parent: Any, names: tuple[str, ...]) -> Callable[[Any], Any]:
    """Return linear layers of one input as one function; their outputs stand side by side."""
    parts = [getattr(parent, name) for name in names]
    if any(type(part) is not torch.nn.Linear for part in parts):
        return lambda hidden: torch.cat([part(hidden) for part in parts], dim=-1)
    kept = parent.__dict__.get("_source2synth_joint")
    if kept is None or kept[0].data_ptr() != parts[0].weight.data_ptr():
        kept = parent.__dict__["_source2synth_joint"] = _laid_together(parts)
    weight, bias = kept
    return lambda hidden: linear(hidden, weight, bias)


@torch.no_grad()
def _laid_together(parts: list[Any]) -> tuple[Any, Any]:
    """Lay weights below one another; the layers' own become parts of that, so that nothing is there twice."""
    weight = torch.cat([part.weight for part in parts])
    first = 0
    for part in parts:
        part.weight.data = weight[first : first + part.out_features]
        first += part.out_features
    if all(part.bias is None for part in parts):
        return weight, None
    biases = [part.bias if part.bias is not None else weight.new_zeros(part.out_features) for part in parts]
    return weight, torch.cat(biases)
