"""Whatever table is written as CSV is read back as it was."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from source2synth.data import Cell, read_database
from source2synth.data.naming import identifier, identifiers

# Text that begins with a letter and cannot be a date, a number or a sign for a missing value.
TEXTS = st.text(alphabet="abzÄé ,;\"|\t\n'.0189-", max_size=12).map(lambda text: f"x{text}x")
KINDS: dict[str, st.SearchStrategy[Cell]] = {
    "text": TEXTS,
    "integer": st.integers(-(2**63) + 1, 2**63 - 1),
    "real": st.floats(-1e6, 1e6).map(lambda x: x + 0.5 if x.is_integer() else x),
    "date": st.dates().map(str),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[Cell]]]:
    kinds = ["text", *draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))]
    cells = [KINDS[kinds[0]], *(st.none() | KINDS[kind] for kind in kinds[1:])]
    rows = draw(st.lists(st.tuples(*cells).map(list), min_size=2, max_size=12))
    return kinds, rows


@settings(max_examples=300)
@given(
    tables(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_csv_round_trip(table: tuple[list[str], list[list[Cell]]], delimiter: str, end: str, encoding: str) -> None:
    kinds, rows = table
    with io.StringIO(newline="") as text:
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
        writer.writerow([f"head {at}" for at in range(len(kinds))])
        writer.writerows(rows)
        content = text.getvalue().encode(encoding)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "t.csv").write_bytes(content)
        got = read_database(Path(folder) / "t.csv").tables[0]
    for at, kind in enumerate(kinds):
        values = [row[at] for row in rows]
        assert got.values(f"head_{at}") == values
        if any(value is not None for value in values):
            assert got.columns[at].type == kind


@given(st.lists(st.text(max_size=8), max_size=12))
def test_names_are_unique_identifiers(headers: list[str]) -> None:
    names = identifiers(headers)
    assert len({name.casefold() for name in names}) == len(headers)
    for name in names:
        assert name == name.strip("_")
        assert not name[0].isdigit()
        assert all(sign.isalnum() or sign == "_" for sign in name)


@given(st.text(max_size=20))
def test_an_identifier_is_its_own_identifier(text: str) -> None:
    assert identifier(identifier(text)) == identifier(text)
