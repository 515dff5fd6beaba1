"""Rows with the same beginning in one sequence that reads it once; no row sees another.

Questions on one table differ in their last words only. Each row's own part, a branch, stands at the positions it has
when the row is alone and sees the beginning and itself: the loss is that of separate rows, for a part of the work.
"""

import random
from collections.abc import Sequence
from typing import Any

import torch
from datasets import Dataset

from ..local.templates import IGNORED


def share(rows: Any, most: int, seed: int) -> Dataset:
    """Put up to `most` rows that have more than a quarter in common into one sequence.

    Args:
        rows: Tokenised, with `input_ids` and `labels`.
        most: Rows a sequence; 1 leaves each by itself.
        seed: Which rows of many come together.

    Returns:
        `input_ids`, `labels`, and `seq_lengths`: of the common beginning, then of each branch.
    """
    ids, labels = list(rows["input_ids"]), list(rows["labels"])
    return Dataset.from_list([_sequence(group, ids, labels) for group in _groups(ids, most, seed)])


def _groups(ids: Sequence[list[int]], most: int, seed: int) -> list[list[int]]:
    """Divide rows into groups; those with a common beginning are neighbours once they are sorted."""
    runs: list[list[int]] = []
    for row in sorted(range(len(ids)), key=lambda row: ids[row]):
        alike = runs and 4 * _common(ids[runs[-1][-1]], ids[row]) > max(len(ids[runs[-1][-1]]), len(ids[row]))
        if alike:
            runs[-1].append(row)
        else:
            runs.append([row])
    rng = random.Random(f"sharing {seed}")
    shuffled = [rng.sample(run, len(run)) for run in runs]
    return [run[at : at + most] for run in shuffled for at in range(0, len(run), most)]


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    """Count the tokens with which both begin."""
    return next((at for at, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b)))


def _sequence(group: Sequence[int], ids: Sequence[list[int]], labels: Sequence[list[int]]) -> dict[str, list[int]]:
    # What a branch is to say follows a token of its own: the one before it in the sequence may be another branch's.
    asked = min(next((at for at, label in enumerate(labels[row]) if label != IGNORED), 1) for row in group)
    first = ids[group[0]]
    shared = max(0, min(asked - 1, *(_common(first, ids[row]) for row in group)))
    return {
        "input_ids": [*first[:shared], *(token for row in group for token in ids[row][shared:])],
        "labels": [*[IGNORED] * shared, *(label for row in group for label in labels[row][shared:])],
        "seq_lengths": [shared, *(len(ids[row]) - shared for row in group)],
    }


class Branches:
    """Lays sequences of `share` out as a batch, with positions and a mask `(batch, 1, length, length)`."""

    def __init__(self, pad: int) -> None:
        self._pad = pad

    def __call__(self, sequences: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Return the batch."""
        length = max(len(sequence["input_ids"]) for sequence in sequences)
        shape = (len(sequences), length)
        ids, labels = torch.full(shape, self._pad), torch.full(shape, IGNORED)
        positions, branch = torch.zeros(shape, dtype=torch.long), torch.full(shape, -1)
        for row, sequence in enumerate(sequences):
            end = len(sequence["input_ids"])
            ids[row, :end] = torch.tensor(sequence["input_ids"])
            labels[row, :end] = torch.tensor(sequence["labels"])
            positions[row, :end], branch[row, :end] = _places(sequence["seq_lengths"])
        mask = torch.zeros((len(sequences), 1, length, length)).masked_fill(
            ~visible(branch)[:, None], torch.finfo(torch.float32).min
        )
        return {"input_ids": ids, "labels": labels, "position_ids": positions, "attention_mask": mask}


def _places(lengths: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return position and branch of every token; the common beginning is branch 0."""
    shared, *own = lengths
    positions = [torch.arange(shared), *(torch.arange(shared, shared + length) for length in own)]
    return torch.cat(positions), torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))


def visible(branch: torch.Tensor) -> torch.Tensor:
    """Tell which token sees which: `(batch, length, length)`.

    Args:
        branch: Of every token `(batch, length)`; 0 is the common beginning, -1 padding, which sees itself only.
    """
    length = branch.shape[1]
    same = (branch[:, :, None] == branch[:, None, :]) | (branch[:, None, :] == 0)
    causal = torch.ones((length, length), dtype=torch.bool).tril()
    return (same & causal & (branch[:, None, :] >= 0)) | torch.eye(length, dtype=torch.bool)
