"""Holds a reply to a JSON schema while it is generated: tokens that no valid reply could go on with are ruled out.

Needs the extra `constrained` (llguidance).
"""

from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from ...errors import ConfigError

NEEDED = "JSON by a schema from a local model needs llguidance: pip install 'source2synth[constrained]'"


def can_constrain() -> bool:
    """Tell whether llguidance is installed."""
    return find_spec("llguidance") is not None


def check_constrained() -> None:
    """Raise ConfigError if llguidance is not installed."""
    if not can_constrain():
        raise ConfigError(NEEDED)


class Constraint:
    """What one reply may go on with."""

    def __init__(self, schema: str, tokenizer: Any, eos: frozenset[int]) -> None:
        """Begin a reply.

        Args:
            schema: The JSON schema, as JSON.
            tokenizer: Of transformers.
            eos: Tokens that end a reply.

        Raises:
            ConfigError: llguidance is not installed, or cannot hold a reply to this schema.
        """
        check_constrained()
        from llguidance import LLMatcher

        # with free whitespace a weak model never gets past it
        grammar = LLMatcher.grammar_from_json_schema(schema, defaults={"whitespace_flexible": False})
        self._matcher = LLMatcher(_vocabulary(tokenizer, tuple(sorted(eos))), grammar)
        if self._matcher.is_error():
            raise ConfigError(f"The schema cannot be kept to: {self._matcher.get_error()}")

    def allowed(self, width: int) -> Any:
        """Return which tokens may come next; booleans of shape (width,)."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        found = np.zeros(width, dtype=bool)
        unpacked = np.unpackbits(bits, bitorder="little")[:width]
        found[: len(unpacked)] = unpacked
        return found

    def take(self, token: int) -> None:
        """Go on with a token that was allowed."""
        self._matcher.consume_token(token)

    def begin_again(self) -> None:
        """Forget what was taken."""
        self._matcher.reset()


def constrained(logits: Any, constraints: list[Constraint | None]) -> Any:
    """Rule out what the rows under a constraint may not go on with.

    Args:
        logits: Tensor of shape (rows, vocabulary).
        constraints: One a row; None where anything may come.
    """
    if not any(constraints):
        return logits
    import torch

    width = logits.shape[-1]
    masks = [np.ones(width, dtype=bool) if one is None else one.allowed(width) for one in constraints]
    return logits.masked_fill(~torch.from_numpy(np.stack(masks)).to(logits.device), float("-inf"))


@lru_cache(maxsize=8)
def _vocabulary(tokenizer: Any, eos: tuple[int, ...]) -> Any:
    import llguidance.hf

    return llguidance.hf.from_tokenizer(tokenizer, eos_token=list(eos))
