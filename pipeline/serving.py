"""What a finished run has to serve: its fine-tuned models by name, and its solver with the sources it was made from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from ..backends.local.fingerprint import EMBEDDED, PREFIX, check_base, folder_of, is_local, may_be_loaded
from ..backends.serving.protocol import SolveRequest
from ..data.document_records import Corpus, Document, HopAnswer, Passage
from ..data.passages import passages_of
from ..data.records import Database, SQLAnswer
from ..data.render import render_schema
from ..data.retrieval import Retriever
from ..errors import ConfigError
from .kinds import kind_of
from .reading import load_recipe
from .result import SUMMARY, load_result
from .stage import Run
from .store import KEY, StageFolder

ORDER = ("curated", "synth", "control")
"""Of the models of a run; the first that is there is the solver's own."""
PASSAGES = 4
"""Passages of the run's documents that a question is answered from if it comes without any."""


def models_of(place: str | Path) -> dict[str, str]:
    """Return the models to serve, by the name clients ask for: those of a run, or one in a folder or by its name.

    Args:
        place: Folder of a run or of weights, or the name of a local model: `tiny`, `local/<folder or hub id>`.

    Raises:
        ConfigError: there is no finished run and no model, or an adapter's base is missing.
    """
    folder = Path(place)
    if (folder / SUMMARY).is_file():
        found = _of_run(folder)
    elif (folder / "config.json").is_file() or (folder / "adapter_config.json").is_file():
        found = {folder.absolute().name: f"{PREFIX}{folder.resolve()}"}
    elif is_local(str(place)) and may_be_loaded(str(place)):
        found = {_called(str(place)): str(place)}
    else:
        raise ConfigError(f"{place}: there is no finished run and no model here")
    for model in found.values():
        check_base(model)
    return found


def _called(model: str) -> str:
    bare = model.removeprefix(PREFIX)
    return bare if model in EMBEDDED or folder_of(model) is None else Path(bare).name


def _of_run(folder: Path) -> dict[str, str]:
    result = load_result(folder)
    made = result.models
    if result.tuned == "prompt":
        raise ConfigError(
            f"{folder}: this run tuned a prompt and trained no model; ask {result.student} itself, with the program "
            f"in {made.get('curated', 'curated-model')} (`load_program`)"
        )
    found = {name: f"{PREFIX}{folder.resolve() / made[name]}" for name in ORDER if name in made}
    if not found:
        raise ConfigError(f"{folder}: this run has no fine-tuned model")
    for model in found.values():
        if folder_of(model) is None:
            raise ConfigError(f"The model's folder {model.removeprefix(PREFIX)} is missing.")
    return found


@dataclass
class RunSolver:
    """Answers questions with a run's solver: on its own sources, or on documents that come with the question."""

    path: Path
    at_hand: dict[str, Any] = field(default_factory=dict)
    """The models, by name; made at their first question."""

    async def __call__(self, request: SolveRequest, model: str) -> dict[str, Any]:
        """Answer; raises ConfigError where the question does not fit the run, ReplyError where no answer came."""
        from ..backends import make_lm, speaking

        lm = self.at_hand.setdefault(model, make_lm(model))
        view = self._view(request)
        with speaking(lm):
            answer = await self._solver.aforward(view, request.question)
        return _told(answer, view)

    def check(self) -> None:
        """Read the run's recipe and sources, so that no client waits for them; raises ConfigError if they are gone."""
        try:
            _ = self._solver, self._index
        except OSError as error:
            raise ConfigError(
                f"{self.path}: what the solver reads is gone ({error.filename}); put it back, or serve one of the "
                "run's models alone, by its own folder"
            ) from error

    @cached_property
    def _run(self) -> Run:
        """The run, for its recipe; nothing is recorded or written."""
        return Run(load_recipe(self.path / "recipe.yaml"), self.path, cast(Any, None), cast(Any, None))

    @cached_property
    def _solver(self) -> Any:
        from ..optimizers.training import student_form

        return student_form(kind_of(self._run).solver(self._run))

    @cached_property
    def _sources(self) -> Database | Corpus:
        key = json.loads((self.path / "sources" / KEY).read_text(encoding="utf-8"))["key"]
        sources: Database | Corpus = kind_of(self._run).load(StageFolder(self.path, "sources", key, None))
        return sources

    @cached_property
    def _index(self) -> Retriever:
        if isinstance(self._sources, Database):
            return Retriever([_card(self._sources, table.name) for table in self._sources.tables])
        return Retriever([passage for document in self._sources.documents for passage in passages_of(document)])

    def _view(self, request: SolveRequest) -> Any:
        if isinstance(self._sources, Database):
            if request.documents is not None:
                raise ConfigError("This run is about tables; leave `documents` out, or name some of its `tables`.")
            return self._tables(self._sources, request)
        if request.tables is not None:
            raise ConfigError("This run is about documents; leave `tables` out.")
        if request.documents is None:
            return self._index.best(request.question, PASSAGES)
        given = [Document.of(one.title, one.text) for one in request.documents]
        return [passage for document in given for passage in passages_of(document)]

    def _tables(self, database: Database, request: SolveRequest) -> Database:
        names = request.tables
        if not names:
            names = [passage.title for passage in self._index.best(request.question, 1)]
        if not names:
            raise ConfigError("No table shares a word with the question; name some of its `tables`.")
        try:
            return database.only(tuple(names))
        except KeyError as error:
            there = ", ".join(table.name for table in database.tables)
            raise ConfigError(f"{error.args[0]}; there is {there}") from error


def _card(database: Database, name: str) -> Passage:
    """Describe a table as text to be searched: its name, columns and every cell."""
    table = database.table(name)
    cells = " ".join(str(cell) for row in table.rows for cell in row if cell is not None)
    text = f"{name.replace('_', ' ')} {render_schema(database.only((name,)), sample_rows=0)} {cells}"
    return Passage(document_id=name, title=name, start=0, end=len(text), text=text)


def _told(answer: SQLAnswer | HopAnswer, view: Any) -> dict[str, Any]:
    """Return an answer as JSON, with what it was found in."""
    if isinstance(answer, SQLAnswer):
        found = None if answer.result is None else answer.result.model_dump(mode="json")
        tables = [table.name for table in view.tables]
        return {"sql": answer.sql, "result": found, "error": answer.error, "tables": tables}
    hops = [{"question": asked, "answer": said, "document": title} for asked, said, title in answer.steps]
    return {"answer": answer.answer, "hops": hops, "documents": _titles(view)}


def _titles(passages: Sequence[Passage]) -> list[str]:
    return list(dict.fromkeys(passage.title for passage in passages))
