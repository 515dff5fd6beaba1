"""Tries of one prompt are computed once for as long as they say the same, and say what they would say alone."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from source2synth.backends.local.decoding import Batch, Row
from source2synth.backends.local.sharing import SharingBatch

from .test_lean import make

PROMPTS = [(1, 2, 3, 4), tuple(range(5, 40)), (*range(5, 36), 50)]
TRIES = 14
STEPS = 12


@pytest.fixture(params=[("llama", SharingBatch), ("llama", Batch), ("gemma2", Batch)], ids=str)
def batch(request: pytest.FixtureRequest) -> Batch:
    """Batches that share beginnings, that do not, and of a model whose memory cannot be taken apart."""
    kind, made = request.param
    model: Any = SimpleNamespace(module=make(kind), device=torch.device("cpu"), eos=frozenset())
    return made(model)  # type: ignore[no-any-return]


def rows_of(temperature: float) -> list[Row]:
    return [Row(prompt, STEPS, temperature, seed=seed) for prompt in PROMPTS for seed in range(TRIES)]


def alone(batch: Batch, row: Row) -> list[int]:
    single = type(batch)(batch.model)
    again = Row(row.prompt, STEPS, row.temperature, seed=row.seed)
    single.add([again])
    while not again.done:
        single.step()
    return again.tokens


@pytest.mark.parametrize("temperature", [0.0, 0.1, 1.0])
def test_rows_share_a_lane_until_they_say_something_else(batch: Batch, temperature: float) -> None:
    rows, lanes = rows_of(temperature), []
    batch.add(rows)
    for _ in range(STEPS - 1):
        said = {(row.prompt, *row.tokens) for row in rows}
        batch.step()
        lanes.append(len(batch._positions))
        assert len(batch._positions) == len(said)
        for lane in set(batch._lanes):
            mine = {
                (row.prompt, *row.tokens[:-1]) for row, own in zip(batch.rows, batch._lanes, strict=True) if own == lane
            }
            assert len(mine) == 1
    assert lanes[-1] == (len(PROMPTS) if temperature == 0.0 else lanes[-1])
    for row in rows[::5]:
        assert row.tokens == alone(batch, row)
    batch.shrink()
    assert not batch.rows


def test_a_lane_goes_with_the_last_row_on_it(batch: Batch) -> None:
    rows = rows_of(1.0)
    batch.add(rows)
    for _ in range(4):
        batch.step()
    for row in rows[TRIES:]:
        row.end("enough")
    batch.shrink()
    left = rows[:TRIES]
    assert batch.rows == left
    assert len(batch._positions) == len({tuple(row.tokens[:-1]) for row in left})
    while batch.alive:
        batch.step()
    assert [row.tokens for row in left[::5]] == [alone(batch, row) for row in left[::5]]
