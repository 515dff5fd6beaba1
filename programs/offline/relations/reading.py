"""The facts of a document: every sentence that fits a pattern, the others left alone."""

import re
from typing import TYPE_CHECKING

from ....data.answers import words
from ....data.document_records import Corpus, Document
from .catalogue import KEYS, keyed
from .fact import End, Fact, Sort
from .nouns import SORTS, Topic, topic_of
from .relation import Pattern, Relation
from .slots import BEFORE, NAME, compiled
from .subjects import Sentence, sentences_about, skipped

if TYPE_CHECKING:
    from ....data.links import LinkGraph

LONGEST = 500
"""Letters of a sentence that is read; longer ones say too much at once."""
_SECOND = re.compile(
    rf",?\s(?:and|or|&|together\swith|with)\s(?!(?:was|is|were|has|had|it|he|she|in|on|"
    rf"the\s[a-z]+est)\b)(?:{BEFORE}{NAME}|his\b|her\b|others\b|colleagues|co-|a\b|an\b|two\b|several\b)"
    rf"|,\s(?:[a-z ]*){NAME}(?:,|\sand)"
)
_LETTERS = re.compile(r"[a-z]+|[([]")
_JOIN = re.compile(
    r",?\s(?:and|but)\s(?:(?:he|she|it)\s)?|,\s(?=\d)|,\s(?=(?:named|founded|built|it|he|she|where|"
    r"its)\b)(?:(?:it|he|she)\s)?"
)
_BARRED = re.compile(
    r"\b(?:who|which|whose|where|when|while|because|although|though|if|that|said|believed|claimed|not|"
    r"never|may|might|possibly|perhaps|allegedly|legend|tradition)\b|;"
)
_OTHER = re.compile(r"\s\(?(?:or|possibly|perhaps)\s|/")
_PEOPLE = re.compile(r"(?:[A-Z][a-z]+(?:an|ish|ese|ch|ic)|Jewish|Greek|Latin)$")
_PARTLY = re.compile(
    r"\b(?:[Aa]t the time|voting|Economic|Region|Greater|urban|metropolitan|proper|had a population|extended|"
    r"conurbation|basin|islands? of|by (?:1|2)\d{3})\b"
)
_WITHIN = re.compile(r",\s([A-Z][\w.]+(?:\s[A-Z][\w.]+)*)(?=[,.;)]|\s(?:in|on|to|and|from|where)\b)")
"""What a place lies in; a document about a place that does not name it is about a namesake."""
_NEXT = re.compile(r"\s([a-z]+)")
_DOUBT = re.compile(
    r"\b(?:possibly|perhaps|allegedly|legend(?:ary)?|said to|believed to|thought to|claim(?:s|ed)?|"
    r"probably|disputed|supposedly|may have|might|according to|fictional|originally|formerly|former)\b",
    re.IGNORECASE,
)


