"""What a model is asked for SQL: to write it about a fact, and to mend it after an error."""

import re
from typing import Annotated, Any

import dspy
from pydantic import BaseModel, BeforeValidator, Field, model_validator

_FENCE = re.compile(r"```[ \t]*(?:(?:sqlite|duckdb|sql)\b)?[ \t]*\n?(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)


def bare_sql(value: Any) -> Any:
    r"""Take code fences, a leading `SQL:` and closing semicolons off; anything but text is left for pydantic to refuse.

    Example:
        >>> bare_sql("```sql\nSELECT 1;\n```")
        'SELECT 1'
    """
    if not isinstance(value, str):
        return value
    fenced = _FENCE.search(value)
    text = (fenced.group(1) if fenced else value).strip()
    return re.sub(r"^sql(query)?\s*:\s*", "", text, flags=re.IGNORECASE).rstrip("; \t\n")


class SQLText(BaseModel):
    """One SQL query; also read from bare text, as small models write it."""

    sql: Annotated[str, BeforeValidator(bare_sql)] = Field(min_length=1, description="the query alone")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"sql": value} if isinstance(value, str) else value


class WriteQuery(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """Write one SQL query whose result shows what the fact says, whether or not the fact turns out to be right.

    In the table's description `t` is the table's name, `c` lists the columns with their types, each `r` is one
    sample row, and `k` joins columns of two tables. Use only the tables and columns that are listed, spelt exactly so,
    quotes included. Write a single SELECT that gives the same result every time: no random or current-time functions,
    and an ORDER BY wherever there is a LIMIT. Select only what the fact is about, and put no condition in the query
    that the fact does not call for. Compare text with values as the cells spell them. The query must need the work
    that the level says.
    """

    table: str = dspy.InputField(desc="the table or tables: names, columns with types, sample rows")
    fact: str = dspy.InputField(desc="what the query must show")
    level: str = dspy.InputField(desc="how much work the query does")
    dialect: str = dspy.InputField(desc="the dialect of SQL")
    reasoning: str = dspy.OutputField(desc="which columns, conditions and operations it takes, in a sentence or two")
    query: SQLText = dspy.OutputField(desc="the SQL query")


class MendQuery(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """Mend an SQL query that could not be run, changing as little as the error calls for.

    In the table's description `t` is the table's name, `c` lists the columns with their types, each `r` is one
    sample row, and `k` joins columns of two tables. The mended query still shows what the fact says. It uses only the
    tables and columns that are listed, spelt exactly so, and is a single SELECT. Where the error names a column that
    is not there, find the column that was meant; where none can have been meant, leave that part of the query out.
    """

    table: str = dspy.InputField(desc="the table or tables: names, columns with types, sample rows")
    fact: str = dspy.InputField(desc="what the query must show")
    dialect: str = dspy.InputField(desc="the dialect of SQL")
    failed_sql: str = dspy.InputField(desc="the query that failed")
    error: str = dspy.InputField(desc="the database's own message")
    reasoning: str = dspy.OutputField(desc="what was wrong, in a sentence")
    query: SQLText = dspy.OutputField(desc="the mended SQL query")
