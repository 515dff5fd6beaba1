"""`source2synth validate`: proves a dataset again without a model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .failures import FAILED, reported

if TYPE_CHECKING:
    from ..data.records import Verdict


def validate(
    dataset: Annotated[Path, typer.Argument(help="Dataset, .parquet or .jsonl, or the folder of a run.")],
    source: Annotated[Path, typer.Option(help="File or folder of the tables or documents as they are now.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Find every answer again and name the examples that no longer hold.

    On tables every query is run; in documents the answer of every hop is looked up, and what was computed is computed
    again. Exits 1 if there is any.

    Example: source2synth validate runs/demo-tables/curated/kept.parquet --source tables/
    """
    with reported():
        from ..data.sources import read_database
        from ..data.sources.documents import read_documents
        from ..errors import ConfigError
        from ..pipeline.validate import is_about_documents
        from ..pipeline.validate import validate as prove

        path = dataset_file(dataset)
        verdicts = prove(path, (read_documents if is_about_documents(path) else read_database)(source))
        if not verdicts:
            raise ConfigError(f"{dataset}: there is no example in it, so nothing was proven")
    fallen = [verdict for verdict in verdicts if verdict.outcome != "kept"]
    _say(len(verdicts), fallen, as_json)
    if fallen:
        raise typer.Exit(FAILED)


def dataset_file(dataset: Path) -> Path:
    """Find the dataset in the folder of a run, or in its `curated/`; raises ConfigError."""
    from ..errors import ConfigError

    places = [dataset, dataset / "kept.parquet", dataset / "curated" / "kept.parquet"]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise ConfigError(f"{dataset}: no dataset there; give a .parquet or .jsonl file, or the folder of a run")
    return found


def _say(total: int, fallen: "list[Verdict]", as_json: bool) -> None:
    if as_json:
        import json

        rows = [{"id": v.example_id, "reason": v.reason, **v.evidence} for v in fallen]
        typer.echo(json.dumps({"examples": total, "hold": total - len(fallen), "fallen": rows}, ensure_ascii=False))
        return
    from ..data.controls import visible

    for verdict in fallen:
        typer.echo(visible(f"{verdict.example_id}: {verdict.reason} ({verdict.evidence.get('question', '')})"))
    typer.echo(f"{total - len(fallen):,} of {total:,} examples hold.")
