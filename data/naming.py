"""How tables and columns are called: identifiers made from headers, and identifiers as SQL must spell them."""

import re
import unicodedata
from collections.abc import Iterable

from .records import Dialect

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GAP = re.compile(r"[\W_]+")

# Every keyword of SQLite (lang_keywords.html), reserved or not: what is quoted needlessly still runs.
_SQLITE_WORDS = """
    abort action add after all alter always analyze and as asc attach autoincrement before begin between by
    cascade case cast check collate column commit conflict constraint create cross current current_date
    current_time current_timestamp database default deferrable deferred delete desc detach distinct do drop
    each else end escape except exclude exclusive exists explain fail filter first following for foreign from
    full generated glob group groups having if ignore immediate in index indexed initially inner insert
    instead intersect into is isnull join key last left like limit match materialized natural no not nothing
    notnull null nulls of offset on or order others outer over partition plan pragma preceding primary query
    raise range recursive references regexp reindex release rename replace restrict returning right rollback
    row rows savepoint select set table temp temporary then ties to transaction trigger unbounded union unique
    update using vacuum values view virtual when where window with without
"""
_SQLITE = frozenset(_SQLITE_WORDS.split())
# Reserved words of DuckDB (duckdb_keywords()) that SQLite lets through, and words that sqlglot reads as syntax: the
# tests try every word that sqlglot knows.
_OTHER_WORDS = """
    analyse anti any array asof asymmetric at authorization binary both collation column concurrently cube
    current_catalog current_role current_schema current_user describe false fetch freeze grant ilike interval
    kill lambda lateral leading localtime localtimestamp lock map new old only overlaps partitioned_by pivot
    pivot_longer pivot_wider placing positional procedure qualify revoke rlike rollup semi session_user show
    similar some struct summarize symmetric tablesample top trailing true uncache unpivot user variadic
    verbose xor
"""
_OTHERS = frozenset(_OTHER_WORDS.split())
_KEYWORDS: dict[Dialect, frozenset[str]] = {"sqlite": _SQLITE | _OTHERS, "duckdb": _SQLITE | _OTHERS}


def quote(name: str, dialect: Dialect = "sqlite") -> str:
    """Spell an identifier as SQL needs it: bare where that is safe, else in double quotes.

    >>> quote("height_m"), quote("No."), quote("order")
    ('height_m', '"No."', '"order"')
    """
    if _BARE.fullmatch(name) and name.lower() not in _KEYWORDS[dialect]:
        return name
    return '"' + name.replace('"', '""') + '"'


def identifier(text: str) -> str:
    """Make a lower-case identifier of letters, digits and `_`; empty if the text has neither letter nor digit.

    >>> identifier("Height (m)"), identifier("2004 votes"), identifier("–")
    ('height_m', 'c_2004_votes', '')
    """
    # Lower case can undo the composition (the Turkish dotted I), so the form is made twice.
    lowered = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    name = _GAP.sub("_", lowered).strip("_")
    return f"c_{name}" if name[:1].isdigit() else name


def identifiers(headers: Iterable[str]) -> list[str]:
    """Name columns after their headers: `column_<position>` for empty ones, `_2`, `_3` … for repeated ones.

    >>> identifiers(["Team", "Score", "Team", ""])
    ['team', 'score', 'team_2', 'column_4']
    """
    taken: set[str] = set()
    return [unique(identifier(header) or f"column_{at}", taken) for at, header in enumerate(headers, start=1)]


def unique(name: str, taken: set[str]) -> str:
    """Return the name, or the name with the first free number from `_2`; adds it, case folded, to `taken`."""
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate.casefold())
    return candidate
