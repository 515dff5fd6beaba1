"""What a model is given when it is made, checked before anything waits for it."""

from typing import Any
from urllib.parse import urlsplit

from ..errors import ConfigError
from .local.fingerprint import EMBEDDED, PREFIX

_OURS = ("engine", "async_engine", "provider")
"""Arguments of `dspy.LM` that a model of this process brings itself."""


def address_fault(address: str) -> str | None:
    """Say what is wrong with the address of a server; None if nothing is."""
    if any(sign.isspace() or not sign.isprintable() for sign in address) and _can_be_asked("".join(address.split())):
        return "there are blanks in or around `api_base`; write it without"
    if not _can_be_asked(address):
        return "write the server's address like `http://localhost:8000/v1`"
    if "@" in urlsplit(address).netloc:
        return "no user name or password belongs into `api_base`; name the variable that holds the key with `key_env`"
    if "?" in address or "#" in address:
        return (
            "`api_base` ends before any `?` or `#`; what a request is to hold goes into `extra_body`, "
            "and the name of the variable that holds the key into `key_env`"
        )
    return None


def _can_be_asked(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half a bracket
        return False


def check_address(model: str, address: str | None) -> None:
    """Raise ConfigError if there is an address and no server can be asked at it."""
    fault = None if address is None else address_fault(address)
    if fault is not None:
        raise ConfigError(f"{model}: {fault}.")


def check_bounds(model: str, *, timeout: float, concurrency: int) -> None:
    """Raise ConfigError for bounds within which nothing would ever be answered."""
    if not timeout > 0:
        raise ConfigError(f"{model}: `timeout` is seconds for a whole answer, more than 0; it is {timeout}.")
    if not concurrency >= 1:
        raise ConfigError(f"{model}: `concurrency` is requests in flight, at least 1; it is {concurrency}.")


def check_name(name: str) -> None:
    """Raise ConfigError for a name that no model has, saying which was probably meant."""
    if name == "offline":
        raise ConfigError("'offline' means no language model at all; use a program's `.offline()` instead.")
    if not name.strip() or name.endswith("/"):
        raise ConfigError(f"{name!r} is not the name of a model; write it like `tiny`, `local/<folder>` or `openai/…`.")
    if meant_by(name) != name:
        raise ConfigError(f"{name!r} is not the name of a model; did you mean `{meant_by(name)}`?")


def meant_by(name: str) -> str:
    """Return the name of a model that this one was probably meant for: mostly itself."""
    bare = name.strip()
    if bare.lower() in (*EMBEDDED, "offline"):
        return bare.lower()
    prefix, slash, rest = bare.partition("/")
    if f"{prefix.lower()}/" == PREFIX:
        return f"{PREFIX}{rest if slash else '<folder or hub id>'}"
    return bare


def check_in_process(model: str, *, for_servers: dict[str, Any], settings: dict[str, Any]) -> None:
    """Raise ConfigError for what a model of this process has no use for.

    Args:
        model: Its name.
        for_servers: Arguments about servers; None or empty where they are left out.
        settings: The others, for `dspy.LM`.
    """
    given = [name for name, value in for_servers.items() if value] + [name for name in _OURS if name in settings]
    if given:
        raise ConfigError(f"{model}: `{given[0]}` is for models behind a server; {model} runs in this process.")
