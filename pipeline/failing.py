"""A model that does not answer stops a run with one sentence, not with a traceback; what was paid for is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dspy.utils.exceptions import LMConfigurationError, LMError, LMUnsupportedFeatureError

from ..backends.faults import FINAL, kind_of, without_secrets
from ..errors import ConfigError, ReplyError

THE_USER_S = (LMConfigurationError, LMUnsupportedFeatureError)
"""Failures that no waiting mends, besides `FINAL` and `bad_request`: a setting."""


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
        said = without_secrets(next(iter(str(error).splitlines()), type(error).__name__))[:300].rstrip(". ")
        message = f"The model did not answer: {said}. Everything so far is kept in {path}; the same command goes on."
        act = isinstance(error, THE_USER_S) or kind_of(error) in FINAL | {"bad_request"}
        raise (ConfigError if act else ReplyError)(message) from error
