"""The document that answers a hop tells of what the hop asks about, and not only holds the same word."""

import re
from collections.abc import Iterable

from ....data.answers import words
from ....data.document_records import Document, Hop, MultiHopExample
from ....data.leaks import shown_in
from ....data.records import Verdict
from ....programs.evidence import holding
from ..verdicts import dropped, kept
from .library import Library

NAME = "evidence_is_on_subject"
_NAMED = re.compile(r"(?<!\w)(?:[^\W\d_a-z]|\d)[\w’'.-]*")
_SMALL = "at by did does for from how in is of on to was what when where which who whom whose"
_ASKING = frozenset(_SMALL.split())


def evidence_is_on_subject(example: MultiHopExample, library: Library) -> Verdict:
    """Drop an example with a hop whose document tells nothing of what the hop asks about.

    - A hop that uses others asks about their answers: its document bears each as a title or alias, is the one that the
      answer's own text links to, or names it in a passage that holds the evidence.
    - A hop that uses none asks about what its question names: the document's title or alias, or any name that a passage
      with the evidence holds too. A question without names is let through.

    Documents that are not there (of unanswerable twins) are not looked at.
    """
    for at, hop in enumerate(example.hops):
        document = library.document(hop.evidence[0].document_id) if hop.evidence else None
        missing = _missing(example, hop, document, library) if document else ""
        if document and missing:
            reason = f"Hop {at}: the passage of {document.title!r} that answers it says nothing of {missing!r}."
            return dropped(example, NAME, reason, hop=at, document=document.id, missing=missing)
    return kept(example, NAME)


def _missing(example: MultiHopExample, hop: Hop, document: Document, library: Library) -> str:
    """Return the first name that the document should tell of and does not; empty if it tells of all."""
    passages = [f"{document.title} . {one.text}" for one in holding(document, hop.evidence)]
    if hop.uses:
        bridges = [example.hops[used] for used in hop.uses]
        untold = (one.answer for one in bridges if not _tells(document, one, passages, library))
        return next(untold, "")
    named = [name for name in _NAMED.findall(hop.question) if name.lower() not in _ASKING]
    fine = shown_in(hop.question, library.graph.names(document.id)) or _shown(named, passages)
    return "" if fine or not named else " ".join(named)


def _tells(document: Document, bridge: Hop, passages: Iterable[str], library: Library) -> bool:
    """Whether a document is about what an earlier hop found, or names it beside the evidence."""
    own = library.graph.names(document.id)
    if any(set(words(bridge.answer)) <= set(words(name)) for name in own):
        return True
    return _links(bridge, document, library) or _shown(library.names(bridge.answer), passages)


def _links(bridge: Hop, document: Document, library: Library) -> bool:
    """Whether the text of an earlier answer is a link to, or a mention of, a document."""
    return any(
        edge.target == document.id and edge.kind != "related" and edge.start < span.end and span.start < edge.end
        for span in bridge.evidence[:1]
        if library.document(span.document_id)
        for edge in library.graph.out(span.document_id)
    )


def _shown(names: Iterable[str], passages: Iterable[str]) -> bool:
    known = tuple(names)
    return any(shown_in(passage, known) for passage in passages)
