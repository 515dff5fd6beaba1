"""Question and query speak of the same values, neither of one that the other does not know."""

from functools import lru_cache

from sqlglot import exp

from ...data.records import Column, Database, SQLExample, Table, Verdict
from .mentions import unused_mention
from .trees import Term, parse, resolve, tables_of, terms
from .verdicts import dropped, kept
from .wording import holds, months, numbers, quotations, words

_CUES: dict[type[exp.Expr], tuple[int, tuple[str, ...]]] = {
    # Where the question counts from the other side of a whole number: `> 4` is "at least 5".
    exp.GT: (1, ("at least", "or more", "or over", "minimum", "no fewer", "no less", "not less")),
    exp.GTE: (-1, ("more than", "over", "above", "exceed", "greater", "after", "beyond", "higher", "larger")),
    exp.LT: (-1, ("at most", "or fewer", "or less", "up to", "maximum", "no more", "not more")),
    exp.LTE: (1, ("less than", "fewer than", "under", "below", "before", "lower", "smaller")),
}


def literals_grounded(example: SQLExample, database: Database) -> Verdict:
    """Drop an example whose SQL has a value that question or table lack, or whose question has one the SQL lacks."""
    tree = parse(example.sql, database.dialect)
    if tree is None:
        return dropped(example, "literals_grounded", "The SQL cannot be parsed.", sql=example.sql)
    literals = terms(tree)
    for find in (_ungrounded, _not_in_table, _unused_number, _unused_quotation, _unused_name, _idle_knowledge):
        reason = find(example, literals, tree, database)
        if reason:
            return dropped(example, "literals_grounded", reason, question=example.asked, sql=example.sql)
    return kept(example, "literals_grounded")


def _ungrounded(example: SQLExample, literals: list[Term], tree: exp.Expr, database: Database) -> str:
    for term in literals:
        if not _is_exempt(term, tree, database) and not _is_said(term, example.asked):
            where = f" (of {term.column.name})" if term.column is not None else ""
            return f"The question does not say {term.value!r}{where}, which the SQL asks for."
    return ""


def _is_exempt(term: Term, tree: exp.Expr, database: Database) -> bool:
    if term.operator is exp.Func:
        return True  # arithmetic and function arguments: 100 in a percentage, a date format
    if term.operator is exp.Limit and term.value == "1":
        return True
    if term.operator is exp.Offset:
        return False
    found = resolve(term.column, tree, database) if term.column is not None else None
    return found is not None and found[1].type == "boolean"


def _is_said(term: Term, asked: str) -> bool:
    if term.operator in (exp.Like, exp.ILike, exp.Glob):
        return all(_text_is_said(piece, asked) for piece in term.value.replace("_", "%").replace("*", "%").split("%"))
    if term.is_text:
        return _text_is_said(term.value, asked) or _date_is_said(term, asked)
    return bool(_meant(term, asked) & {value for number in numbers(asked) for value in number.values})


def _text_is_said(text: str, asked: str) -> bool:
    if holds(words(asked), words(text)):
        # Signs without letters or digits (`+`, `*`) must stand as they are.
        return bool(words(text)) or text.strip() in asked
    return _as_number(text) is not None and any(_as_number(text) in number.values for number in numbers(asked))


def _meant(term: Term, asked: str) -> set[float]:
    """Return the numbers that may stand in a question for this literal."""
    value = _as_number(term.value)
    if value is None:
        return set()
    meant = {value, -value}
    if term.operator is exp.Offset:
        meant.add(value + 1)  # OFFSET 2 is "the third"
    if term.operator in _CUES and value.is_integer():
        step, cues = _CUES[term.operator]
        if any(cue in asked.casefold() for cue in cues):
            meant.add(value + step)
    return meant


