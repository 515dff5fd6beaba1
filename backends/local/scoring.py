"""How likely a local model takes texts to be; runs in the thread that owns torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import LocalModel


@dataclass(frozen=True)
class Scoring:
    """A request for scores, as the thread needs it."""

    model: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """The likelihood of one text."""

    tokens: int
    """Tokens that were scored: all but the first, which nothing stands before, unless the tokenizer has a token for the
    beginning."""
    log_probability: float
    """Of all of them together; natural logarithm."""


def score(model: "LocalModel", texts: Sequence[str]) -> tuple[Score, ...]:
    """Score texts one by one, so that none depends on its neighbours; what is longer than the context is cut."""
    return tuple(_score(model, text) for text in texts)


def _score(model: "LocalModel", text: str) -> Score:
    import torch

    begin = model.tokenizer.bos_token_id
    tokens = [*([] if begin is None else [begin]), *model.encode(text)][: model.context]
    if len(tokens) < 2:
        return Score(0, 0.0)
    ids = torch.tensor([tokens], device=model.device)
    with torch.inference_mode():
        logits = model.module(input_ids=ids).logits[0, :-1].float()
    told = torch.log_softmax(logits, dim=-1).gather(1, ids[0, 1:, None])
    return Score(len(tokens) - 1, float(told.sum()))
