"""The in-process engine: right tokens, whatever the batch; failures stay alone; it closes and opens again."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from dspy.lm15 import (
    Config,
    ConfigurationError,
    ContextLengthError,
    ImagePart,
    Message,
    RateLimitError,
    Request,
    TextPart,
    UnsupportedFeatureError,
)
from hypothesis import given
from hypothesis import strategies as st

from source2synth.backends import close_engines, make_lm
from source2synth.backends.local import decoding, sampling, sharing, trunks
from source2synth.backends.local.asks import Ask, ClosedError
from source2synth.backends.local.engine import AsyncLocalEngine, LocalEngine, shared_engines
from source2synth.backends.local.models import LocalModel, load_base
from source2synth.backends.local.sampling import noise_of, pick, seed_of
from source2synth.backends.local.worker import Worker

from .conftest import make_model

PROMPTS = [f"t mountains\nc name text\n{'r K2 ' * (i % 7)}\nq How high is number {i}?" for i in range(24)]


def request(model: str, text: str, **config: Any) -> Request:
    return Request(model=model, messages=(Message.user(text),), config=Config(**{"max_tokens": 12, **config}))


async def ask_all(engine: AsyncLocalEngine, requests: list[Request]) -> list[Any]:
    return await asyncio.gather(*[engine.complete(one) for one in requests], return_exceptions=True)


def texts(worker: Worker, requests: list[Request]) -> list[str]:
    return [reply.text for reply in asyncio.run(ask_all(AsyncLocalEngine(worker), requests))]


@pytest.fixture
def worker() -> Any:
    made = Worker()
    yield made
    made.close()


@pytest.fixture(params=["sharing", "plain"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to generate: with shared beginnings, and the one for architectures that do not allow them."""
    if request.param == "plain":
        monkeypatch.setattr(sharing, "can_share", lambda model: False)
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_greedy_replies_are_what_transformers_generates_one_by_one(small_model: str, worker: Worker) -> None:
    got = texts(worker, [request(small_model, prompt) for prompt in PROMPTS])
    assert len(set(got)) > 12
    model = LocalModel(small_model, *load_base(small_model), None)
    for prompt, text in zip(PROMPTS, got, strict=True):
        ids = torch.tensor([model.encode(model.prompt([{"role": "user", "content": prompt}]))])
        alone = model.module.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False)
        assert model.decode(alone[0, ids.shape[1] :].tolist()) == text


@pytest.mark.usefixtures("way")
def test_a_seed_gives_the_same_tokens_in_any_batch_and_other_seeds_others(small_model: str) -> None:
    requests = [
        request(small_model, prompt, temperature=0.9, top_p=0.95, seed=seed) for prompt in PROMPTS for seed in range(3)
    ]
    replies = []
    for size in (1, 5, 64):
        worker = Worker(max_batch=size)
        replies.append(texts(worker, requests))
        worker.close()
    assert replies[0] == replies[1] == replies[2]
    distinct = [len(set(replies[0][start : start + 3])) for start in range(0, len(requests), 3)]
    assert min(distinct) == 3


def test_a_seed_gives_the_same_tokens_in_another_process(small_model: str, worker: Worker) -> None:
    here = texts(worker, [request(small_model, PROMPTS[1], temperature=0.9, seed=4)])
    code = (
        "import sys; from source2synth.backends import make_lm;"
        "sys.stdout.buffer.write(make_lm(sys.argv[1])(sys.argv[2], temperature=0.9, seed=4, max_tokens=12)[0].encode())"
    )
    there = subprocess.run([sys.executable, "-c", code, small_model, PROMPTS[1]], check=True, capture_output=True)
    assert there.stdout.decode() == here[0]


def test_equal_asks_without_a_seed_differ_and_repeat_in_a_new_worker(small_model: str) -> None:
    series = []
    for _ in range(2):
        worker = Worker()
        engine = LocalEngine(worker)
        ask = request(small_model, PROMPTS[0], temperature=1.0)
        series.append([engine.complete(ask).text for _ in range(3)])
        worker.close()
    assert series[0] == series[1]
    assert len(set(series[0])) == 3


