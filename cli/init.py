"""`source2synth init`: looks at what the user has and writes a recipe with comments."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .failures import reported

if TYPE_CHECKING:
    from pydantic import JsonValue

    from ..data.records import Notice


class Kind(StrEnum):
    """What a source may be."""

    tables = "tables"
    documents = "documents"


def init(
    path: Annotated[str, typer.Argument(help="Folder or file of tables or of documents, or a database.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the recipe.")] = Path("recipe.yaml"),
    kind: Annotated[
        Kind | None, typer.Option(help="What is there, if the files' endings do not tell: text and JSON may be either.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a recipe that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Look at tables, documents or a database and write a recipe for them, with comments.

    Reads tables from CSV, TSV, JSON lines, Parquet, Excel, SQLite, DuckDB and WikiSQL files, and documents from all
    kinds of files that `source2synth run` reads: text, Markdown, JSON lines and others.

    Example: source2synth init tables/ -o recipe.yaml
    """
    with reported():
        from ..data.datasets import atomic
        from ..errors import ConfigError
        from .looking import look

        if output.exists() and not force:
            raise ConfigError(f"{output}: is there already; give another -o, or --force to replace it")
        written = _documents if (kind or look(path)) == "documents" else _tables
        text, found, about, notices = written(path, output)
        with atomic(output) as file:
            file.write(text.encode())
        _say(found, about, notices, output, as_json)


Found = tuple[str, str, "dict[str, JsonValue]", "tuple[Notice, ...]"]
"""The recipe, what was found in words and as JSON, and what was noted."""


def _tables(path: str, output: Path) -> Found:
    from ..data.sources import read_database
    from .recipe_texts import tables_found, tables_recipe

    database = read_database(path)
    tables: list[JsonValue] = [
        {"name": t.name, "rows": len(t.rows), "columns": [c.name for c in t.columns]} for t in database.tables
    ]
    return tables_recipe(path, database, output), tables_found(database), {"tables": tables}, database.notices


def _documents(path: str, output: Path) -> Found:
    from ..data.sources.documents import read_documents
    from .recipe_texts import documents_found, documents_recipe

    corpus = read_documents(path)
    titles: list[JsonValue] = [document.title for document in corpus.documents]
    return documents_recipe(path, corpus, output), documents_found(corpus), {"documents": titles}, corpus.notices


def _say(found: str, about: "dict[str, JsonValue]", notices: "tuple[Notice, ...]", output: Path, as_json: bool) -> None:
    if as_json:
        listed = [notice.model_dump(mode="json") for notice in notices]
        typer.echo(json.dumps({"recipe": str(output), **about, "notices": listed}, ensure_ascii=False))
        return
    from ..report import told

    for line in told(notices, "`init --json`, or in sources/notices.txt of the run"):
        typer.echo(f"note: {line}", err=True)
    typer.echo(f"Found {found}. Wrote {output}; next: source2synth run {output}")
