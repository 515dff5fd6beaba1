"""Of an unanswerable twin: what was taken away does not stand in what is left."""

from ....data.document_records import Hop, MultiHopExample, Passage
from ....data.leaks import shown_in
from ....data.records import Verdict
from ....data.titles import plain_title
from ....programs.contexts import gold_passages
from ..verdicts import dropped, kept
from .library import Library, asked_of

NAME = "removed_is_needed"


def removed_is_needed(example: MultiHopExample, library: Library) -> Verdict:
    """Drop a twin whose question the passages left may still answer; what is answerable passes.

    A hop that was taken away is told again by a passage that holds its answer together with what it is asked about;
    the answer of the last hop may stand nowhere, since who finds it needs no hop at all.
    """
    left = gold_passages(library.corpus, example.seed.source_ids, example.hops)
    for at, hop in enumerate(example.hops if not example.answerable else ()):
        if hop.evidence and hop.evidence[0].document_id not in example.seed.source_ids:
            names = () if at == len(example.hops) - 1 else _about(hop, example, library)
            told = _told(hop, names, left)
            if told is not None:
                reason = f"What was taken away, {hop.answer!r}, stands in {told.title!r} too."
                return dropped(example, NAME, reason, hop=at, document=told.document_id)
    return kept(example, NAME, "Its base example passed, and what was taken away does not stand in what is left.")


def _about(hop: Hop, example: MultiHopExample, library: Library) -> tuple[str, ...]:
    """Return what a hop is asked about: the title of its document, and the answers that it uses."""
    document = library.document(hop.evidence[0].document_id)
    return (*((plain_title(document.title),) if document else ()), *asked_of(hop, example.hops))


def _told(hop: Hop, names: tuple[str, ...], left: tuple[Passage, ...]) -> Passage | None:
    for passage in left:
        said = f"{passage.title} {passage.text}"
        if shown_in(said, (hop.answer,)) and (not names or shown_in(said, names)):
            return passage
    return None
