"""Prompts of the solver: a question on a table, answered by SQL."""

from typing import Annotated

import dspy
from pydantic import BeforeValidator


def strip_fence(text: object) -> object:
    """Take a Markdown fence and a closing semicolon off SQL that a model wrote; other values pass as they are."""
    if not isinstance(text, str):
        return text
    lines = [line for line in text.strip().splitlines() if not line.strip().startswith("```")]
    return "\n".join(lines).strip().removesuffix(";").strip()


Sql = Annotated[str, BeforeValidator(strip_fence)]


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
