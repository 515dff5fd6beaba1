"""Pages as the student reads them: one sequence a table, its questions as branches that do not see each other.

Each question sees the table and itself only, at the positions it has when asked alone: training is
exactly what inference is. A table has new names every time it is shown (`backends/training/renaming.py`).
"""

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ...backends.training.renaming import Renaming, TablePage, with_fewer_rows
from ...backends.training.sharing import visible
from .corpus import Page


@dataclass(frozen=True)
class Sheet:
    """One table's sequence: shared prefix, then branches `(question ids, SQL ids)`."""

    prefix: tuple[int, ...]
    branches: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]

    def __len__(self) -> int:
        """Count tokens."""
        return len(self.prefix) + sum(len(q) + len(s) for q, s in self.branches)


def read_pages(path: Path) -> list[Page]:
    """Read a corpus written by `source2synth.studies.tiny.corpus`."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def to_sheet(tokenizer: Any, page: Page) -> Sheet:
    """Tokenize one page in the chat form it will be asked in."""
    texts = [f"<|user|>{page['table']}\nq "]
    for question, sql, *_ in page["questions"]:
        texts += [f"{question}<|assistant|>", f"{sql}<|end|>"]
    prefix, *rest = (tuple(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"])
    return Sheet(prefix, tuple(zip(rest[::2], rest[1::2], strict=True)))


def is_table(page: Page) -> bool:
    """Whether a page is about a table; others show documents."""
    return page["table"].startswith("t ")


def _fresh(page: Page, renaming: Renaming, rng: random.Random) -> Page:
    """Return a page as it is read this time; there are as many documents as are wanted, so they stay as they are."""
    if not is_table(page):
        return page
    table, questions = renaming(table_page(page), rng)
    named = [(*pair, style, level) for pair, (_, _, style, level) in zip(questions, page["questions"], strict=True)]
    return {"table": with_fewer_rows(table, rng), "questions": named}


def table_page(page: Page) -> TablePage:
    """Return what is renamed of a page about a table."""
    return TablePage(page["table"], tuple((asked, sql) for asked, sql, *_ in page["questions"]))


def batches(
    tokenizer: Any, pages: list[Page], renaming: Renaming, size: int, longest: int, rng: random.Random
) -> Iterator[list[Sheet]]:
    """Yield batches for ever, each of sheets of like length, in random order; names are new in every round."""
    while True:
        rng.shuffle(pages)
        for start in range(0, len(pages), 64 * size):
            fresh = (_fresh(page, renaming, rng) for page in pages[start : start + 64 * size])
            sheets = sorted((s for s in (to_sheet(tokenizer, page) for page in fresh) if len(s) < longest), key=len)
            groups = [sheets[at : at + size] for at in range(0, len(sheets) - size + 1, size)]
            rng.shuffle(groups)
            yield from groups


def collate(sheets: list[Sheet], pad: int, device: str, question_weight: float) -> dict[str, torch.Tensor]:
    """Lay sheets out as one batch: ids, positions, mask `(batch, 1, length, length)`, targets and their weights."""
    length = max(map(len, sheets))
    ids = torch.full((len(sheets), length), pad)
    positions = torch.zeros((len(sheets), length), dtype=torch.long)
    branch = torch.full((len(sheets), length), -1)
    weight = torch.zeros((len(sheets), length))
    for row, sheet in enumerate(sheets):
        at = len(sheet.prefix)
        ids[row, :at], positions[row, :at], branch[row, :at] = torch.tensor(sheet.prefix), torch.arange(at), 0
        for number, (asked, sql) in enumerate(sheet.branches, 1):
            end = at + len(asked) + len(sql)
            ids[row, at:end] = torch.tensor(asked + sql)
            positions[row, at:end] = torch.arange(len(sheet.prefix), len(sheet.prefix) + end - at)
            branch[row, at:end] = number
            weight[row, at + 1 : at + len(asked)] = question_weight
            weight[row, at + len(asked) : end] = 1.0
            at = end
    seen = visible(branch)
    mask = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)[:, None]
    batch = {"ids": ids, "positions": positions, "mask": mask, "weight": weight}
    return {name: tensor.to(device) for name, tensor in batch.items()}
