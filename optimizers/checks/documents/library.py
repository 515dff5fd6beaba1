"""What the checks of documents look things up in: the corpus, its link graph, its words and, where there are, facts."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from ....data.answers import words
from ....data.document_records import Corpus, Document, Hop, MultiHopExample
from ....data.passages import passages_of
from ....data.records import Verdict
from ....data.titles import plain_title
from ....data.values import date_of, quantity_of
from ....programs.plans import plan_of, subject_of

if TYPE_CHECKING:
    from ....data.links import LinkGraph


class Stated(Protocol):
    """A fact that a document states; `programs.offline.relations.Statement` is one."""

    @property
    def subject(self) -> str:
        """What it is about."""
        ...

    @property
    def relation(self) -> str:
        """As in `Hop.relation`."""
        ...

    @property
    def object(self) -> str:
        """What is said of it."""
        ...


Facts = Callable[[Document, str], Sequence[Stated]]
"""`(document, relation) -> facts`, what a document states by a relation: `programs.offline.relations.Stating`."""


class Library:
    """A corpus, indexed once for all checks."""

    def __init__(self, corpus: Corpus, graph: "LinkGraph", facts: Facts | None = None) -> None:
        self.corpus, self.graph, self._facts = corpus, graph, facts
        self._documents = {document.id: document for document in corpus.documents}
        self._words = {document.id: words(f"{document.title} . {document.text}") for document in corpus.documents}
        self._holders: defaultdict[str, set[str]] = defaultdict(set)
        for id, said in self._words.items():
            for word in set(said):
                self._holders[word].add(id)

    def document(self, id: str) -> Document | None:
        """Return a document, or None if it is not there (any more)."""
        return self._documents.get(id)

    def holders(self, name: str) -> set[str]:
        """Return the documents that hold a name, in title or text, as a run of whole words."""
        part = words(name)
        if not part:
            return set()
        found = set.intersection(*(self._holders.get(word, set()) for word in part))
        return {id for id in found if len(part) == 1 or _runs(part, self._words[id])}

    def together(self, one: str, other: str) -> str | None:
        """Return a document that holds both names, or None; a date or number must stand in one passage with the other.

        Numbers and dates stand in many documents for many reasons; near the name they are about it.
        """
        both = sorted(self.holders(one) & self.holders(other))
        if _is_value(one) or _is_value(other):
            both = [id for id in both if self._in_one_passage(id, one, other)]
        return both[0] if both else None

    def names(self, name: str) -> tuple[str, ...]:
        """Return a name and the other names of what it is a name of."""
        return (name, *(other for id in self.graph.find(name) for other in self.graph.names(id)))

    def related(self, name: str, relation: str, *, inverse: bool) -> tuple[str, ...]:
        """Return what facts state of a name by a relation: their objects, or, inverse, their subjects.

        Facts are read of the documents that hold the name; whatever was asked before, the answer is the same.
        """
        known, found = words(name), dict[tuple[str, ...], str]()
        if self._facts is None or not relation:
            return ()
        for id in sorted(self.holders(name)):
            for fact in self._facts(self._documents[id], relation):
                start, end = (fact.object, fact.subject) if inverse else (fact.subject, fact.object)
                if words(start) == known:
                    found.setdefault(words(end), end)
        return tuple(found[key] for key in sorted(found))

    def _in_one_passage(self, id: str, one: str, other: str) -> bool:
        parts = (words(one), words(other))
        said = (words(f"{passage.title} {passage.text}") for passage in passages_of(self._documents[id]))
        return any(all(_runs(part, each) for part in parts) for each in said)


_last: list[Library] = []


def library_of(corpus: Corpus, graph: "LinkGraph | None" = None) -> Library:
    """Return the library of a corpus with the facts that the relation patterns find; kept for the last corpus.

    `graph` saves linking it anew.
    """
    from ....data.links import link_graph
    from ....programs.offline.relations import Stating

    if not _last or _last[0].corpus is not corpus:
        linked = graph or link_graph(corpus)
        _last[:] = [Library(corpus, linked, Stating(corpus, linked))]
    return _last[0]


Check = Callable[[MultiHopExample, Library], Verdict]
"""`(example, library) -> Verdict`, kept or dropped, never unjudged; same rules as `optimizers.checks.Check`."""


def subject(example: MultiHopExample, index: int, library: Library) -> str:
    """Return what the branch of a hop starts from: the title of its first document; empty if that is not there."""
    plan = plan_of(example.shape, len(example.seed.source_ids))
    document = library.document(example.seed.source_ids[subject_of(plan, index)])
    return plain_title(document.title) if document else ""


def asked_of(hop: Hop, hops: tuple[Hop, ...]) -> tuple[str, ...]:
    """Return the answers of the hops that a hop uses."""
    return tuple(hops[at].answer for at in hop.uses)


def _is_value(text: str) -> bool:
    return date_of(text) is not None or quantity_of(text) is not None


def _runs(part: tuple[str, ...], of: tuple[str, ...]) -> bool:
    size = len(part)
    return any(of[at : at + size] == part for at in range(len(of) - size + 1) if of[at] == part[0])
