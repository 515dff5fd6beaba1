"""A model that does not answer stops a run with one sentence, not with a traceback; what was paid for is kept."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dspy.utils.exceptions import LMConfigurationError, LMError, LMUnsupportedFeatureError

from ..backends.faults import FINAL, kind_of, without_secrets
from ..errors import ConfigError, ReplyError

THE_USER_S = (LMConfigurationError, LMUnsupportedFeatureError)
"""Failures that no waiting mends, besides `FINAL` and `bad_request`: a setting."""
_KEYS = re.compile(r"\b[A-Z][A-Z0-9_]*_(?:API_KEY|KEY|TOKEN)\b")
"""Environment variables as the libraries name them where a key is missing."""


@contextmanager
def answering(path: Path) -> Iterator[None]:
    """Word what a model's server raises inside, after dspy's retries, as one of our errors.

    Raises:
        ConfigError: the user must act: key, bill, name or setting of the model.
        ReplyError: the server failed, was not reached, took too long, or wants fewer requests.
    """
    try:
        yield
    except LMError as error:
        kept = f"Everything so far is kept in {path}"
        if key := _missing_key(str(error)):
            message = f"The model needs a key: set the environment variable {key} and run the same command. {kept}."
            raise ConfigError(message) from error
        said = without_secrets(next(iter(str(error).splitlines()), type(error).__name__))[:300].rstrip(". ")
        message = f"The model did not answer: {said}. {kept}; the same command goes on."
        act = isinstance(error, THE_USER_S) or kind_of(error) in FINAL | {"bad_request"}
        raise (ConfigError if act else ReplyError)(message) from error


def _missing_key(said: str) -> str | None:
    """Return the variable that is to hold the key, if the failure names some and none of them is set."""
    # the text of a library, whatever class it raises: OpenAI's client without a key is an internal error to litellm
    names = _KEYS.findall(said)
    return names[0] if names and not any(os.environ.get(name) for name in names) else None
