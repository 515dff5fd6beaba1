"""How likely a model takes texts to be; only models of this process can say."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .local.scoring import Score


def scores(lm: Any, texts: Sequence[str]) -> "tuple[Score, ...] | None":
    """Return the likelihood of each text, alone and without any prompt; None if the model's engine cannot score.

    Raises:
        ConfigError: The model cannot be loaded.
    """
    engine: Any = getattr(lm, "engine", None)
    if not hasattr(engine, "score"):
        return None
    found: tuple[Score, ...] = engine.score(lm.model, texts)
    return found


def perplexity(lm: Any, texts: Sequence[str]) -> float | None:
    """Return the perplexity of texts over all their tokens; None if the engine cannot score, or no token was scored.

    It is e to the power of minus the mean log probability of a token: 1.0 is certainty, higher is more surprised.
    """
    found = scores(lm, texts)
    tokens = sum(one.tokens for one in found or ())
    return math.exp(-sum(one.log_probability for one in found or ()) / tokens) if tokens else None
