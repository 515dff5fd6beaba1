"""`read_documents` and `iter_documents`: a folder or file of documents, whole or one at a time."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ....errors import ConfigError, SourceError
from ...controls import named
from ...document_records import Corpus, Document
from ...records import Notice
from .docx import read_docx
from .epub import read_epub
from .gathering import Gathering
from .html import read_html
from .jsonl import read_jsonl
from .making import Redirect
from .markdown import read_markdown
from .mediawiki import read_mediawiki
from .oddities import Oddities
from .parquet import read_parquet
from .pdf import read_pdf
from .plain import read_plain

Reader = Callable[[Path, str, Oddities], Iterator[Document | Redirect]]
"""Reads a file (path, location, where oddities are counted) one document at a time; raises SourceError."""

READERS: Mapping[str, Reader] = {
    ".txt": read_plain,
    ".text": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".parquet": read_parquet,
    ".xml": read_mediawiki,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".epub": read_epub,
}
KINDS = (
    "text (.txt), Markdown (.md), HTML (.html), JSONL (.jsonl), Parquet, a MediaWiki dump (.xml), EPUB, or, with the "
    "extra `documents`, PDF or Word (.docx)"
)


def read_documents(path: str | Path) -> Corpus:
    """Read a folder (with its subfolders) or file of documents into memory.

    What was repaired or left out stands in `Corpus.notices`, one for each kind and file. A document with the title and
    text of an earlier one is left out; two with one title both stay. Redirects become aliases.

    Raises:
        ConfigError: there is no such path, or its kind needs an extra that is not installed.
        SourceError: no document could be read; the message names the file and why.
    """
    gathering = Gathering()
    for item in _items(Path(path).expanduser()):
        gathering.add(item)
    corpus = gathering.corpus()
    if not corpus.documents:
        why = corpus.notices[0].message if corpus.notices else f"no {KINDS} file is in it."
        raise SourceError(f"{path}: no document could be read: {why}")
    return corpus


def iter_documents(path: str | Path) -> Iterator[Document | Notice]:
    """Yield the documents of a folder or file one at a time, and after each file its notices.

    Memory does not grow with their number, therefore doubles are not looked for and redirects give no aliases.

    Raises:
        ConfigError: there is no such path, or its kind needs an extra that is not installed.
        SourceError: the path is a file and it cannot be read.
    """
    items = _items(Path(path).expanduser())
    return (item for item in items if not isinstance(item, Redirect))


def _items(path: Path) -> Iterator[Document | Redirect | Notice]:
    if not path.exists():
        raise ConfigError(f"{path}: there is no such file or folder.")
    if path.is_dir():
        return _folder(path)
    if ending(path) not in READERS:
        raise SourceError(f"{path.name}: not a kind of file that is read; save it as {KINDS}.")
    return _file(path, named(path.name), alone=True)


def ending(path: Path) -> str:
    """Return the ending that tells the kind of a file, `.gz` and `.bz2` left out."""
    name = path.name.lower()
    for packed in (".gz", ".bz2"):
        name = name.removesuffix(packed)
    return Path(name).suffix


def _folder(folder: Path) -> Iterator[Document | Redirect | Notice]:
    others: Counter[str] = Counter()
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith((".", "~$")):
                continue
            path = Path(root, name)
            if ending(path) in READERS:
                yield from _file(path, named(path.relative_to(folder).as_posix()), alone=False)
            else:
                others[ending(path) or "without an ending"] += 1
    if others:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(others.items()))
        yield Notice(file=folder.name, message=f"Files that are no documents by their ending were not read: {kinds}.")


def _file(path: Path, location: str, *, alone: bool) -> Iterator[Document | Redirect | Notice]:
    """Read one file; a failure is a notice if other files or earlier documents of it are there."""
    odd = Oddities(location)
    some = False
    try:
        for item in READERS[ending(path)](path, location, odd):
            some = True
            yield item
    except SourceError as error:
        if alone and not some:
            raise
        yield Notice(file=location, message=f"{'The rest was left' if some else 'Left'} out: {named(str(error))}")
    yield from odd.notices()
