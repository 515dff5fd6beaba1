"""What all programs that ask a model share: the call, and what becomes of replies out of form or not given."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dspy
from dspy.utils.exceptions import (
    AdapterParseError,
    ContextWindowExceededError,
    LMError,
    LMServerError,
    LMTimeoutError,
    LMUnexpectedError,
)

from ..data.records import Database
from ..data.render import describe_origin, render_schema
from ..errors import ConfigError, ReplyError

_QUOTES = {'"': '"', "'": "'", "“": "”", "`": "`"}
_NO_MODEL = (
    'There is no model to ask: use `with dspy.context(lm=dspy.LM("provider/model")):`, '
    "or the modules of `source2synth.programs.offline`, which need none."
)


def ask(predict: Any, inputs: Mapping[str, Any], wanted: str, *, rollout: int | None = None) -> Any:
    """Ask a predictor for something.

    Args:
        predict: A `dspy.Predict`.
        inputs: Values of its input fields.
        wanted: What is asked for, for the error.
        rollout: Tells equal prompts apart where a fresh reply is wanted; the same number gives the same reply.

    Raises:
        ReplyError: the reply cannot be read, or this one prompt got none.
        ConfigError: there is no model, or it cannot be asked at all.
    """
    with _replying(predict, wanted):
        return predict(**inputs, config=_settings(rollout))


async def aask(predict: Any, inputs: Mapping[str, Any], wanted: str, *, rollout: int | None = None) -> Any:
    """Ask a predictor for something without blocking; raises what `ask` raises."""
    with _replying(predict, wanted):
        return await predict.acall(**inputs, config=_settings(rollout))


def _settings(rollout: int | None) -> dict[str, int]:
    return {} if rollout is None else {"rollout_id": rollout}


@contextmanager
def _replying(predict: Any, wanted: str) -> Iterator[None]:
    """Name failures after what the caller can do: another example (ReplyError), or nothing without the user.

    What dspy cannot explain (LMUnexpectedError) is a fault of an engine and passes as it is.
    """
    if predict.lm is None and dspy.settings.lm is None:
        raise ConfigError(_NO_MODEL)
    try:
        yield
    except AdapterParseError as error:
        raise ReplyError(f"The model's reply could not be read as {wanted}.") from error
    except (ContextWindowExceededError, LMTimeoutError, LMServerError) as error:
        raise ReplyError(f"The model gave no reply for {wanted}: {_first_line(error)}") from error
    except LMUnexpectedError:
        raise
    except LMError as error:
        raise ConfigError(f"The model cannot be asked: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def chosen(preset: str, prompts: Mapping[str, Any]) -> Any:
    """Return the prompt of a preset; raises ConfigError if there is no such preset."""
    if preset not in prompts:
        raise ConfigError(f"There is no preset {preset!r}; the presets are {', '.join(prompts)}.")
    return prompts[preset]


def restricted(database: Database, names: tuple[str, ...]) -> Database:
    """Return the database with these tables alone; raises KeyError if one is not there."""
    whole = {name.casefold() for name in names} == {table.name.casefold() for table in database.tables}
    return database if whole else database.only(names)


def shown(database: Database, names: tuple[str, ...], *, sample_rows: int = 3) -> str:
    """Describe these tables as a model sees them; raises KeyError if one is not there."""
    return render_schema(restricted(database, names), sample_rows=sample_rows)


def origin(database: Database, names: tuple[str, ...]) -> str:
    """Tell what the source calls these tables and their columns; raises KeyError if one is not there."""
    return describe_origin(restricted(database, names)) or "nothing that the names do not say"


def line(text: str | None, wanted: str) -> str:
    """Return a model's sentence on one line, without quotes around it.

    Raises:
        ReplyError: nothing is left.
    """
    text = " ".join((text or "").split())
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    if not text:
        raise ReplyError(f"The model's reply holds no {wanted}.")
    return text
