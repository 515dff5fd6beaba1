"""All questions that the facts of a corpus answer with certainty, found once a corpus."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ....data.answers import compare_answers, words
from ....data.document_records import Corpus
from ....data.values import dates_in
from ..relations import RELATION, Fact, Reader
from .asked import Asked, Asking, key_of
from .holders import Holders

if TYPE_CHECKING:
    from ....data.links import LinkGraph

_KEPT = 4
"""Corpora of which the questions are kept."""
_cache: list[tuple[Corpus, "LinkGraph", "Atlas"]] = []


class Atlas:
    """The questions of a corpus by what they name and where they are answered."""

    def __init__(self, corpus: Corpus, graph: "LinkGraph") -> None:
        self.graph = graph
        self.documents = {document.id: document for document in corpus.documents}
        reader = Reader(corpus, graph)
        self.facts = _settled([fact for document in corpus.documents for fact in reader.facts(document)])
        self.topics = reader.topics
        self.holders = Holders(corpus.documents)
        self.asking = Asking(self.documents, self.topics)
        self.asked = tuple(self._asked())
        clauses = filter(None, (self.asking.clause(fact) for fact in self.facts))
        self.clauses: dict[str, tuple[Asked, ...]] = _grouped((one.document_id, one) for one in clauses)
        """What the topic of a document does, by the document."""
        self.joined = tuple(group for group in self.clauses.values() if len({one.start_key for one in group}) > 1)
        """For joins: what a topic does to two things at least."""
        self.about: dict[str, tuple[Asked, ...]] = _grouped((one.start_key, one) for one in self.asked)
        """Questions that name something, by its key."""
        self.inside: dict[str, tuple[Asked, ...]] = _grouped((one.document_id, one) for one in self.asked)
        """Questions that a document answers."""
        self.into: dict[str, tuple[Asked, ...]] = _grouped((one.answer_key, one) for one in self.asked)
        """Questions that something answers, by its key."""

        self._openers: dict[int, tuple[Asked, ...]] = {}
        self.groups = self._groups()
        """Questions for values of things that are the same, by what they ask for and the noun."""
        self.branches = self._branches()
        """Two questions, the second for a value of what the first finds, by what both ask for."""

    def openers(self, hops: int) -> tuple[Asked, ...]:
        """Return the questions that chains of so many hops begin with, doubles aside; looked for once a number."""
        if hops not in self._openers:
            self._openers[hops] = self._opening(hops)
        return self._openers[hops]

    def _opening(self, hops: int) -> tuple[Asked, ...]:
        left = {one.start_key for one in self.asked}
        for _ in range(hops - 2):
            left = {one.start_key for one in self.asked if one.answer_key in left}
        return tuple(one for one in self.asked if self.opens(one) and (hops < 2 or one.answer_key in left))

    def _groups(self) -> dict[tuple[str, str], tuple[Asked, ...]]:
        ones = [one for one in self.asked if self.opens(one) and one.is_value and "," not in one.start]
        nouns = {one.document_id: self.topics[one.document_id].noun for one in ones}
        pairs = [((one.ask, nouns[one.document_id]), one) for one in ones]
        people = [((one.ask, "person"), one) for one in ones if self.topics[one.document_id].sort == "person"]
        return _grouped((key, one) for key, one in [*pairs, *people] if key[1])

    def _branches(self) -> dict[tuple[str, str], tuple[tuple[Asked, Asked], ...]]:
        pairs = [(one, other) for one in self.asked if self.opens(one) for other in self.about.get(one.answer_key, ())]
        fit = [(one, other) for one, other in pairs if other.is_value and other.document_id != one.document_id]
        return _grouped(((one.ask, other.ask), (one, other)) for one, other in fit)

    def opens(self, one: Asked) -> bool:
        """Whether a chain can begin with a question: it names what its document is about, without a year."""
        return one.start_key == one.document_id and not one.year

    def names(self, key: str, text: str) -> tuple[str, ...]:
        """Return all names of what a key stands for."""
        return (text, *self.graph.names(key)) if key in self.documents else (text,)

    def _asked(self) -> Iterable[Asked]:
        for fact in _only(self.facts, lambda fact: (fact.relation, fact.detail, _subject(fact))):
            if (one := self.asking.forward(fact)) is not None:
                yield one
        for fact in _only(self.facts, lambda fact: (fact.relation, fact.detail, _object(fact))):
            if (one := self.asking.inverse(fact)) is not None:
                yield one
        yield from self._dated()

    def _dated(self) -> Iterable[Asked]:
        years = {(fact.relation, _subject(fact)): fact for fact in self.facts if fact.kind == "date"}
        found: defaultdict[tuple[str, ...], list[Asked]] = defaultdict(list)
        for fact in self.facts:
            dated = RELATION[fact.relation].dated
            date = years.get((dated.date, _subject(fact))) if dated and fact.subject_is_title else None
            if date is None or date.document_id != fact.document_id or self._crowded(fact):
                continue
            year = str(abs(dates_in(date.object)[0].year)) if dates_in(date.object) else ""
            one = self.asking.dated(fact, date, year) if year and "BC" not in date.object else None
            if one is not None:
                found[one.ask, one.start_key, one.noun, one.year].append(one)
        yield from (group[0] for group in found.values() if len(group) == 1)

    def _crowded(self, fact: Fact) -> bool:
        """Whether a year tells too little: many are born in a town each year, many things founded in a country."""
        sorts = (self.asking.sort(fact.subject_id), self.asking.sort(fact.object_id))
        return sorts[1] in {"land", "region"} or (sorts[0] == "person" and sorts[1] != "person")


def atlas_of(corpus: Corpus, graph: "LinkGraph") -> Atlas:
    """Return the questions of a corpus, from memory if it was asked for lately."""
    for known, linked, atlas in _cache:
        if known is corpus and linked is graph:
            return atlas
    atlas = Atlas(corpus, graph)
    _cache.insert(0, (corpus, graph, atlas))
    del _cache[_KEPT:]
    return atlas


def _subject(fact: Fact) -> str:
    return key_of(fact.subject, fact.subject_id)


def _object(fact: Fact) -> str:
    return key_of(fact.object, fact.object_id)


def _settled(facts: list[Fact]) -> list[Fact]:
    """Leave out facts that others of the corpus contradict; of dates that agree keep the more precise one."""
    groups = _grouped(((fact.relation, fact.detail, _subject(fact)), fact) for fact in facts)
    kept = list[Fact]()
    for (relation, _, _), group in groups.items():
        if RELATION[relation].kind == "date" and len(group) > 1:
            first = max(group, key=lambda fact: len(words(fact.object)))
            agree = all(compare_answers(first.object, other.object).equal for other in group)
            kept += [first] if agree else []
        else:
            kept += group
    return kept


def _only(facts: list[Fact], key: "object") -> list[Fact]:
    """Return the facts that are the only ones with their key; several that say the same count as one."""
    groups = _grouped((key(fact), fact) for fact in facts)  # type: ignore[operator]  # a function
    return [group[0] for group in groups.values() if len({(_subject(fact), _object(fact)) for fact in group}) == 1]


def _grouped(pairs: "Iterable[tuple[object, object]]") -> dict:  # type: ignore[type-arg]  # of any kind
    found: defaultdict[object, list[object]] = defaultdict(list)
    for key, one in pairs:
        found[key].append(one)
    return {key: tuple(ones) for key, ones in found.items()}
