"""The folders of a run on the disk: one a stage, each with the key of what it was made from.

A stage's folder holds `key.json`, its shards (Parquet, each written once and never changed) and, when it is complete,
`done.json` with its figures. The key hashes the stage's version, its settings and the keys of the stages it needs.

- Key and `done.json` are there: the stage is complete and is not done again.
- Key is there, `done.json` is not: the stage was interrupted; its shards are kept and the others are made.
- Another key is there: the folder is moved to `.old/STAGE-KEY`, and moved back if that key is wanted again, so trying
  another `k` and returning costs nothing. `.old` may be deleted at any time.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import JsonValue

from ..data.datasets import read_parquet, sync_folder, write_json, write_parquet
from ..data.records import Record, content_id

R = TypeVar("R", bound=Record)
KEY, DONE, OLD = "key.json", "done.json", ".old"


class StageFolder:
    """The folder of one stage of one run, with the key it must have."""

    def __init__(self, run: Path, name: str, key: str, depends: JsonValue) -> None:
        """Open the folder; one that was made from something else is moved aside.

        Args:
            run: The run's folder.
            name: The stage's name, and its folder's.
            key: Hash of `depends`.
            depends: What the stage is made from, for a person to read.
        """
        self.path = run / name
        self.name = name
        self.key = key
        self._claim(run / OLD, depends)

    @property
    def done(self) -> dict[str, Any] | None:
        """The figures of the stage if it is complete, else None."""
        path = self.path / DONE
        if not path.is_file():
            return None
        figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["figures"]
        return figures

    def finish(self, figures: JsonValue) -> None:
        """Mark the stage complete."""
        write_json(self.path / DONE, {"key": self.key, "figures": figures})

    def shard(self, name: str, kind: type[R], build: Callable[[], Sequence[R]]) -> list[R]:
        """Return the records of a shard, built and written if it is not there; read back, so both ways are the same."""
        path = self.path / f"{name}.parquet"
        if not path.is_file():
            write_parquet(path, build(), kind)
        return read_parquet(path, kind)

    def shards(self) -> list[str]:
        """Return the names of the shards that are there, sorted."""
        return sorted(path.stem for path in self.path.glob("*.parquet"))

    def drop(self, name: str) -> None:
        """Take a shard away, to be made again; the stage is then no longer complete."""
        (self.path / DONE).unlink(missing_ok=True)
        sync_folder(self.path)
        (self.path / f"{name}.parquet").unlink(missing_ok=True)

    def read(self, kind: type[R], prefix: str = "") -> list[R]:
        """Return the records of all shards whose name starts so, in the order of the names."""
        names = [name for name in self.shards() if name.startswith(prefix)]
        return [record for name in names for record in read_parquet(self.path / f"{name}.parquet", kind)]

    def _claim(self, old: Path, depends: JsonValue) -> None:
        found = self._found()
        if found == self.key:
            for leftover in self.path.glob(".*.tmp"):  # of a write that was killed; the run's lock is ours
                leftover.unlink()
            return
        if self.path.exists():
            old.mkdir(exist_ok=True)
            _move(self.path, old / f"{self.name}-{found or 'unknown'}")
        if (old / f"{self.name}-{self.key}").is_dir():
            _move(old / f"{self.name}-{self.key}", self.path)
            return
        write_json(self.path / KEY, {"stage": self.name, "key": self.key, "depends": depends})

    def _found(self) -> str:
        try:
            return str(json.loads((self.path / KEY).read_text(encoding="utf-8"))["key"])
        except (OSError, ValueError, KeyError):
            return ""


def stage_key(name: str, version: int, settings: JsonValue, needs: dict[str, str]) -> tuple[str, JsonValue]:
    """Return the key of a stage and what it hashes.

    Args:
        name: The stage.
        version: Of its code: raised when the same settings would give something else.
        settings: The part of the recipe, and the identities of files and models, that decide what it makes.
        needs: Keys of the stages whose results it reads, by name.
    """
    depends: JsonValue = {"version": version, "settings": settings, "needs": dict(needs)}
    return content_id(name, depends), depends


def _move(folder: Path, to: Path) -> None:
    if to.exists():
        shutil.rmtree(to)
    folder.rename(to)
    sync_folder(to.parent)
