"""New words for old ones, all over a table and its questions: what a student cannot remember it must copy.

A small student that is fine-tuned on a few tables learns their names by heart and writes them for those of any other.
So a word of a table is replaced, in the table, in the questions on it and in their SQL, by a string of random pieces of
the student's vocabulary, anew each time the table is shown. A word stays as it is where its wording could depend on
its meaning: if it is common in questions, is asked for without being named (`joined`, "When did ..."), or stands
inflected in a question. Sample rows are left out at random as well.
"""

import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlglot.tokens import Tokenizer

from ...errors import ConfigError

TOGETHER = 6
"""Questions of a table that are shown with the same new names."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_TYPES = ("integer", "real", "text", "date", "datetime", "boolean", "null")
_FIXED = frozenset((*_TYPES, *_WORD.findall(" ".join(Tokenizer.KEYWORDS))))
_SCRIPTS = ("áéíóúàèçñöüäåøšžčğışłőű", "бвгдежзиклмнопрстуфхцч", "αβγδεζηθικλμνξοπρστυφχψ")
_ASKED = "\nq "


class TablePage(NamedTuple):
    """A table in the compact form (`data/render.py`), and questions on it."""

    table: str
    questions: tuple[tuple[str, str], ...]
    """Each as asked, and its SQL."""


class Renaming:
    """Gives a page new names; made once for all pages.

    Args:
        pieces: Texts of the vocabulary's tokens; those of lower-case letters are used.
        pages: Pages whose questions tell which words are common.
        share: Share of pages that get new names, and of their words that are replaced.
    """

    def __init__(self, pieces: Iterable[str], pages: Sequence[TablePage], share: float = 0.7) -> None:
        self._pieces = sorted(piece for piece in pieces if re.fullmatch(r"[a-z]{1,6}", piece))
        counts = Counter(w.lower() for page in pages for w in {w for q, _ in page.questions for w in _words(q)})
        self._common = {word for word, pages_with in counts.items() if pages_with > max(2, len(pages) / 50)}
        self._share = share

    def __call__(self, page: TablePage, rng: random.Random) -> TablePage:
        """Return the page with some of its words replaced, or as it is."""
        if rng.random() > self._share:
            return page
        new = {word: self._word(word, rng) for word in self._replaceable(page) if rng.random() < self._share}

        def written(text: str) -> str:
            return _WORD.sub(lambda match: new.get(match.group(), match.group()), text)

        table = "\n".join(line[:2] + written(line[2:]) for line in page.table.split("\n"))
        return TablePage(table, tuple((written(asked), written(sql)) for asked, sql in page.questions))

    def _replaceable(self, page: TablePage) -> list[str]:
        """Return the words of the table that mean nothing to the page's questions but their own name, sorted."""
        asked = [(_words(q), _words(s)) for q, s in page.questions]
        spoken = set().union(*(q for q, _ in asked))

        def is_free(word: str) -> bool:
            if word in _FIXED or word.lower() in self._common:
                return False
            stem = word.lower()[: max(3, len(word) - 2)]
            inflected = any(other != word and other.lower().startswith(stem) for other in spoken)
            return not inflected and all(word in q for q, s in asked if word in s)

        lines = page.table.split("\n")
        return sorted(filter(is_free, set().union(*(_words(line[2:]) for line in lines), *(s for _, s in asked))))

    def _word(self, old: str, rng: random.Random) -> str:
        """Return a new word in the casing of the old one."""
        if rng.random() < 0.06:
            letters = rng.choice(_SCRIPTS)
            word = "".join(rng.choice(letters) for _ in range(rng.randrange(2, 7)))
        else:
            word = "".join(rng.choice(self._pieces) for _ in range(rng.choice((1, 1, 2, 2, 2, 3, 4))))
        if old.isupper():
            return word.upper()
        return word.capitalize() if old[0].isupper() else word


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text))


def with_fewer_rows(table: str, rng: random.Random) -> str:
    """Leave out none to all of the last sample rows: most tables can be asked about without looking at many."""
    lines = table.split("\n")
    rows = [at for at, line in enumerate(lines) if line.startswith("r ")]
    gone = set(rows[rng.randrange(len(rows) + 1) :])
    return "\n".join(line for at, line in enumerate(lines) if at not in gone)


def renamed(rows: Sequence[Any], pieces: Collection[str], share: float, copies: int, seed: int) -> list[dict[str, Any]]:
    """Return every row `copies` times, each time with other names.

    Args:
        rows: Conversations of one question and its SQL, in the compact form.
        pieces: See `Renaming`.
        share: See `Renaming`.
        copies: How often each row is to be seen.
        seed: Of names and order.

    Raises:
        ConfigError: A row is no question on a table in the compact form.
    """
    rng = random.Random(f"renaming {seed}")
    tables: dict[str, list[tuple[str, str]]] = {}
    for number, row in enumerate(rows):
        table, question, sql = _parts(row, number)
        tables.setdefault(table, []).append((question, sql))
    renaming = Renaming(pieces, _pages(tables, rng), share)
    fresh = (renaming(page, rng) for _ in range(copies) for page in _pages(tables, rng))
    return [row for page in fresh for row in _rows(page, rng)]


def _pages(tables: dict[str, list[tuple[str, str]]], rng: random.Random) -> list[TablePage]:
    """Put the questions of each table on pages, other ones together every time."""
    pages = []
    for table, questions in tables.items():
        shuffled = rng.sample(questions, len(questions))
        pages += [TablePage(table, tuple(shuffled[at : at + TOGETHER])) for at in range(0, len(shuffled), TOGETHER)]
    return pages


def _parts(row: Any, number: int) -> tuple[str, str, str]:
    """Return table, question and SQL of a row."""
    turns = row["messages"]
    table, mark, question = str(turns[0]["content"]).rpartition(_ASKED)
    if len(turns) != 2 or not mark or not table.startswith("t "):
        raise ConfigError(
            f"training.renaming is for questions on tables in the compact form, as the embedded student is asked; row "
            f"{number} is none. Leave it out."
        )
    return table, question, str(turns[1]["content"])


def _rows(page: TablePage, rng: random.Random) -> list[dict[str, Any]]:
    table = with_fewer_rows(page.table, rng)
    return [
        {
            "messages": [
                {"role": "user", "content": f"{table}{_ASKED}{asked}"},
                {"role": "assistant", "content": sql},
            ]
        }
        for asked, sql in page.questions
    ]
