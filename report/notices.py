"""What reading the sources repaired or left out, in a few lines: all of it stands in a file."""

import re
from collections.abc import Sequence

from ..data.controls import visible
from ..data.records import Notice

MOST = 3
"""Notices that are told one by one."""
_LOST = re.compile(r"left out|not read|not looked into|could not", re.IGNORECASE)
_HARMLESS = re.compile(r"blank|a line (before|under)|\d+ columns? without", re.IGNORECASE)


def told(notices: Sequence[Notice], where: str) -> list[str]:
    """Return lines about notices: what was lost first, repairs counted with one example where they are many.

    Args:
        notices: What the readers say.
        where: Where a person finds all of them.
    """
    if len(notices) <= MOST:
        return [line_of(notice) for notice in notices]
    lost = [notice for notice in notices if _is_lost(notice)]
    mended = [notice for notice in notices if not _is_lost(notice)]
    lines = [line_of(notice) for notice in lost[:MOST]]
    if len(lost) > MOST:
        lines.append(f"{len(lost) - MOST:,} more files or rows were left out; all are listed in {where}.")
    if mended:
        files = len({notice.file for notice in mended})
        count = f"{len(mended):,} {'thing was' if len(mended) == 1 else 'things were'} put right while reading"
        lines.append(f"{count} ({files:,} {'file' if files == 1 else 'files'}), such as missing values; see {where}.")
    return lines


def _is_lost(notice: Notice) -> bool:
    return bool(_LOST.search(notice.message)) and not _HARMLESS.match(notice.message)


def line_of(notice: Notice) -> str:
    """Return a notice on one line that a terminal can show, whatever its file is called."""
    return visible(f"{notice.place}: {notice.message}".replace("\n", " "))
