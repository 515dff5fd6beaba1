"""Failures at the edge: one line for a person and an exit code for a program, no traceback for what is expected."""

import atexit
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from ..errors import ConfigError, Source2SynthError, SourceError

FAILED, ACT, INTERRUPTED = 1, 2, 130
THE_DISK_S = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG,
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG,
}  # fmt: skip
"""Failures of files and folders that the user can mend: no right, no room, no such place."""


@contextmanager
def reported(interrupted: str = "Interrupted; the same command goes on from there.") -> Iterator[None]:
    """Turn what is raised inside into a message on stderr and an exit code.

    Args:
        interrupted: What to say to whoever pressed Ctrl-C.

    Raises:
        typer.Exit: 1 for a failure, 2 for a recipe or a source to mend and for a disk that is full or closed to us,
            130 when interrupted. What nobody expected passes through.
    """
    try:
        yield
    except (ConfigError, SourceError) as error:
        # a recipe may have several faults, a line each; what a reader quotes of a file is folded
        told = str(error) if isinstance(error, ConfigError) else " ".join(str(error).split())
        _tell(f"error: {told}")
        raise typer.Exit(ACT) from error
    except Source2SynthError as error:
        _tell(f"failed: {' '.join(str(error).split())}")
        raise typer.Exit(FAILED) from error
    except OSError as error:
        if error.errno not in THE_DISK_S:
            raise
        place = f"{error.filename}: " if error.filename else ""
        _tell(f"error: {place}{(error.strerror or 'no such place').lower()}; what was done is kept")
        raise typer.Exit(ACT) from error
    except KeyboardInterrupt as error:
        typer.echo(interrupted, err=True)
        raise typer.Exit(INTERRUPTED) from error


def _tell(message: str) -> None:
    """Say a message on stderr, whatever the names in it would do to a terminal."""
    from ..data.controls import visible  # slow to import; only who fails pays for it

    typer.echo(visible(message), err=True)


def leave(code: int) -> NoReturn:
    """Clean up and end the process at once: a training thread that is cut off at the usual end aborts the process."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        atexit._run_exitfuncs()  # closes engines and sandboxes
    finally:
        os._exit(code)
