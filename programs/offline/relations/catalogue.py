"""All relations, read from the tables of `words/`, and the questions by which a hop is known again.

A relation is one table of one file: the name is its heading, the fields are those of `Relation`. `forms` and `swapped`
are its patterns, `each` repeats it for every row of values, put where their words stand in braces; a way to ask that
has no name of its own has the relation's.
"""

import json
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from .relation import Ask, Pattern, Relation

TABLES = ("people", "works", "things", "places", "nature")
"""Files of `words/`, in the order in which their relations are tried."""


def relations_of(text: str) -> Iterator[Relation]:
    """Yield the relations of a table; raises pydantic's ValidationError with the field that is wrong."""
    for name, row in tomllib.loads(text).items():
        for values in row.pop("each", [{}]):
            said = json.dumps({"name": name, **row})
            for word, value in values.items():
                said = said.replace(f"{{{word}}}", value)
            yield _relation(json.loads(said))


def _relation(row: dict[str, Any]) -> Relation:
    forms, swapped = row.pop("forms", ()), row.pop("swapped", ())
    patterns = (*(Pattern(form=form, swapped=True) for form in swapped), *(Pattern(form=form) for form in forms))
    row["forward"] = {"name": row["name"], **row["forward"]}
    if "dated" in row:
        date = row["dated"].pop("date")
        row["dated"] = {"date": date, "ask": row["dated"]}
    for field in {"subjects", "nouns", "objects"} & row.keys():
        row[field] = frozenset(row[field].split())
    return Relation(patterns=patterns, **row)


def _read(name: str) -> str:
    return (Path(__file__).parent / "words" / f"{name}.toml").read_text(encoding="utf-8")


RELATIONS: tuple[Relation, ...] = tuple(one for name in TABLES for one in relations_of(_read(name)))
KEYS: frozenset[str] = frozenset(word for relation in RELATIONS for word in relation.keys.split())
RELATION = {relation.name: relation for relation in RELATIONS}
ASKS: dict[str, Ask] = {}
"""By `Hop.relation`."""
RELATION_OF: dict[str, Relation] = {}
"""The relation that an `Ask` belongs to, by the name of the latter."""
for _relation_ in RELATIONS:
    for _ask in (_relation_.forward, _relation_.inverse, _relation_.dated.ask if _relation_.dated else None):
        if _ask is not None:
            ASKS[_ask.name] = _ask
            RELATION_OF[_ask.name] = _relation_


@lru_cache(maxsize=1 << 14)
def keyed(said: frozenset[str]) -> tuple[Relation, ...]:
    """Return the relations that a sentence with these of all `KEYS` may state."""
    return tuple(relation for relation in RELATIONS if not said.isdisjoint(relation.keys.split()))
