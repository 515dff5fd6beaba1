"""What a model is asked for a fact of a table."""

import dspy

LEVELS_IN_WORDS: dict[int, str] = {
    1: "1: read from single rows, found by one condition",
    2: "2: a count, a sum, an average, or rows found by two conditions together",
    3: "3: groups, rankings, highest and lowest, ranges, or patterns in text",
    4: "4: something compared with a value that must be worked out first, a share, or a difference",
}
"""The levels of difficulty as a model reads them."""


class StateFact(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """State one fact about the table that somebody who uses it would want to know.

    In the table's description `t` is its name, `c` lists the columns with their types, and each `r` is one sample
    row; the table holds more rows than are shown. Choose what the columns can settle alone, without knowledge from
    elsewhere. Use the sample rows to see what the cells look like, not as the whole of the data. Name things as the
    table does. The fact must need the work that the level says, and differ from the earlier facts in what it is
    about, not only in its words; prefer columns that were not used yet.
    """

    table: str = dspy.InputField(desc="the table: name, columns with types, sample rows")
    level: str = dspy.InputField(desc="how much work finding the fact takes")
    earlier_facts: list[str] = dspy.InputField(desc="facts of this table that are taken already")
    used_columns: list[str] = dspy.InputField(desc="columns that earlier facts were about")
    fact: str = dspy.OutputField(desc="the fact, one plain sentence")
    columns: list[str] = dspy.OutputField(
        desc="names of the columns it rests on, spelt as in the table, most important first"
    )
