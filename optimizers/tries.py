"""Tries: sampled answers of a solver, each judged."""

from collections.abc import Callable
from typing import Any

from ..data.records import Try, content_id
from ..errors import ReplyError


def try_seed(example: Any, number: int, seed: int, order: int = 0) -> int:
    """Return the rollout id of one try: the same in every process, another for every example, try and order."""
    return int(content_id("try", seed, example.id, number, *([order] if order else []))[:7], 16)


async def ask(solver: Any, lm: Any, example: Any, view: Any, temperature: float, rollout: int) -> Any:
    """Sample one answer; raises ReplyError if the model gave none that can be read.

    Without `lm` the solver answers with whatever model is configured, or with none at all.
    """
    if lm is None:
        return await solver.acall(view, example.asked)
    from ..backends import speaking

    with speaking(lm.copy(temperature=temperature, rollout_id=rollout)):
        return await solver.acall(view, example.asked)


async def one_try(
    solver: Any,
    lm: Any,
    example: Any,
    view: Any,
    judge: Callable[[Any], Try],
    temperature: float,
    rollout: int,
) -> Try:
    """Sample one answer and judge it; a try that could not be made has `correct=None`."""
    try:
        answer = await ask(solver, lm, example, view, temperature, rollout)
    except ReplyError as error:
        return Try(answer="", correct=None, reason=str(error))
    return judge(answer)
