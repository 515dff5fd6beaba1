"""Stage folders: shards are made once, another key moves a folder aside, and going back finds it again."""

from pathlib import Path

import pytest

from source2synth.data.records import Notice
from source2synth.pipeline.store import StageFolder, stage_key


def opened(run: Path, k: int) -> StageFolder:
    key, depends = stage_key("verdicts", 1, {"k": k}, {"checks": "abc"})
    return StageFolder(run, "verdicts", key, depends)


def notices(*messages: str) -> list[Notice]:
    return [Notice(file="f", message=message) for message in messages]


def test_a_shard_is_made_once(tmp_path: Path) -> None:
    built = []

    def build() -> list[Notice]:
        built.append(1)
        return notices("a")

    for _ in range(2):
        assert opened(tmp_path, 3).shard("shard-0", Notice, build) == notices("a")
    assert built == [1]


def test_a_stage_is_done_when_it_says_so(tmp_path: Path) -> None:
    folder = opened(tmp_path, 3)
    assert folder.done is None
    folder.finish({"kept": 2})
    assert opened(tmp_path, 3).done == {"kept": 2}


def test_shards_are_read_in_order(tmp_path: Path) -> None:
    folder = opened(tmp_path, 3)
    for name in ("b-1", "a-2", "b-0"):
        folder.shard(name, Notice, lambda name=name: notices(name))  # type: ignore[misc]  # bound at once
    assert [notice.message for notice in folder.read(Notice)] == ["a-2", "b-0", "b-1"]
    assert [notice.message for notice in folder.read(Notice, "b-")] == ["b-0", "b-1"]
    folder.finish({})
    folder.drop("b-0")
    assert folder.shards() == ["a-2", "b-1"]
    assert folder.done is None


def test_another_key_starts_afresh_and_the_first_is_found_again(tmp_path: Path) -> None:
    opened(tmp_path, 3).finish({"k": 3})
    assert opened(tmp_path, 4).done is None
    opened(tmp_path, 4).finish({"k": 4})
    assert opened(tmp_path, 3).done == {"k": 3}
    assert opened(tmp_path, 4).done == {"k": 4}


@pytest.mark.parametrize("damage", ["", "{", "{}"])
def test_a_folder_without_a_readable_key_is_moved_aside(tmp_path: Path, damage: str) -> None:
    opened(tmp_path, 3).finish({})
    (tmp_path / "verdicts" / "key.json").write_text(damage)
    assert opened(tmp_path, 3).done is None
    assert (tmp_path / ".old" / "verdicts-unknown" / "done.json").is_file()


def test_a_key_depends_on_all_that_it_names() -> None:
    keys = {
        stage_key(name, version, {"k": k}, {"checks": need})[0]
        for name in "ab"
        for version in (1, 2)
        for k in (1, 2)
        for need in "xy"
    }
    assert len(keys) == 16
