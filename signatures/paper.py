"""The zero-shot prompts of preset `paper`: the method as published, in our words, with nothing added."""

import dspy

from .table_sql import SQLText


class StateInteresting(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """Make one interesting statement about this table."""

    table: str = dspy.InputField(desc="the table: name, columns with types, sample rows")
    fact: str = dspy.OutputField(desc="the statement, one sentence")


class WriteQueryZeroShot(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """Write an SQL query on this table whose result the statement is about."""

    table: str = dspy.InputField(desc="the table: name, columns with types, sample rows")
    fact: str = dspy.InputField(desc="the statement")
    query: SQLText = dspy.OutputField(desc="the SQL query")


class WordQuestionZeroShot(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """Write the question about this table that the SQL query answers."""

    table: str = dspy.InputField(desc="the table: name, columns with types, sample rows")
    sql: str = dspy.InputField(desc="the query")
    question: str = dspy.OutputField(desc="the question")
