"""What reading repaired is told in a few lines, and what was lost one by one."""

from source2synth.data.records import Notice
from source2synth.report import told

REPAIRED = tuple(Notice(file=f"{at // 2}.csv", row=at, message="“n/a” (1×) became NULL.") for at in range(6))
LOST = Notice(file="b.csv", message="Left out: b.csv is empty.")


def test_few_notices_are_told_one_by_one() -> None:
    assert told(REPAIRED[1:3], "notices.txt") == [
        "0.csv, row 1: “n/a” (1×) became NULL.",
        "1.csv, row 2: “n/a” (1×) became NULL.",
    ]


def test_many_repairs_are_counted_but_a_file_that_was_left_out_is_named() -> None:
    first, second = told((*REPAIRED, LOST), "notices.txt")
    assert first == "b.csv: Left out: b.csv is empty."
    assert second == "6 things were put right while reading (3 files), such as missing values; see notices.txt."


def test_of_many_losses_the_first_are_named_and_the_others_counted() -> None:
    lines = told((LOST,) * 5, "notices.txt")
    assert len(lines) == 4
    assert lines[-1] == "2 more files or rows were left out; all are listed in notices.txt."
