"""What programs are tried on: tasks from sources in three parts: seen by the optimizer, choosing, measured."""

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import dspy
from pydantic import JsonValue

from ...data.corpus_parts import CorpusDivision
from ...data.document_records import Corpus, Example, MultiHopExample, Sources
from ...data.links import link_graph
from ...data.parts import Division
from ...data.records import STYLES, Database, Part, SQLExample, Style, content_id
from ...errors import ConfigError
from ...evaluation.judging import views
from ...programs import Imputation, MultiHopQuestions, TableQuestions
from ...programs.multihop_questions import SPOKEN
from ..kinds import kind_of

SEEN: Part = "slice_0"
CHOOSING: Part = "slice_1"
MEASURED: Part = "held_out"
"""Which part of a division is what: what a run holds out is never optimized on."""


class Sizes(NamedTuple):
    """How many tasks of each sort."""

    seen: int = 24
    choosing: int = 16
    measured: int = 40


class Tasks(NamedTuple):
    """Tasks by what they are for; no source is in two of the lists unless a note says so."""

    seen: tuple[Any, ...]
    choosing: tuple[Any, ...]
    measured: tuple[Any, ...]
    notes: tuple[str, ...]

    @property
    def all(self) -> tuple[Any, ...]:
        """All of them."""
        return self.seen + self.choosing + self.measured


def tasks_of(
    program: Any,
    sources: Sources,
    examples: Sequence[Example],
    sizes: Sizes,
    division: Any,
    seed: int,
    *,
    levels: Sequence[int] = (1, 2, 3, 4),
    styles: Sequence[Style] | None = None,
) -> Tasks:
    """Make the tasks of a program.

    Args:
        program: `TableQuestions` or `MultiHopQuestions` (tasks are drawn), `Imputation` or a solver (from examples).
        sources: All of them.
        examples: Of the sources; for programs that make none themselves.
        sizes: How many tasks.
        division: As the kind of sources is divided.
        seed: Of what is drawn.
        levels: Of questions on tables, in turn.
        styles: Of questions, in turn; None: all that the program knows.

    Raises:
        ConfigError: no such program, examples are missing, or a part has no task.
    """
    if isinstance(program, TableQuestions) and isinstance(sources, Database):
        found = {part: _facts(sources, division, part, n, seed, levels, styles or STYLES) for part, n in _wanted(sizes)}
    elif isinstance(program, MultiHopQuestions) and isinstance(sources, Corpus):
        spoken = styles or SPOKEN
        found = {part: _connections(program, sources, division, part, n, seed, spoken) for part, n in _wanted(sizes)}
    elif isinstance(program, Imputation) or hasattr(program, "training_row"):
        found = _given(program, sources, examples, sizes, division, seed)
    else:
        raise ConfigError(
            f"{type(program).__name__} on {type(sources).__name__} cannot be optimized: give TableQuestions or "
            "SQLReasoner with a Database, MultiHopQuestions, HopReasoner or Imputation with a Corpus."
        )
    empty = next((part for part, rows in found.items() if not rows), None)
    if empty is not None:
        raise ConfigError(f"No task lies in the part {empty!r} of the sources; give more sources or examples.")
    return Tasks(tuple(found[SEEN]), tuple(found[CHOOSING]), tuple(found[MEASURED]), tuple(division.notes))


def _wanted(sizes: Sizes) -> tuple[tuple[Part, int], ...]:
    return ((SEEN, sizes.seen), (CHOOSING, sizes.choosing), (MEASURED, sizes.measured))


def _facts(
    sources: Database, division: Division, part: Part, n: int, seed: int, levels: Sequence[int], styles: Sequence[Style]
) -> list[Any]:
    tables = [sources.only((name,)) for name in division.tables(part)]
    rows = []
    for at in range(n if tables else 0):
        database = tables[at % len(tables)]
        drawn = int(content_id("task", seed, part, at)[:7], 16)
        turn = at + at // len(tables)
        style = styles[(turn + turn // len(levels)) % len(styles)]
        told = {"seed": drawn, "level": levels[turn % len(levels)], "style": style}
        rows.append(_task({"database": database, "table": database.tables[0].name, **told}, database.id, **told))
    return rows


def _connections(
    program: MultiHopQuestions,
    sources: Corpus,
    division: CorpusDivision,
    part: Part,
    n: int,
    seed: int,
    styles: Sequence[Style],
) -> list[Any]:
    corpus = division.corpus(sources, part)
    if not corpus.documents:
        return []
    graph, rows = link_graph(corpus), []
    for at in range(n):
        shape, hops = program.kinds[at % len(program.kinds)]
        drawn = int(content_id("task", seed, part, at)[:7], 16)
        told = {"seed": drawn, "shape": shape, "hops": hops, "style": styles[at % len(styles)]}
        rows.append(_task({"corpus": corpus, "graph": graph, **told}, part, **told))
    return rows


def _given(
    program: Any, sources: Any, examples: Sequence[Any], sizes: Sizes, division: Any, seed: int
) -> dict[Part, list[Any]]:
    if not examples:
        raise ConfigError(f"{type(program).__name__} is optimized on examples; pass them as `examples=`.")
    ordered = sorted({example.id: example for example in examples}.values(), key=lambda example: example.id)
    random.Random(f"{seed} tasks").shuffle(ordered)
    parts = _split(division, ordered)
    build = _imputed if isinstance(program, Imputation) else _asked
    view = None if isinstance(program, Imputation) else views(program, sources)
    found: dict[Part, list[Any]] = {}
    for part, n in _wanted(sizes):
        built = (build(example, sources, view) for example in parts[part])
        found[part] = [task for task in built if task is not None][:n]
    return found


def _split(division: Any, examples: Sequence[Any]) -> dict[Part, Sequence[Any]]:
    """Divide by source; questions without SQL, where the division is by query, in turn."""
    if getattr(division, "by", "") == "skeleton" and any(not one.sql for one in examples):
        return {SEEN: examples[::3], CHOOSING: examples[1::3], MEASURED: examples[2::3]}
    return dict(division.split(examples))


def _asked(example: Any, sources: Any, view: Any) -> Any:
    name = "database" if isinstance(example, SQLExample) else "passages"
    inputs = {name: view(example), "question": example.asked}
    return _task(inputs, example.id, example=example)


def _imputed(example: MultiHopExample, sources: Any, view: Any) -> Any:
    index = next((at for at, hop in enumerate(example.hops) if hop.operation == "span"), None)
    if index is None:
        return None
    inputs = {"example": example, "corpus": sources, "index": index}
    return _task(inputs, example.id, index=index)


def _task(inputs: dict[str, Any], *key: Any, **told: Any) -> Any:
    """Return a task: inputs of the program, what else the metric reads, and a key of its contents."""
    said: dict[str, JsonValue] = {name: value for name, value in told.items() if isinstance(value, str | int)}
    return dspy.Example(**{**told, **inputs}, key=content_id(*key, said)).with_inputs(*inputs)


def division_of(sources: Sources, seed: int) -> Any:
    """Divide sources as a run divides them."""
    return kind_of(sources).divide(sources, seed)