def test_tries_of_one_prompt_share_one_reading(small_model: str, worker: Worker, monkeypatch: Any) -> None:
    read: list[int] = []
    pad, trunks_of = decoding.pad, sharing.SharingBatch._read_trunks

    def count(prompts: Any, device: Any) -> Any:
        read.extend(map(len, prompts))
        return pad(prompts, device)

    def count_trunks(batch: Any, prompts: Any) -> Any:
        read.extend(map(len, prompts))
        return trunks_of(batch, prompts)

    monkeypatch.setattr(sharing, "pad", count)
    monkeypatch.setattr(sharing.SharingBatch, "_read_trunks", count_trunks)
    asks = [request(small_model, PROMPTS[i % 2], temperature=0.7, seed=i) for i in range(12)]
    replies = asyncio.run(ask_all(AsyncLocalEngine(worker), asks))
    assert sum(read) == replies[0].usage.input_tokens + replies[1].usage.input_tokens
    read.clear()
    asks = [request(small_model, f"t mountains\nc name text{' | b real' * 9}\nq {i}") for i in range(12)]
    replies = asyncio.run(ask_all(AsyncLocalEngine(worker), asks))
    assert sum(read) < 0.4 * sum(reply.usage.input_tokens for reply in replies)


def test_newcomers_join_together_or_after_two_seconds(
    small_model: str, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    admitted: list[int] = []
    add = decoding.Batch.add

    def note(self: Any, rows: Any) -> None:
        admitted.append(len(rows))
        add(self, rows)

    monkeypatch.setattr(decoding.Batch, "add", note)
    engine = AsyncLocalEngine(worker)

    async def main(waiting: int, asks: int) -> None:
        places = asyncio.Semaphore(waiting)

        async def ask(number: int) -> None:
            async with places:
                await engine.complete(request(small_model, PROMPTS[number % 24], max_tokens=4 + 5 * (number % 4)))

        await asyncio.gather(*map(ask, range(asks)))

    asyncio.run(main(16, 96))
    assert sum(admitted) == 96
    together = len(admitted)
    admitted.clear()
    monkeypatch.setattr("source2synth.backends.local.worker.LATEST_SECONDS", 0.0)
    asyncio.run(main(16, 96))
    assert together < len(admitted)


def test_usage_and_truncation_are_reported(small_model: str) -> None:
    lm = make_lm(small_model)
    reply = lm(request=request(small_model, PROMPTS[0], max_tokens=3))
    assert reply.finish_reason == "length"
    assert reply.usage.output_tokens == 3
    assert reply.usage.input_tokens > 10


def test_a_bad_request_fails_alone(small_model: str, worker: Worker) -> None:
    asks = [
        request(small_model, PROMPTS[0]),
        request(small_model, "long " * 2000),
        request("local/./no/such", "x"),
        request(small_model, PROMPTS[1], top_k=5),
        request(small_model, PROMPTS[1]),
    ]
    replies = asyncio.run(ask_all(AsyncLocalEngine(worker), asks))
    kinds = [ContextLengthError, ConfigurationError, UnsupportedFeatureError]
    assert [type(reply) for reply in replies[1:4]] == kinds
    assert replies[0].usage.output_tokens == replies[4].usage.output_tokens == 12


@pytest.mark.parametrize("place", ["system", "messages"])
def test_what_is_not_text_is_refused_not_dropped(worker: Worker, place: str) -> None:
    parts = (TextPart("What is this?"), ImagePart(url="https://example.org/k2.png", media_type="image/png"))
    told = {"messages": (Message.user("x"),), "system": "y"}
    told[place] = parts if place == "system" else (Message.user(parts),)
    with pytest.raises(UnsupportedFeatureError, match="read text only; this message holds image"):
        LocalEngine(worker).complete(Request(model="local/none", **told))


def test_texts_of_one_message_are_joined(small_model: str, worker: Worker) -> None:
    parted = Message.user([TextPart("t mountains"), TextPart("q How many?")])
    asks = [
        request(small_model, "t mountains\nq How many?"),
        Request(small_model, messages=(parted,), config=Config(max_tokens=12)),
    ]
    assert len({reply.text for reply in asyncio.run(ask_all(AsyncLocalEngine(worker), asks))}) == 1


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("where", ["add", "step"])
def test_a_batch_that_fails_is_tried_row_by_row(
    small_model: str, worker: Worker, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    add, step = decoding.Batch.add, decoding.Batch.step
    failed: list[Any] = []

    def fail(self: Any) -> None:
        failed.append(self)
        raise MemoryError("too many")

    def added(self: Any, rows: Any) -> None:
        assert not any(one._memory for one in failed)  # nothing of it is in the way of those that go on
        if rows[0].limit == 7 and len(rows) == 1:
            raise MemoryError("this one never")
        if len(rows) > 1 and where == "add":
            fail(self)
        add(self, rows)

    def stepped(self: Any) -> None:
        if len(self.rows) > 1:
            fail(self)
        step(self)

    whole = texts(worker, [request(small_model, prompt) for prompt in PROMPTS[:3]])
    monkeypatch.setattr(decoding.Batch, "add", added)
    monkeypatch.setattr(decoding.Batch, "step", stepped)
    asks = [*(request(small_model, prompt) for prompt in PROMPTS[:3]), request(small_model, "x", max_tokens=7)]
    replies = asyncio.run(ask_all(AsyncLocalEngine(worker), asks))
    assert failed
    assert [reply.text for reply in replies[:3]] == whole
    assert isinstance(replies[3], MemoryError)


def test_two_models_are_served_side_by_side(small_model: str, worker: Worker, tmp_path: Path) -> None:
    other = f"local/{make_model(tmp_path / 'other', seed=1)}"
    asks = [request(model, prompt) for prompt in PROMPTS for model in (small_model, other)]
    replies = texts(worker, asks)
    assert replies[::2] == texts(worker, asks[::2])
    assert replies[1::2] == texts(worker, asks[1::2])
    assert replies[::2] != replies[1::2]


def test_a_stop_ends_the_reply_before_it_and_a_listener_hears_it_grow(small_model: str, worker: Worker) -> None:
    (whole,) = texts(worker, [request(small_model, PROMPTS[3])])
    stop = whole[3:5]
    (cut,) = texts(worker, [request(small_model, PROMPTS[3], stop=("never", stop))])
    assert cut == whole[: whole.index(stop)]
    heard: list[str] = []

    def listen(text: str) -> bool:
        heard.append(text)
        return len(heard) < enough

    enough = 99
    ask = Ask(small_model, (("user", PROMPTS[3]),), 12, 0.0, 1.0, 0, heard=listen)
    assert worker.submit(ask).result().text == whole
    assert heard[-1] == whole
    assert len(heard) == 12
    heard.clear()
    enough = 4
    assert worker.submit(ask).result().text == heard[-1]
    assert len(heard) == 4


def test_the_queue_is_bounded(small_model: str) -> None:
    small = Worker(max_batch=1, max_waiting=2)
    asks = [request(small_model, PROMPTS[0], max_tokens=50)] * 8
    outcomes = asyncio.run(ask_all(AsyncLocalEngine(small), asks))
    small.close()
    assert sum(isinstance(one, RateLimitError) for one in outcomes) >= 5
    assert sum(not isinstance(one, Exception) for one in outcomes) >= 2


def test_closing_joins_the_thread_and_asking_opens_it_again(small_model: str) -> None:
    engine, _ = shared_engines()
    first = engine.complete(request(small_model, PROMPTS[0])).text
    assert any(thread.name == "source2synth-models" for thread in threading.enumerate())
    close_engines()
    assert not any(thread.name == "source2synth-models" for thread in threading.enumerate())
    assert engine.complete(request(small_model, PROMPTS[0])).text == first


def test_closing_fails_what_waits(small_model: str) -> None:
    worker = Worker()
    asyncio_engine = AsyncLocalEngine(worker)

    async def main() -> list[Any]:
        ask = request(small_model, "x", max_tokens=400, temperature=1.0)
        asks = [asyncio.ensure_future(asyncio_engine.complete(ask)) for _ in range(400)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(worker.close)
        return await asyncio.gather(*asks, return_exceptions=True)

    outcome = asyncio.run(main())[-1]
    assert isinstance(outcome, ConfigurationError)
    assert isinstance(outcome.__cause__, ClosedError)


def test_a_thread_that_cannot_start_fails_those_who_wait(small_model: str, worker: Worker, monkeypatch: Any) -> None:
    def refuse(threads: int) -> None:
        raise RuntimeError("no torch today")

    monkeypatch.setattr(torch, "set_num_threads", refuse)
    (outcome,) = asyncio.run(ask_all(AsyncLocalEngine(worker), [request(small_model, "x")]))
    assert str(outcome) == "no torch today"


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), min_size=1, max_size=40))
def test_clusters_keep_every_prompt_and_share_only_what_is_equal(prompts: list[list[int]]) -> None:
    rows: dict[tuple[int, ...], list[decoding.Row]] = {}
    for prompt in map(tuple, prompts):
        rows.setdefault(prompt, []).append(decoding.Row(prompt, 1))
    clusters = trunks.cluster(rows)
    assert sorted(prompt for _, mine in clusters for prompt in mine) == sorted(rows)
    for length, mine in clusters:
        assert len({prompt[:length] for prompt in mine}) == 1
        assert length < min(map(len, mine))


