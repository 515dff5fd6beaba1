"""Keys of servers, read from the environment when they are needed and kept nowhere."""

import os

from dspy.lm15 import NotConfiguredError


def key_in(name: str) -> str:
    """Return the key that a variable holds, empty if none.

    Raises:
        NotConfiguredError: what it holds cannot go into a header; the message does not show it.
    """
    key = os.environ.get(name, "").strip()  # `$(cat key.txt)` of a file with Windows' line ends leaves one
    if not key.isprintable():
        raise NotConfiguredError(
            f"{name} holds more than a key: there is a control character, such as a line break, in the middle of it"
        )
    return key
