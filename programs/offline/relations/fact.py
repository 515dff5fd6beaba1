"""A fact as a sentence states it."""

from typing import Literal

from ....data.records import Record

Sort = Literal[
    "person",
    "town",
    "land",
    "region",
    "water",
    "height",
    "body",
    "work",
    "built",
    "group",
    "matter",
    "team",
    "event",
    "",
]
"""What something is: `town` any settlement, `land` a country, `height` a mountain, `body` one of the sky; empty if
nothing tells."""
Kind = Literal["thing", "date", "number", "word"]
"""What an object is: something with a name, a date, a number with its unit, or another word (`Au`, `the euro`)."""


class End(Record):
    """What stands at one end of a fact."""

    text: str
    """As the document spells it, without an article."""
    id: str | None = None
    """The document about it, where the corpus has one."""


class Fact(Record):
    """One thing that a sentence states about another: `Albert Einstein`, `birthplace`, `Ulm`."""

    subject: str
    """Name of what it is about: the title of its document, or as the sentence spells it."""
    relation: str
    """Name of a relation of the catalogue."""
    object: str
    """As the document spells it."""
    kind: Kind
    """What the object is."""
    document_id: str
    sentence: tuple[int, int]
    """Offsets into the document's text."""
    object_span: tuple[int, int]
    """Offsets into the document's text; where the sentence says `he` or `it`, of a place that spells the name."""
    subject_span: tuple[int, int] | None = None
    """Offsets of a place that spells the subject; None if the document nowhere does."""
    subject_is_title: bool = True
    subject_id: str | None = None
    """The document about the subject, where the corpus has one."""
    object_id: str | None = None
    """The document about the object, where the corpus has one."""
    detail: str = ""
    """What the relation leaves open: `longest river` for the relation of superlatives."""
