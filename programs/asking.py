"""What all programs that ask a model share: the choice of a prompt, and what becomes of replies out of form."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import dspy
from dspy.utils.exceptions import AdapterParseError, ContextWindowExceededError

from ..data.controls import without_controls
from ..data.records import STYLES, Database
from ..data.render import render_schema
from ..errors import ConfigError, ReplyError

_QUOTES = {'"': '"', "'": "'", "“": "”", "`": "`"}


def chosen(preset: str, prompts: Mapping[str, Any]) -> Any:
    """Return the prompt of a preset; raises ConfigError if there is no such preset."""
    if preset not in prompts:
        raise ConfigError(f"There is no preset {preset!r}; the presets are {', '.join(prompts)}.")
    return prompts[preset]


def check_model(program: Any) -> None:
    """Raise ConfigError if a program asks a model and there is none, before anything is made in vain."""
    if dspy.settings.lm is None and any(predictor.lm is None for predictor in program.predictors()):
        raise ConfigError(
            "There is no language model to ask: work inside `with dspy.context(lm=dspy.LM(…)):`, "
            "or take the twin that asks none, `.offline()`."
        )


def check_wishes(n: int, levels: Literal["balanced"] | Sequence[int], styles: Sequence[str]) -> None:
    """Raise ConfigError if no example can be what is asked for."""
    if n < 0:
        raise ConfigError(f"n: {n} examples cannot be made.")
    if levels != "balanced" and (isinstance(levels, str) or not levels or not set(levels) <= {1, 2, 3, 4}):
        raise ConfigError(f"levels: `balanced` or some of 1 to 4 are wanted, not {levels!r}.")
    unknown = [style for style in styles if style not in STYLES]
    if unknown or not styles:
        raise ConfigError(f"styles: some of {', '.join(STYLES)} are wanted, not {unknown[0] if unknown else 'none'}.")


@contextmanager
def replying(wanted: str) -> Iterator[None]:
    """Turn a reply that dspy cannot read, or a prompt too long for one, into a ReplyError that says what was wanted."""
    try:
        yield
    except AdapterParseError as error:
        why = getattr(error, "brief", "").rstrip(". ")
        raise ReplyError(f"The model's reply could not be read as {wanted}{f': {why}' if why else ''}.") from error
    except ContextWindowExceededError as error:
        raise ReplyError(f"The prompt for {wanted} is longer than the model reads.") from error


def shown(database: Database, names: tuple[str, ...]) -> str:
    """Describe these tables as a model sees them; raises KeyError if one is not there."""
    return render_schema(database.only(names))


def line(text: str | None, wanted: str) -> str:
    """Return a model's sentence on one line, without quotes around it and without control characters.

    Raises:
        ReplyError: nothing is left.
    """
    text = " ".join(without_controls(text or "").split())
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    if not text:
        raise ReplyError(f"The model's reply holds no {wanted}.")
    return text
