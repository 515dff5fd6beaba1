"""The recipes that `source2synth init` writes: YAML with comments."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..data.document_records import Corpus
    from ..data.records import Database, Table

EXAMPLES_A_TABLE, FEWEST, MOST = 60, 200, 2_000
EXAMPLES_A_DOCUMENT = 3
LISTED = 40
"""Tables that the recipe lists; more are only counted."""


def tables_recipe(path: str, database: "Database", output: Path) -> str:
    """Return the recipe for tables; its source is spelt from the recipe's own folder."""
    count = EXAMPLES_A_TABLE * len(database.tables)
    tables = [f"  #   {table.name}: {len(table.rows):,} rows, {_columns(table)}" for table in database.tables[:LISTED]]
    more = len(database.tables) - LISTED
    return (HEAD + TABLES + REST).format(
        name=json.dumps(_name(path, "tables")),
        path=json.dumps(_spelt(path, output), ensure_ascii=False),
        found=tables_found(database),
        tables="\n".join([*tables, *([f"  #   and {more:,} more"] if more > 0 else [])]),
        first=json.dumps([database.tables[0].name], ensure_ascii=False),
        count=min(max(count, FEWEST), MOST),
        mine="",
    )


def documents_recipe(path: str, corpus: "Corpus", output: Path) -> str:
    """Return the recipe for documents; its source is spelt from the recipe's own folder."""
    return (HEAD + DOCUMENTS + REST).format(
        name=json.dumps(_name(path, "documents")),
        path=json.dumps(_spelt(path, output), ensure_ascii=False),
        found=documents_found(corpus),
        count=min(max(EXAMPLES_A_DOCUMENT * len(corpus.documents), FEWEST), MOST),
        mine=ABLATION,
    )


def tables_found(database: "Database") -> str:
    """Say how much there is: `2 tables, 1,040 rows`."""
    rows = sum(len(table.rows) for table in database.tables)
    return f"{_count(len(database.tables), 'table')}, {_count(rows, 'row')}"


def documents_found(corpus: "Corpus") -> str:
    """Say how much there is: `123 documents, 72,194 characters`."""
    characters = sum(len(document.text) for document in corpus.documents)
    return f"{_count(len(corpus.documents), 'document')}, {_count(characters, 'character')}"


def _columns(table: "Table") -> str:
    names = ", ".join(column.name for column in table.columns)
    flat = " ".join(names.split())
    return flat if len(flat) <= 90 else f"{flat[:89]}…"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _name(path: str, otherwise: str) -> str:
    from ..data.naming import identifier

    return identifier(Path(path).expanduser().resolve().stem) or otherwise


def _spelt(path: str, output: Path) -> str:
    """Spell the source from the recipe's folder if it lies in it, else absolutely; addresses stay."""
    if "://" in path:
        return path
    home, there = output.resolve().parent, Path(path).expanduser().resolve()
    return there.relative_to(home).as_posix() if there.is_relative_to(home) else str(there)


HEAD = """\
# A recipe of source2synth: `source2synth run` carries it out, offline as it stands.
# Any field can be overridden: --set curation.k=5

name: {name}
seed: 0                # all randomness comes from it: the same recipe gives the same dataset

source:
  path: {path}
  # a relative path counts from the folder of this file; found there: {found}
"""
TABLES = """\
{tables}
  # tables: {first}    # only these; all if left out

generator:
  model: offline       # a grammar and a phrase book; or a language model as litellm spells it: openai/gpt-4.1-mini
  seeds: statistics    # how facts are chosen: uniform, statistics, coverage, model (needs a language model)
  levels: balanced     # or some of 1 (lookup), 2 (aggregates), 3 (groups, order, ranges), 4 (nested): [1, 2]
  # styles: [formal, colloquial, imperative, concise, descriptive, vague]
"""
DOCUMENTS = """\
  kind: documents

generator:
  model: offline       # patterns and a phrase book; or a language model as litellm spells it: openai/gpt-4.1-mini
  seeds: statistics    # how connections are chosen: uniform, coverage, statistics (by turns), model (needs one)
  hops: [2, 3, 4]      # documents that a question needs, by turns
  shapes: [chain, join, comparison, bridge_comparison, fan_out]    # how its hops hang together, by turns
  # styles: [formal, colloquial, imperative, concise, descriptive]
"""
ABLATION = """\
  ablation: true       # keep only what is answered with all documents, and with none of them left out; LLMSynth is
                       # asked, or the model of a section of its own: `judge: openai/gpt-4.1-mini`
  imputation: none     # rebuild a hop of every question before it is judged: offline (other words), generator, judge
  unanswerable: 0.0    # 0.2: for every five questions one without a document it needs, to be answered `not stated`
"""
REST = """
examples:
  count: {count:<14} # over all parts, before checks

parts:                 # divided before anything is generated
  held_out: 0.2        # for measuring only
  slice_0: 0.4         # LLMSynth is trained on it
  slice_1: 0.4         # LLMSynth curates it; LLMCurated is trained on what is kept

student:
  model: tiny          # the embedded one; or local/<folder>, local/<hub id>

training:
  epochs: 4
  learning_rate: 0.0005
  batch_size: 16
  # sharing: 4           # rows that share one reading of their table; divides batch_size
  # renaming: 0.9        # the embedded student on tables: new names each time, so that yours are not learned by heart
  # at_once: 2           # models that learn side by side, each on a core or GPU of its own

curation:
  k: 3                 # tries of LLMSynth an example
  keep: any            # any, majority, all, or ">= 2 of 5"
  half: one            # both: each half is curated by the model of the other
  control: true        # also train on as many examples drawn at random, to see what curation gives
{mine}  # human: mine.jsonl  # human examples to mix into the training

evaluation:
  # human: [questions.jsonl]   # your own questions with answers, to measure on
  seeds: 1             # trainings of every model
  held_out_limit: 300  # at most so many held-out questions; 0 is all
"""
