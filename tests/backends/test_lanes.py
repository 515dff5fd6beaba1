"""Tries of one prompt are computed once for as long as they say the same, and say what they would say alone."""

import random
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from source2synth.backends.local import sharing, trunks
from source2synth.backends.local.decoding import Batch, Row
from source2synth.backends.local.sharing import SharingBatch

from .test_lean import WORDS, make

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
    assert lanes == sorted(lanes)
    assert (lanes[-1] > len(PROMPTS)) == (temperature > 0)
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


class Watched(Batch):
    """Keeps the logits of every token it chose."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.seen: dict[int, list[Any]] = {}

    def _choose(self, rows: Any, logits: Any) -> None:
        for row, own in zip(rows, logits, strict=True):
            if not row.done:
                self.seen.setdefault(id(row), []).append(own)
        super()._choose(rows, logits)


class WatchedSharing(Watched, SharingBatch):
    """The same of a batch that shares beginnings."""


def drawn(draw: random.Random, beginnings: list[tuple[int, ...]]) -> list[Row]:
    """Draw prompts with tries that differ in all they may."""
    rows: list[Row] = []
    for _ in range(draw.randrange(1, 6)):
        more = tuple(draw.randrange(10, WORDS) for _ in range(draw.choice([0, 1, 3, 30])))
        prompt = draw.choice([*beginnings, ()]) + (more or (10,))
        for _ in range(draw.choice([1, 1, 2, 5, 9])):
            heat, top = draw.choice([0.0, 0.0, 0.3, 1.0]), draw.choice([1.0, 0.9])
            rows.append(Row(prompt, draw.randrange(1, 20), heat, top, seed=draw.randrange(1000)))
    draw.shuffle(rows)
    return rows


@pytest.mark.parametrize(("kind", "made"), [("llama", WatchedSharing), ("qwen3", WatchedSharing), ("gemma2", Watched)])
@pytest.mark.parametrize("seed", range(3))
def test_whatever_joins_and_ends_each_row_is_read_as_alone(
    kind: str, made: type[Watched], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(seed)
    for place, choices in {
        (trunks, "_BLOCK_BYTES"): (2**8, 2**19), (trunks, "_ROWS_A_TRUNK"): (3, 24),
        (sharing, "_OWN"): (1, 24), (sharing, "PREFILL_TOKENS"): (40, 4096),
    }.items():  # fmt: skip
        monkeypatch.setattr(*place, draw.choice(choices))
    model: Any = SimpleNamespace(module=make(kind), device=torch.device("cpu"), eos=frozenset({7, 8, 9}))
    batch, everything = made(model), list[Row]()
    beginnings = [tuple(draw.randrange(10, WORDS) for _ in range(size)) for size in (3, 20, 45)]
    for _ in range(40):
        if not batch.rows or (batch.open and draw.random() < 0.15):
            new = drawn(draw, beginnings)
            everything += new
            batch.add(new)
        else:
            batch.step()
        for row in batch.rows:
            if not row.done and draw.random() < 0.03:
                row.end("heard enough")
        batch.shrink(draw.choice([0.25, 0.0]))
    for row in everything:
        logits = torch.stack(batch.seen[id(row)])
        with torch.inference_mode():
            alone = model.module(torch.tensor([[*row.prompt, *row.tokens]])).logits[0, len(row.prompt) - 1 :]
        torch.testing.assert_close(logits, alone[: len(logits)], atol=2e-4, rtol=2e-4)


def test_long_and_short_prompts_are_not_filled_up_to_one_another() -> None:
    draw, read = random.Random(1), list[int]()
    model: Any = SimpleNamespace(module=make("llama"), device=torch.device("cpu"), eos=frozenset())
    prompts = [tuple(draw.randrange(1, WORDS) for _ in range(size)) for size in (50, 60, *[4] * 100)]
    prompts[1] = prompts[0][:40] + prompts[1][40:]
    batch = SharingBatch(model)
    whole = batch._lean.read

    def count(ids: Any, *args: Any, **options: Any) -> Any:
        read.append(ids.numel())
        return whole(ids, *args, **options)

    batch._lean.read = count  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "PREFILL_TOKENS", 256)
        batch.add([Row(prompt, 2) for prompt in prompts])
    assert sum(read) < 1.2 * sum(map(len, prompts))


def test_questions_on_one_table_share_its_reading_however_many_tries_each_has() -> None:
    model: Any = SimpleNamespace(module=make("llama"), device=torch.device("cpu"), eos=frozenset())
    table, questions = tuple(range(1, 61)), [(70 + number // 4, 80 + number) for number in range(16)]
    read: dict[int, int] = {}
    for tries in (1, 8):
        batch = SharingBatch(model)
        whole = batch._lean.read
        read[tries] = 0

        def count(ids: Any, *args: Any, tries: int = tries, whole: Any = whole, **options: Any) -> Any:
            read[tries] += ids.numel()
            return whole(ids, *args, **options)

        batch._lean.read = count  # type: ignore[method-assign]
        batch.add([Row(table + asked, 2, seed=seed) for asked in questions for seed in range(tries)])
    assert read[1] == read[8] == len(table) + 2 * len(questions)


def test_stores_grow_to_no_more_lanes_than_there_can_be() -> None:
    model: Any = SimpleNamespace(module=make("llama"), device=torch.device("cpu"), eos=frozenset())
    for tries in (2, 3, 20):
        batch = Batch(model)
        batch.add([Row(tuple(range(1, 80)), STEPS, 1.0, seed=seed) for seed in range(tries)])
        for _ in range(STEPS - 1):
            batch.step()
        assert len(batch._positions) == tries
        assert len(batch._memory.layers[0]._stores[0]) == tries


def test_a_lane_that_nobody_is_on_stays_within_the_models_positions() -> None:
    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=WORDS, n_embd=16, n_layer=2, n_head=2, n_positions=32, bos_token_id=0, eos_token_id=0
    )
    model: Any = SimpleNamespace(
        module=GPT2LMHeadModel(config).eval(), device=torch.device("cpu"), eos=frozenset(), name="gpt2"
    )
    batch = Batch(model)
    batch.add([Row(tuple(range(1, 31)), 2), *(Row((first, 2, 3), 25) for first in range(40, 47))])
    while batch.alive:
        batch.step()
        batch.shrink()


def test_nothing_is_kept_of_what_is_forgotten(batch: Batch) -> None:
    batch.add(rows_of(1.0))
    batch.step()
    batch.forget()
    assert not batch.rows
    assert batch._memory is None
    assert not getattr(batch, "_standing", None)
    again = rows_of(0.0)[:2]
    batch.add(again)
    assert again[0].tokens == alone(batch, again[0])[:1]
