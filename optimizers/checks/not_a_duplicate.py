"""No two examples of a table ask the same thing: neither the same query, nor nearly the same words."""

from collections.abc import Iterable, Iterator, Sequence

from datasketch import MinHash, MinHashLSH
from sqlglot import exp

from ...data.records import Dialect, SQLExample, Verdict
from .trees import parse, terms
from .verdicts import dropped, kept
from .wording import words

SIMILAR = 0.8
"""Share of four-letter pieces that two questions have in common, from which they are near-duplicates."""
_PERMUTATIONS = 64


def not_a_duplicate(examples: Sequence[SQLExample], dialect: Dialect = "sqlite") -> list[Verdict]:
    """Drop all but the first, in id order, of examples on the same table that ask the same.

    The same: one query but for aliases and spelling, literals included; or questions that are nearly alike and name
    the same literals (those that differ in a literal ask different things).
    """
    verdicts: dict[str, Verdict] = {}
    for group in _by_table(examples):
        queries: dict[tuple[str, ...], str] = {}
        wordings = _Wordings()
        for example in group:
            query = _query(example, dialect)
            twin = queries.setdefault(query, example.id)
            if twin != example.id:
                verdict = _double(example, twin, "the same query")
            else:
                near = wordings.nearest(example, query[1:])
                verdict = _double(example, near, "nearly the same words") if near else kept(example, "not_a_duplicate")
            verdicts[example.id] = verdict
    return [verdicts[example.id] for example in examples]


def _by_table(examples: Iterable[SQLExample]) -> Iterator[list[SQLExample]]:
    groups: dict[str, dict[str, SQLExample]] = {}
    for example in examples:
        groups.setdefault(example.database_id, {})[example.id] = example
    for key in sorted(groups):
        yield sorted(groups[key].values(), key=lambda example: example.id)


def _query(example: SQLExample, dialect: Dialect) -> tuple[str, ...]:
    """Return the skeleton and the literals in order of appearance; the SQL itself if it cannot be parsed."""
    from ...data.sqlshape import skeleton

    tree = parse(example.sql, dialect)
    if tree is None:
        return (example.sql,)
    if len(list(tree.find_all(exp.Table))) == 1:  # `t.a` and `a` are the same then
        tree = tree.copy()
        for column in tree.find_all(exp.Column):
            column.set("table", None)
    return (skeleton(tree.sql(dialect=dialect), dialect), *(term.value for term in terms(tree)))


def _double(example: SQLExample, twin: str, what: str) -> Verdict:
    return dropped(example, "not_a_duplicate", f"Example {twin} on the same table has {what}.", twin=twin)


class _Wordings:
    """The questions kept so far on one table, found by similarity."""

    def __init__(self) -> None:
        self.index = MinHashLSH(threshold=SIMILAR, num_perm=_PERMUTATIONS)
        self.known: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {}

    def nearest(self, example: SQLExample, literals: tuple[str, ...]) -> str:
        """Return the id of a near-duplicate, or add the example and return nothing."""
        text = " ".join(words(example.question))
        pieces = frozenset(text[at : at + 4] for at in range(max(1, len(text) - 3)))
        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch([piece.encode() for piece in sorted(pieces)])
        literals = tuple(sorted(literals))
        for other in sorted(self.index.query(sketch)):
            theirs, named = self.known[other]
            # The sketch finds candidates, the pieces themselves decide: no chance in who is dropped.
            if named == literals and len(pieces & theirs) >= SIMILAR * len(pieces | theirs):
                return str(other)
        self.index.insert(example.id, sketch)
        self.known[example.id] = (pieces, literals)
        return ""