def test_a_process_that_ends_while_asking_ends_cleanly(small_model: str) -> None:
    code = (
        "import sys, time; from source2synth.backends.local.engine import shared_engines;"
        "from source2synth.backends.local.asks import Ask;"
        "engine, _ = shared_engines();"
        "engine._worker.submit(Ask(sys.argv[1], (('user', 'x'),), 400, 0.9, 1.0, 0)); time.sleep(4)"
    )
    ended = subprocess.run([sys.executable, "-c", code, small_model], capture_output=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_sampling_follows_the_distribution_and_the_nucleus() -> None:
    chances = torch.tensor([0.5, 0.3, 0.15, 0.05])
    rows = 20_000
    logits = chances.log().expand(rows, 4)
    noise = noise_of(seed_of(1, "x"), rows)
    drawn = torch.tensor(pick(logits, [1.0] * rows, [1.0] * rows, noise)[0])
    shares = torch.bincount(drawn, minlength=4) / rows
    assert torch.allclose(shares, chances, atol=0.01)
    nucleus = torch.tensor(pick(logits, [1.0] * rows, [0.7] * rows, noise)[0])
    assert torch.allclose(torch.bincount(nucleus, minlength=4) / rows, torch.tensor([0.625, 0.375, 0, 0]), atol=0.01)
    assert pick(logits[:2], [0.0, 1.0], [1.0, 1.0], [0.99, 0.99])[0] == [0, 3]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("settings", [{"temperature": 1.0}, {"temperature": 0.8, "top_p": 0.9}, {"temperature": 0.0}])
def test_a_token_that_hangs_on_rounding_is_the_one_of_the_row_alone(
    small_model: str, monkeypatch: pytest.MonkeyPatch, settings: dict[str, float]
) -> None:
    """The logits of rows read together are off by more than rounding ever is, anew in every worker."""
    off, chosen = 0.05, decoding.Batch._choose
    monkeypatch.setattr(sampling, "HANGING", 1)

    def shaken(batch: Any, rows: Any, logits: Any) -> None:
        chosen(batch, rows, logits + off * (2 * torch.rand(logits.shape) - 1))

    def differ(rounding: float) -> int:
        monkeypatch.setattr(sampling, "ROUNDING", rounding)
        series = []
        for _ in range(2):
            worker = Worker()
            series.append(texts(worker, requests))
            worker.close()
        return sum(one != two for one, two in zip(*series, strict=True))

    requests = [request(small_model, prompt, seed=seed, **settings) for prompt in PROMPTS for seed in range(4)]
    monkeypatch.setattr(decoding.Batch, "_choose", shaken)
    assert differ(0.0) > 5
    assert differ(off) == 0


def test_a_model_that_is_sure_of_nothing_is_not_read_alone(
    small_model: str, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alone(batch: Any, row: Any, noise: float) -> int:
        raise AssertionError("it would be read for every token")

    monkeypatch.setattr(sampling, "ROUNDING", 10.0)
    monkeypatch.setattr(decoding.Batch, "_alone", alone)
    asks = [request(small_model, prompt, temperature=1.0, seed=3) for prompt in PROMPTS]
    assert all(texts(worker, asks))
