"""The question does not give its own answer away."""

from sqlglot import exp

from ...data.records import Cell, Database, SQLExample, Verdict
from .trees import Term, parse, terms
from .verdicts import dropped, kept
from .wording import covered, holds, words

_EITHER = frozenset({"yes", "no", "true", "false"})


def answer_not_in_question(example: SQLExample, database: Database) -> Verdict:
    """Drop an example all of whose answer stands in its question, word for word.

    Not for yes and no, for numbers the SQL itself names, nor for a choice between values that the question lists
    ("Which is higher, K2 or Lhotse?").
    """
    cells = {cell for row in example.answer.rows for cell in row if cell is not None}
    tree = parse(example.sql, database.dialect)
    literals = terms(tree) if tree is not None else []
    said = words(example.asked)
    # `1` is not given by "the 1.6 Duratec" where the SQL asks for '1.6 duratec'.
    beside = covered(said, [words(term.value) for term in literals])
    choices = _choices(literals)
    given = [cell for cell in cells if _gives(cell) and str(cell) not in choices]
    given = [cell for cell in given if holds(said if isinstance(cell, str) else beside, words(str(cell)))]
    if given and len(given) == len(cells):
        answer = ", ".join(sorted(str(cell) for cell in given))
        return dropped(example, "answer_not_in_question", f"The question holds its answer: {answer}.")
    return kept(example, "answer_not_in_question")


def _gives(cell: Cell) -> bool:
    return bool(words(str(cell))) and not isinstance(cell, bool) and str(cell).casefold() not in _EITHER


def _choices(literals: list[Term]) -> set[str]:
    """Return the literals that may be the answer all the same: numbers, and texts of which the query lists several."""
    texts = [term for term in literals if term.is_text and term.operator in (exp.EQ, exp.In)]
    listed: set[str] = set()
    for term in texts:
        same = [other for other in texts if other.column == term.column]
        listed |= {term.value} if len(same) > 1 else set()
    return listed | {term.value for term in literals if not term.is_text}
