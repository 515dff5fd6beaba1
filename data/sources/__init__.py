"""Readers of the tables that users have: one file a kind, `read_database` in front.

The rules, for loose files (CSV, TSV, JSONL, Excel, tables without stated types); every repair is a `Notice`:

- Encoding: a mark, UTF-8, Windows-1252, then what charset-normalizer finds. Delimiter, escapes and line ends are found.
- Lines of one cell before the header are titles; single cells after a blank line, or notes, under the table are left
  out; blank lines are left out; short rows get NULLs; a row with too many cells is left out.
- Blanks around a cell are not part of it. `""`, `n/a`, `NA`, `-`, `–`, `?`, `null` are NULL; `NA` among two-letter
  codes and `-` beside `+` are values.
- Numbers: thousands separators, decimal commas, percent, currency and units (kept in `Column.unit`), `($300)`. Digits
  with a leading zero, telephone and postal codes, ISBNs and versions stay text; years are integers. Footnote marks
  are taken off; cells such as `****`, `unknown` or a lone `a` beside numbers become NULL, and so does one stray text
  among fifty or more numbers. Every other mixed column stays text.
- Dates become ISO text. `3/4/2020` needs a column that proves the order, or is 1 in one place throughout; `9/24/06`
  needs a column of years beside it. Otherwise they stay text.
- `true`/`false` are boolean; `yes`/`no` are text.

Databases and Parquet keep their names and values; only types are found from the values. Bytes that are no text become
NULL; texts among numbers make the column text; views are not read. No table may have more than 1,000,000 rows
(ConfigError, never a sample) or 2,000 columns (SourceError).
"""

from .read import read_database

__all__ = ["read_database"]
