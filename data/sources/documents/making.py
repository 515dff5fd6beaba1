"""The one place where what a reader found becomes a Document: cleaned, bounded, with offsets that hold."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...controls import CONTROL, without_controls
from ...document_records import Document, Link, Section
from .oddities import Oddities

LONGEST = 5_000_000
"""Characters of one document (some 2,000 pages); what follows is left out, and a notice says so."""
LONGEST_TITLE = 300
"""Characters of a title; what follows is left out."""

# Carriage returns, form feeds and next-line signs are ordinary in old text files: replaced without a word.
_ORDINARY = frozenset("\r\x0b\x0c\x85\ufeff")


@dataclass(frozen=True)
class Redirect:
    """Another name of a document, met elsewhere in the source."""

    name: str
    target: str


@dataclass(frozen=True)
class Draft:
    """What a reader found of one document, before it is cleaned."""

    title: str
    text: str
    links: tuple[Link, ...] = ()
    sections: tuple[Section, ...] = ()
    aliases: tuple[str, ...] = ()


def make_document(draft: Draft, location: str, fallback: str, odd: Oddities, row: int | None = None) -> Document | None:
    """Build a document, or None (and a count in `odd`) if it has no text.

    Args:
        draft: What was found.
        location: File (and row), relative to what the user named.
        fallback: Title where the draft has none.
        odd: Where repairs are counted.
        row: Its row in the file, from 1.
    """
    text = clean(draft.text, odd, row)
    if not text.strip():
        odd.add("No text in it; it was left out.", row)
        return None
    if len(text) > LONGEST:
        odd.add(f"Longer than {LONGEST:,} characters; the rest was left out: split it into documents.", row)
        text = text[:LONGEST]
    title = _title(draft.title, odd, row)
    if not title:
        odd.add("No title; it is called after its file and row.", row)
    return Document.of(
        title or fallback, text, links=_links(draft.links, len(text), odd, row),
        sections=_sections(draft.sections, len(text)), aliases=_aliases(draft.aliases, title), location=location,
    )  # fmt: skip


def clean(text: str, odd: Oddities, row: int | None = None) -> str:
    """Replace each control character by a blank, so that no offset moves."""
    found = CONTROL.search(text)
    if found is None:
        return text
    if any(match.group() not in _ORDINARY for match in CONTROL.finditer(text)):
        odd.add("Control characters in it; each was read as a blank.", row)
    return without_controls(text)


def _title(raw: str, odd: Oddities, row: int | None) -> str:
    title = " ".join(clean(raw, odd, row).split())
    if len(title) > LONGEST_TITLE:
        odd.add(f"A title longer than {LONGEST_TITLE} characters; its rest was left out.", row)
    return title[:LONGEST_TITLE].strip()


def _links(links: Iterable[Link], length: int, odd: Oddities, row: int | None) -> tuple[Link, ...]:
    kept = []
    for link in links:
        if not 0 <= link.start <= link.end <= length:
            odd.add("A link whose place is not in the text; it was left out.", row)
        elif target := clean(link.target, odd, row).strip():
            kept.append(link if target == link.target else link.model_copy(update={"target": target}))
    return tuple(kept)


def _sections(sections: Iterable[Section], length: int) -> tuple[Section, ...]:
    cut = (one.model_copy(update={"end": min(one.end, length)}) for one in sections if one.start <= length)
    return tuple(one.model_copy(update={"title": " ".join(without_controls(one.title).split())}) for one in cut)


def _aliases(aliases: Iterable[str], title: str) -> tuple[str, ...]:
    names = (" ".join(without_controls(alias).split())[:LONGEST_TITLE] for alias in aliases)
    return tuple(name for name in dict.fromkeys(names) if name and name != title)