class Reader:
    """Reads the documents of one corpus; keeps what they are about."""

    def __init__(self, corpus: Corpus, graph: "LinkGraph") -> None:
        self.graph = graph
        self.texts = {document.id: document.text for document in corpus.documents}
        self.topics: dict[str, Topic] = {
            document.id: topic_of(document)  # pyright: ignore[reportArgumentType]  # pydantic hashes frozen records
            for document in corpus.documents
        }

    def facts(self, document: Document) -> tuple[Fact, ...]:
        """Return the facts of a document, in the order of its text, each once."""
        named = {edge.start: (edge.end, edge.target) for edge in self.graph.out(document.id) if edge.kind != "related"}
        topic = self.topics[document.id]
        found: dict[tuple[str, str, str], Fact] = {}
        for sentence in sentences_about(document, topic, named):
            if sentence.end - sentence.start > LONGEST:
                continue
            said = set(_LETTERS.findall(document.text[sentence.start : sentence.end].lower()))
            for relation in keyed(frozenset(said & KEYS)):
                if relation.unless and re.search(relation.unless, document.text):
                    continue
                fact = self._fact(document, sentence, relation, named)
                if fact is not None:
                    found.setdefault((fact.subject, fact.relation + fact.detail, fact.object), fact)
        return tuple(sorted(found.values(), key=lambda fact: (fact.sentence, fact.relation)))

    def _fact(
        self, document: Document, sentence: Sentence, relation: Relation, named: dict[int, tuple[int, str]]
    ) -> Fact | None:
        for pattern in relation.patterns:
            match = _matched(document.text, sentence, pattern)
            if match is None:
                continue
            span = _trimmed(document.text, match.span("o"))
            if relation.alone and _SECOND.match(document.text, span[1], sentence.end):
                continue
            if relation.name in {"population", "area"} and _PARTLY.search(document.text, sentence.start, sentence.end):
                continue
            if _OTHER.match(document.text, span[1], sentence.end):
                continue
            if _DOUBT.search(document.text, sentence.start, span[1]):
                continue
            other = self._end(document, span, relation, named)
            span = (span[0], span[0] + len(other.text))
            if relation.kind == "thing" and _is_adjective(document.text, span, other):
                continue
            detail = " ".join(match["k"].split()) if "k" in match.groupdict() else ""
            if (
                relation.objects == {"person"}
                and other.id is None
                and document.text[: span[0]].endswith((" the ", " a "))
            ):
                continue
            fact = self._made(document, sentence, relation, pattern, other, span, detail)
            if fact is not None:
                return fact
        return None

    def _end(
        self, document: Document, span: tuple[int, int], relation: Relation, named: dict[int, tuple[int, str]]
    ) -> End:
        """Return what an object is: the target of the link there, or the document of that name."""
        text = document.text[span[0] : span[1]]
        if relation.kind != "thing":
            return End(text=text)
        link = named.get(span[0])
        if link and link[0] >= span[1]:
            return End(text=document.text[span[0] : link[0]], id=link[1])
        ids = [id for id in self.graph.find(text)]
        within = _WITHIN.match(document.text, span[1])
        known = len(ids) == 1 and (within is None or within[1] in self.texts[ids[0]])
        return End(text=text, id=ids[0] if known else None)

    def _made(
        self,
        document: Document,
        sentence: Sentence,
        relation: Relation,
        pattern: Pattern,
        other: End,
        span: tuple[int, int],
        detail: str,
    ) -> Fact | None:
        """Return the fact, if both ends are of the right sort and not the same."""
        subject, object = (other, sentence.about) if pattern.swapped else (sentence.about, other)
        if pattern.swapped and other.id is None:
            return None
        if words(subject.text) == words(object.text) or (subject.id and subject.id == object.id):
            return None
        if not self._fits(subject, relation.subjects, relation.nouns) or not self._fits_object(object, relation):
            return None
        if subject.id is None and object.id is None:
            return None
        own = sentence.spelt or _first(document, sentence.about.text)
        if pattern.swapped and own is None:
            return None
        swapped = pattern.swapped and own is not None
        return Fact(
            subject=subject.text,
            relation=relation.name,
            object=document.text[own[0] : own[1]] if swapped and own else object.text,
            kind=relation.kind,
            document_id=document.id,
            sentence=(sentence.start, sentence.end),
            object_span=own if swapped and own else span,
            subject_span=span if swapped else own,
            subject_is_title=subject.id == document.id,
            subject_id=subject.id,
            object_id=object.id,
            detail=detail,
        )

    def _fits(self, end: End, sorts: frozenset[Sort], nouns: frozenset[str] = frozenset()) -> bool:
        """Whether something may stand there; of what has no document nothing is known."""
        if end.id is None:
            return True
        topic = self.topics[end.id]
        return (not sorts or topic.sort in sorts) and (not nouns or topic.noun in nouns)

    def _fits_object(self, end: End, relation: Relation) -> bool:
        if relation.kind != "thing":
            return True
        if end.id is None and relation.linked:
            return False
        if end.id and relation.sign and not re.search(relation.sign, self.texts[end.id]):
            return False
        if end.id is None and relation.objects == frozenset({"person"}) and " " not in end.text:
            return False
        if end.id is None and relation.objects == frozenset({"group"}):
            return any(SORTS.get(word) == "group" for word in end.text.lower().split())
        return self._fits(end, relation.objects)


def _is_adjective(text: str, span: tuple[int, int], end: End) -> bool:
    """Whether what looks like a name only describes the noun after it: `the Berber kingdom`, `an American engineer`."""
    after = _NEXT.match(text, span[1])
    return bool(after and (after[1] in SORTS or (end.id is None and _PEOPLE.match(end.text))))


def facts_of(corpus: Corpus, graph: "LinkGraph") -> tuple[Fact, ...]:
    """Return the facts of all documents, in their order."""
    reader = Reader(corpus, graph)
    return tuple(fact for document in corpus.documents for fact in reader.facts(document))


def _matched(text: str, sentence: Sentence, pattern: Pattern) -> re.Match[str] | None:
    """Match a pattern after the subject, or after an `and` to which the subject still belongs."""
    form = compiled(pattern.form)
    begin = sentence.rest
    if sentence.owner and not pattern.form.startswith("{its}"):
        return None
    for at in dict.fromkeys((begin, skipped(text, begin, sentence.end))):
        gap = re.compile(r"\s*").match(text, at, sentence.end)
        match = form.match(text, gap.end() if gap else at, sentence.end)
        if match:
            return match
    if begin == sentence.start:
        return None  # `His brother came, and died there`: what follows is not about him
    for join in _JOIN.finditer(text, begin, sentence.end):
        if _BARRED.search(text, begin, join.start()):
            return None
        match = form.match(text, join.end(), sentence.end)
        if match:
            return match
    return None


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Leave out what a name does not end with."""
    start, end = span
    while end > start and text[end - 1] in ".,’'-":
        if re.search(r"(?:\b[A-Z]\.|Jr\.|Sr\.)$", text[start:end]):
            break
        end -= 1
    return start, end


def _first(document: Document, name: str) -> tuple[int, int] | None:
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", document.text)
    return match.span() if match else None
