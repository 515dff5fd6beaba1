"""Stage `sources`: reads what the user has, and writes it down in the form that all other stages see."""

import hashlib
from pathlib import Path

from pydantic import JsonValue

from ...data.controls import named
from ...errors import ConfigError
from ...report import line_of, told
from ..stage import Figures, Run, Stage
from ..store import StageFolder

NOTICES = "notices.txt"
"""All that reading them repaired or left out, one line each."""
SIDE_FILES = ("-wal", "-shm", "-journal")


def settings(run: Run) -> JsonValue:
    """Identify the sources by the contents of their files, so that a changed cell redoes the run."""
    source = run.recipe.source
    tables = source.model_dump(mode="json")["tables"]
    return {"files": fingerprint(Path(source.path)), "kind": source.kind, "tables": tables}


def fingerprint(path: Path) -> JsonValue:
    """Return name and hash of every file of a source; raises ConfigError if there is none."""
    if not path.exists():
        raise ConfigError(f"{path}: the source is not there")
    files = [path] if path.is_file() else sorted(item for item in path.rglob("*") if item.is_file())
    kept = [file for file in files if not file.name.startswith(".") and not file.name.endswith(SIDE_FILES)]
    return [[named(file.relative_to(path.parent).as_posix()), _hash(file)] for file in kept]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def work(run: Run, folder: StageFolder) -> Figures:
    """Read the sources and write them down."""
    found = run.kind.read(run)
    figures = run.kind.write(folder, found)
    listed = "".join(f"{line_of(notice)}\n" for notice in found.notices)
    (folder.path / NOTICES).write_text(listed, encoding="utf-8")
    for line in told(found.notices, str(folder.path / NOTICES)):
        run.say("note", "sources", message=line)
    return figures


STAGE = Stage("sources", 1, (), settings, work)
