"""Values of a table that a question names: the sign that a condition was forgotten."""

from collections.abc import Sequence
from functools import lru_cache

from ...data.records import Table
from .wording import covered, words

LONGEST = 6
"""Words of the longest cell that is looked for."""


def unused_mention(question: str, used: Sequence[tuple[str, ...]], tables: Sequence[Table]) -> str:
    """Return a cell text that the question names and the query does not, or nothing.

    Only cells that look like names count: four letters or more, in any case; shorter ones with a digit or a capital, as
    the table writes them; none made of words of a header or title. (Of 1,001 questions that people asked of WikiSQL's
    tables three name a cell that their SQL does not, and these SQLs do lack a condition.)
    """
    left = covered(words(question), [part for part in used if part])
    for table in tables:
        names = _names(table)
        for size in range(LONGEST, 0, -1):
            for at in range(len(left) - size + 1):
                name = names.get(left[at : at + size])
                if name and (_letters(name) >= 4 or name in question):
                    return name
    return ""


def _names(table: Table) -> dict[tuple[str, ...], str]:
    return _names_of(_Same(table))


class _Same:
    """A table as a cache key: equal only to itself, so that nothing is hashed but its address."""

    def __init__(self, table: Table) -> None:
        self.table = table  # held, so that the address stays taken while the cache has it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.table is other.table

    def __hash__(self) -> int:
        return id(self.table)


@lru_cache(maxsize=256)
def _names_of(same: _Same) -> dict[tuple[str, ...], str]:
    table = same.table
    common = set(words(f"{table.title} {table.name}"))
    for column in table.columns:
        common |= set(words(f"{column.header} {column.name}"))
    names: dict[tuple[str, ...], str] = {}
    for column in table.columns:
        if column.type == "text":
            for cell in set(table.values(column.name)):
                if isinstance(cell, str) and _looks_like_a_name(cell):
                    key = words(cell)
                    if 0 < len(key) <= LONGEST and not set(key) <= common:
                        names[key] = cell
    return names


def _looks_like_a_name(cell: str) -> bool:
    letters, digits = _letters(cell), any(letter.isdigit() for letter in cell)
    if letters >= 4 or (letters and digits):
        return True
    return cell.isupper() if letters == 2 else letters == 3 and cell[0].isupper()  # codes: US, NP, Men


def _letters(text: str) -> int:
    return sum(letter.isalpha() for letter in text)
