"""What a model is asked for the question that a query answers, in one of the styles."""

import dspy

from ..data.records import Style

STYLES_IN_WORDS: dict[Style, str] = {
    "formal": "formal: a complete, correct question, as in a written report",
    "colloquial": "colloquial: relaxed everyday speech, as to a colleague",
    "imperative": "imperative: a request that begins with a verb, such as list, show or find",
    "concise": "concise: as few words as stay clear",
    "descriptive": "descriptive: a sentence or two that say what is wanted and what it is about, in full",
    "vague": "vague: one term is left open, as people do who know what they mean",
}
"""The styles of wording as a model reads them."""


class WordQuestion(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """Write the question that this SQL query answers, as a person would ask it who has never seen the SQL.

    Every condition, limit, order and operation of the query must follow from the question, and the question must ask
    for nothing that the query does not give. Copy names, numbers and dates of the conditions exactly. Speak of
    what the columns mean, with their units, not of tables, columns, rows or SQL. Do not give the answer away.
    Keep to the style.
    """

    table: str = dspy.InputField(desc="the table or tables: names, columns with types, sample rows")
    sql: str = dspy.InputField(desc="the query")
    result: str = dspy.InputField(desc="the size and the columns of the query's result")
    style: str = dspy.InputField(desc="how it is worded")
    question: str = dspy.OutputField(desc="the question alone")


class WordVagueQuestion(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """Write the question that this SQL query answers with one term left open, and the sentence that settles the term.

    The open term stands for a condition or a measure of the query: `tall` for a height above a limit, `recent` for
    years after one, `best` for the highest score. Everything else in the query must follow from the question, and
    question and sentence together must ask exactly what the query gives. The sentence says what the term means here,
    with the exact value or measure, and nothing else. Speak of what the columns mean, not of tables, columns,
    rows or SQL. Do not give the answer away in either.
    """

    table: str = dspy.InputField(desc="the table or tables: names, columns with types, sample rows")
    sql: str = dspy.InputField(desc="the query")
    result: str = dspy.InputField(desc="the size and the columns of the query's result")
    question: str = dspy.OutputField(desc="the question alone, one term open")
    knowledge: str = dspy.OutputField(desc="one sentence that says what the open term means")
