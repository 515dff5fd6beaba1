"""What documents state, as hops ask for it, read only of those documents that are asked about."""

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ....data.document_records import Corpus, Document
from .catalogue import RELATION, RELATION_OF
from .reading import Reader

if TYPE_CHECKING:
    from ....data.links import LinkGraph


class Statement(NamedTuple):
    """A fact in the direction of a question: what the question names, its `Hop.relation`, what answers it."""

    subject: str
    relation: str
    object: str


class Stating:
    """Gives the statements of a document; no document is read before it is asked about, and each only once.

    Relations that leave something open (`longest river`) or need a date are left out.
    """

    def __init__(self, corpus: Corpus, graph: "LinkGraph") -> None:
        self.corpus, self.graph = corpus, graph
        self._read: dict[str, tuple[Statement, ...]] = {}

    def __call__(self, document: Document, relation: str) -> tuple[Statement, ...]:
        """Return what a document states by a relation; nothing, at once, if the catalogue has no such relation."""
        if relation not in RELATION_OF:
            return ()
        if document.id not in self._read:
            self._read[document.id] = self._stated(document)
        return tuple(one for one in self._read[document.id] if one.relation == relation)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.corpus, self.graph)

    def _stated(self, document: Document) -> tuple[Statement, ...]:
        found: list[Statement] = []
        for fact in self._reader.facts(document):
            known = RELATION[fact.relation]
            if not fact.detail:
                found.append(Statement(fact.subject, known.forward.name, fact.object))
            if not fact.detail and known.inverse:
                found.append(Statement(fact.object, known.inverse.name, fact.subject))
        return tuple(found)
