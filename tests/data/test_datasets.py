"""Datasets on disk: what is written is read back, whole files only, the same bytes for the same records."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source2synth.data.datasets import (
    read_dataset,
    read_jsonl,
    read_parquet,
    write_dataset,
    write_jsonl,
    write_parquet,
)
from source2synth.data.records import Attempt, Provenance, ResultTable, Seed, SQLExample, Try, Verdict
from source2synth.errors import SourceError

cells = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)


def example(question: str = "How high is K2?", rows: tuple[tuple[object, ...], ...] = ((8611,),)) -> SQLExample:
    return SQLExample.of(
        question=question,
        sql="SELECT height_m FROM mountains WHERE name = 'K2'",
        answer=ResultTable(columns=("height_m",), rows=rows),  # type: ignore[arg-type]  # hypothesis gives objects
        level=1,
        database_id="d",
        seed=Seed(kind="filter", text="K2 is 8,611 m high.", source_ids=("mountains",), columns=("height_m",)),
        provenance=Provenance(models=("offline",)),
    )


@settings(max_examples=40)
@given(st.lists(st.tuples(cells, cells), max_size=4), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows, question) -> None:  # type: ignore[no-untyped-def]  # hypothesis
    folder = tmp_path_factory.mktemp("data")
    records = [example(question, tuple(rows)), example("Another?")]
    for path in write_dataset(folder / "kept", records, SQLExample):
        assert read_dataset(path, SQLExample) == records
        # 1, 1.0 and true are equal in Python and different answers on disk
        assert [repr(r) for r in read_dataset(path, SQLExample)] == [repr(r) for r in records]


def test_optional_and_nested_records_survive(tmp_path: Path) -> None:
    attempts = [Attempt(example=example(), repairs=1), Attempt(sql="SELECT", verdict=None)]
    write_parquet(tmp_path / "a.parquet", attempts, Attempt)
    assert read_parquet(tmp_path / "a.parquet", Attempt) == attempts
    verdicts = [
        Verdict(example_id="x", outcome="kept", check="filter", reason="", tries=(Try(answer="", correct=None),))
    ]
    write_parquet(tmp_path / "v.parquet", verdicts, Verdict)
    assert read_parquet(tmp_path / "v.parquet", Verdict) == verdicts


def test_same_records_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_dataset(tmp_path / name, [example()], SQLExample)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_no_records_still_have_their_columns(tmp_path: Path) -> None:
    write_parquet(tmp_path / "none.parquet", [], SQLExample)
    assert read_parquet(tmp_path / "none.parquet", SQLExample) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    write_jsonl(path, [{"a": 1}])

    def rows() -> Iterator[dict[str, object]]:
        yield {"a": 2}
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_jsonl(path, rows())
    assert path.read_text() == '{"a":1}\n'
    assert os.listdir(tmp_path) == ["kept.jsonl"]


def test_a_killed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    write_jsonl(path, [{"a": 1}])
    script = (
        "import os, pathlib, signal\nfrom source2synth.data.datasets import atomic\n"
        f"with atomic(pathlib.Path({str(path)!r})) as f:\n"
        "    f.write(b'half'); f.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert path.read_text() == '{"a":1}\n'


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    row = json.loads(example().model_dump_json())
    path.write_text(json.dumps(row) + "\n" + json.dumps(row | {"level": 9}) + "\n")
    with pytest.raises(SourceError, match=r"kept\.jsonl:2: level: "):
        read_jsonl(path, SQLExample)
    path.write_text("{\n")
    with pytest.raises(SourceError, match=r"kept\.jsonl:1: not a line of JSON"):
        read_jsonl(path, SQLExample)


def test_files_that_are_no_dataset_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 not really")
    for name, why in (
        ("x.parquet", "Parquet"),
        ("gone.parquet", "no such file"),
        ("a.csv", "is a .parquet or a .jsonl"),
    ):
        with pytest.raises(SourceError, match=why):
            read_dataset(tmp_path / name, SQLExample)