def _date_is_said(term: Term, asked: str) -> bool:
    pieces = term.value.replace("T", " ").split(" ")[0].split("-")
    if not all(piece.isdigit() for piece in pieces) or len(pieces) > 3:
        return False
    said = {value for number in numbers(asked) for value in number.values}
    if len(pieces) == 1:
        return term.call == "%m" and int(pieces[0]) in months(asked)
    year, month, day = (int(piece) for piece in (*pieces, "0", "0")[:3])
    if year not in said:
        return False
    whole_year = (month, day) in {(1, 1), (12, 31), (1, 0), (12, 0)}
    return whole_year or (month in months(asked) and (day in said or day in {0, 1, 28, 29, 30, 31}))


def _not_in_table(example: SQLExample, literals: list[Term], tree: exp.Expr, database: Database) -> str:
    for term in literals:
        if not term.is_text or term.negated or term.operator not in (exp.EQ, exp.In) or term.column is None:
            continue
        found = resolve(term.column, tree, database)
        if found is None or found[1].type == "boolean" or term.call not in {"", "LOWER", "UPPER", "TRIM"}:
            continue
        if not _in_column(term, *found):
            return f"Column {found[1].name} of {found[0].name} has no value {term.value!r}."
    return ""


def _in_column(term: Term, table: Table, column: Column) -> bool:
    if term.call:
        folded = term.value.casefold().strip()
        return any(isinstance(cell, str) and cell.casefold().strip() == folded for cell in table.values(column.name))
    return any(str(cell) == term.value for cell in table.values(column.name) if cell is not None)


def _unused_number(example: SQLExample, literals: list[Term], tree: exp.Expr, database: Database) -> str:
    used = _used_numbers(example, literals, tree, database)
    for number in numbers(example.asked):
        idle_talk = not number.digits and not number.values & _COUNTED
        if not idle_talk and not number.values & used:
            return f"The question says {number.spelling!r}, which the SQL does not use."
    return ""


_COUNTED = frozenset(float(value) for value in range(3, 100))
"""Numbers that are meant as such when spelled in words; one and two, once and both are often idle talk."""


def _used_numbers(example: SQLExample, literals: list[Term], tree: exp.Expr, database: Database) -> set[float]:
    used = {float(len(example.answer.rows))}  # "Which two countries …" needs no 2 in the SQL if there are just two
    for term in literals:
        used |= _meant(term, example.asked)
        used |= _numbers_inside(term.value)
    for node in tree.find_all(exp.Boolean):
        used.add(float(bool(node.this)))
    for table in tables_of(tree, database):
        used |= _numbers_inside(f"{table.title} {table.name}")
        for column in table.columns:
            used |= _numbers_inside(f"{column.header} {column.name} {column.unit}")
    return used


@lru_cache(maxsize=8192)
def _numbers_inside(text: str) -> frozenset[float]:
    digits = "".join(letter if letter.isdigit() else " " for letter in text).split()
    inside = {float(piece) for piece in digits if piece.isascii()}
    return frozenset(inside | {value for number in numbers(text) for value in number.values})


def _unused_quotation(example: SQLExample, literals: list[Term], tree: exp.Expr, database: Database) -> str:
    names = [words(f"{column.header}") for table in tables_of(tree, database) for column in table.columns]
    names += [words(table.title or table.name) for table in tables_of(tree, database)]
    for quotation in quotations(example.question):
        said = words(quotation)
        used = any(
            holds(words(term.value), said) or holds(said, words(term.value)) for term in literals if term.is_text
        )
        number = _as_number(quotation) is not None  # those are looked at as numbers
        if said and not used and not number and not any(holds(name, said) for name in names):
            return f"The question quotes {quotation!r}, which the SQL does not use."
    return ""


def _unused_name(example: SQLExample, literals: list[Term], tree: exp.Expr, database: Database) -> str:
    used = [words(term.value) for term in literals]
    found = unused_mention(example.asked, used, tables_of(tree, database))
    return f"The question names {found!r}, a value of the table, which the SQL does not use." if found else ""


def _idle_knowledge(example: SQLExample, literals: list[Term], tree: exp.Expr, database: Database) -> str:
    explained = quotations(example.knowledge)
    if explained and not any(holds(words(example.question), words(term)) for term in explained):
        return f"The sentence of knowledge explains {explained[0]!r}, which the question does not say."
    return ""


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
