"""Values as people write them: what an answer of a human question and the result of a query have in common.

A person answers `6`, `february 6, 1999` or `iain patterson` where the table holds 6, 1999-02-06 or Iain Patterson.
For questions of people, and only for these, both sides are brought to one spelling before they are compared.
"""

from ..data.records import Cell, ResultTable
from ..data.sources import dates, numbers


def loosened(table: ResultTable) -> ResultTable:
    """Bring every cell of a result to one spelling."""
    return ResultTable(columns=table.columns, rows=tuple(tuple(loose(cell) for cell in row) for row in table.rows))


def loose(cell: Cell) -> Cell:
    """Turn text that is a plain number or a date into what it says; ignore case and blanks of other text.

    >>> loose("1,234"), loose("February 6, 1999"), loose(" Iain  PATTERSON"), loose("007"), loose(None)
    (1234, '1999-02-06', 'iain patterson', '007', None)
    """
    if not isinstance(cell, str):
        return cell
    text = " ".join(cell.split())
    number = numbers.spelled(text)
    if number is not None and not number.mark and not numbers.is_code(number.body):
        value = numbers.value_of(number, "point")
        return cell if value is None else value
    date = dates.spelled(text.replace(" ,", ","))
    spelt = dates.iso(date, date.order) if date is not None and date.year > 99 else None
    return spelt or text.casefold()
