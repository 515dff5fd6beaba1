"""Prompts of the solver: a question on a table, answered by SQL."""

import dspy


class AnswerWithSQL(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """Write one SQL query whose result answers the question from the tables shown."""

    table: str = dspy.InputField(desc="tables: `t` name, `c` columns with types, `r` sample rows, `k` keys")
    question: str = dspy.InputField(desc="what is asked")
    sql: str = dspy.OutputField(desc="one SELECT statement, names spelled as shown, no comment")


class ReasonWithSQL(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """Answer the question from the tables shown, with one SQL query.

    Decide first which column holds what is asked for, which conditions the question states and whether it
    wants a single value, a list, a count or a comparison. Return exactly the columns that are asked for.
    """

    table: str = dspy.InputField(desc="tables: `t` name, `c` columns with types, `r` sample rows, `k` keys")
    question: str = dspy.InputField(desc="what is asked")
    reasoning: str = dspy.OutputField(desc="one or two sentences: the columns, conditions and order needed")
    sql: str = dspy.OutputField(desc="one SELECT statement, names spelled as shown, no comment")
