"""The server over real HTTP, asked by the `openai` client, litellm and raw requests."""

import asyncio
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import openai
import pytest
import uvicorn

from source2synth.backends import make_lm
from source2synth.backends.local.asks import Ask, QueueFullError
from source2synth.backends.local.engine import shared_worker
from source2synth.backends.serving.app import make_app
from source2synth.backends.serving.asking import _safe, pieces
from source2synth.backends.serving.protocol import SolveRequest
from source2synth.errors import ReplyError

TURNS: Any = [{"role": "user", "content": "t mountains\nq How high is K2?"}]


@contextmanager
def serving(app: Any) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


async def solve(request: SolveRequest, model: str) -> dict[str, Any]:
    if request.question == "?":
        raise ReplyError("The model's reply holds no answer.")
    await asyncio.sleep(2.0 * (request.question == "slow"))
    return {"sql": f"SELECT '{request.question}'", "model": model}


@pytest.fixture(scope="module")
def address(small_model: str) -> Iterator[str]:
    with serving(make_app({"curated": small_model}, solve=solve, largest=20_000, most=8)) as found:
        yield found


@pytest.fixture(scope="module")
def client(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)


def test_the_openai_client_gets_what_the_model_says(client: openai.OpenAI, small_model: str) -> None:
    assert [model.id for model in client.models.list()] == ["curated"]
    said = client.chat.completions.create(model="curated", messages=TURNS, temperature=0, max_tokens=12)
    whole = shared_worker().submit(Ask(small_model, (("user", TURNS[0]["content"]),), 12, 0.0, 1.0, 0)).result()
    assert said.choices[0].message.content == whole.text
    assert said.choices[0].finish_reason == "length"
    assert said.usage is not None
    assert (said.usage.prompt_tokens, said.usage.completion_tokens) == (whole.input_tokens, 12)


def test_choices_differ_and_a_seed_repeats_them(client: openai.OpenAI) -> None:
    def ask(seed: int) -> list[str | None]:
        said = client.chat.completions.create(model="curated", messages=TURNS, n=3, seed=seed, max_completion_tokens=9)
        return [choice.message.content for choice in said.choices]

    assert len(set(ask(5))) == 3
    assert ask(5) == ask(5) != ask(50)


def test_a_stream_gives_the_same_in_pieces(client: openai.OpenAI) -> None:
    settings: Any = {"model": "curated", "messages": TURNS, "n": 2, "seed": 3, "max_tokens": 20}
    whole = client.chat.completions.create(**settings)
    texts, reasons, usage, pieces_seen = ["", ""], ["", ""], None, 0
    for chunk in client.chat.completions.create(stream=True, stream_options={"include_usage": True}, **settings):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            reasons[choice.index] = choice.finish_reason or reasons[choice.index]
            pieces_seen += 1
    assert texts == [choice.message.content for choice in whole.choices]
    assert reasons == [choice.finish_reason for choice in whole.choices]
    assert usage == whole.usage
    assert pieces_seen > 12


@pytest.mark.parametrize("stream", [False, True])
def test_a_stop_is_not_part_of_the_reply(client: openai.OpenAI, stream: bool) -> None:
    settings: Any = {"model": "curated", "messages": TURNS, "temperature": 0, "max_tokens": 12}
    whole = client.chat.completions.create(**settings).choices[0].message.content or ""
    stop = whole[4:6]
    if stream:
        chunks = [chunk.choices[0] for chunk in client.chat.completions.create(stop=stop, stream=True, **settings)]
        text, reason = "".join(one.delta.content or "" for one in chunks), chunks[-1].finish_reason
    else:
        said = client.chat.completions.create(stop=[stop, "never"], **settings).choices[0]
        text, reason = said.message.content or "", said.finish_reason
    assert (text, reason) == (whole[: whole.index(stop)], "stop")


def test_litellm_gets_the_same(client: openai.OpenAI, address: str) -> None:
    import litellm

    settings: Any = {"messages": TURNS, "seed": 2, "max_tokens": 12}
    said = litellm.completion("openai/curated", api_base=f"{address}/v1", api_key="none", **settings)
    ours = client.chat.completions.create(model="curated", **settings)
    assert said.choices[0].message.content == ours.choices[0].message.content


def raw(url: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def chat(address: str, **fields: Any) -> tuple[int, Any]:
    return raw(f"{address}/v1/chat/completions", json.dumps({"model": "curated", "messages": TURNS, **fields}).encode())


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"model": "gpt-5"}, 404, "no model 'gpt-5' here; there is curated"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "system", "content": "Be kind."}, *TURNS]}, 400, "without a system message"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "messages"),
        ({"messages": [{"role": "user", "content": "long " * 900}]}, 400, "can read 512"),
        ({"messages": [{"role": "user", "content": "long " * 9000}]}, 413, "larger than 20,000 bytes"),
        ({"n": 99}, 400, "n: "),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"stop": ""}, 400, "`stop`"),
        ({"tools": [{"type": "function"}]}, 400, "does not take tools"),
        ({"top_k": 20}, 400, "does not take top_k"),
        ({"min_p": 0.1, "repetition_penalty": 1.1}, 400, "does not take min_p, repetition_penalty"),
        ({"best_of": 4}, 400, "does not take best_of"),
        ({"guided_json": {"type": "object"}}, 400, "does not take guided_json"),
        ({"response_format": {"type": "xml"}}, 400, "response_format.type"),
        ({"response_format": "json_object"}, 400, "response_format"),
        ({"response_format": {"type": "json_schema", "json_schema": "x"}}, 400, "response_format.json_schema"),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": []}}}, 400, "json_schema.schema"),
        ({"messages": [{"role": "user", "content": "half \ud83d"}]}, 400, "half a letter"),
        ({"stop": "\udc00"}, 400, "half a letter"),
        ({"\ud83d": 1}, 400, "half a letter"),
        ({"messages": [{"role": "user", "content": None}]}, 400, "`content` is missing"),
        ({"messages": [*TURNS, {"role": "assistant", "tool_calls": [{"id": "a"}]}]}, 400, "calls of tools"),
        ({"temperature": float("nan")}, 400, "temperature"),
    ],
)
def test_what_cannot_be_answered_is_said(address: str, fields: dict[str, Any], status: int, message: str) -> None:
    got, body = chat(address, **fields)
    assert got == status
    assert message in body["error"]["message"]
    assert "Value error" not in body["error"]["message"]
    assert chat(address, max_tokens=1)[0] == 200


def test_what_would_change_nothing_is_taken(address: str) -> None:
    idle = {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0, "best_of": 1, "logprobs": False, "tools": None}
    said: Any = [*TURNS, {"role": "assistant", "content": None, "tool_calls": None}, *TURNS]
    plain = {"response_format": {"type": "text"}, "user": "me"}
    assert chat(address, messages=said, max_tokens=1, **idle, **plain)[0] == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_that_is_too_long_is_too_long_for_the_model_as_it_was_asked(
    client: openai.OpenAI, small_model: str, stream: bool
) -> None:
    turns: Any = [{"role": "user", "content": "long " * 900}]
    with pytest.raises(openai.APIError, match="curated can read 512") as raised:
        list(client.chat.completions.create(model="curated", messages=turns, stream=stream))  # type: ignore[call-overload]
    assert small_model.removeprefix("local/") not in str(raised.value)


def test_one_model_is_told_of(client: openai.OpenAI) -> None:
    assert client.models.retrieve("curated").owned_by == "source2synth"
    with pytest.raises(openai.NotFoundError, match="There is no model 'some/other' here"):
        client.models.retrieve("some/other")


def test_elsewhere_errors_have_the_same_form(address: str) -> None:
    status, body = raw(f"{address}/v1/embeddings", b"{}")
    assert (status, body["error"]["message"]) == (404, "There is nothing at /v1/embeddings here.")
    status, body = raw(f"{address}/v1/models", b"{}")
    assert (status, body["error"]["code"]) == (405, "method_not_allowed")
    status, body = raw(f"{address}/v1/chat/completions", b"[" * 10_000)
    assert (status, body["error"]["type"]) == (400, "invalid_request_error")


@pytest.mark.parametrize("stream", [False, True])
def test_what_nobody_expected_is_an_error_in_form(
    address: str, client: openai.OpenAI, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(ask: Ask) -> Any:
        future: Future[Any] = Future()
        future.set_exception(RuntimeError("out of memory at 0x7f"))
        return future

    with monkeypatch.context() as patch:
        patch.setattr(shared_worker(), "submit", fails)
        with pytest.raises(openai.APIError, match="its log says how"):
            list(client.chat.completions.create(model="curated", messages=TURNS, stream=stream))  # type: ignore[call-overload]
    assert chat(address, max_tokens=1)[0] == 200


def test_who_sends_slowly_takes_a_place_and_not_for_ever(small_model: str) -> None:
    with serving(make_app({"curated": small_model}, most=2, seconds=3.0)) as address:
        assert chat(address, max_tokens=1)[0] == 200
        place = (urlsplit(address).hostname or "", urlsplit(address).port or 0)
        slow = [socket.create_connection(place) for _ in range(2)]
        for one in slow:
            one.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{")
        until = time.monotonic() + 5
        while chat(address, max_tokens=1)[0] != 503:
            assert time.monotonic() < until
        assert all(one.recv(100).startswith(b"HTTP/1.1 408 ") for one in slow)
        assert chat(address, max_tokens=1)[0] == 200
        for one in slow:
            one.close()


def test_a_key_is_asked_for_everywhere_but_at_health(small_model: str) -> None:
    with serving(make_app({"curated": small_model}, key="secret")) as address:
        assert raw(f"{address}/health") == (200, {"status": "ok"})
        for given in ({}, {"authorization": "Bearer wrong"}, {"authorization": "secret"}):
            assert raw(f"{address}/v1/models", **given)[0] == 401
        assert raw(f"{address}/v1/models", authorization="Bearer secret")[0] == 200


def test_too_many_at_once_are_told_to_come_again(address: str) -> None:
    async def ask(session: aiohttp.ClientSession) -> tuple[int, str | None]:
        async with session.post(f"{address}/v1/solve", json={"question": "slow"}) as answer:
            return answer.status, answer.headers.get("retry-after")

    async def main() -> list[tuple[int, str | None]]:
        async with aiohttp.ClientSession() as session:
            return list(await asyncio.gather(*(ask(session) for _ in range(20))))

    assert sorted(asyncio.run(main()), key=str) == [(200, None)] * 8 + [(503, "1")] * 12
    assert chat(address, max_tokens=1)[0] == 200


def test_a_full_queue_is_told_to_model_and_solver_alike(small_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(ask: Ask) -> Any:
        future: Future[Any] = Future()
        future.set_exception(QueueFullError("20,000 requests wait already; try again later."))
        return future

    async def asks(request: SolveRequest, model: str) -> dict[str, Any]:
        return {"said": str(await make_lm(model).acall(request.question))}

    async def main(address: str) -> list[tuple[int, str | None, str]]:
        told = []
        async with aiohttp.ClientSession() as session:
            for path, body in (
                ("solve", {"question": "?"}),
                ("chat/completions", {"model": "small", "messages": TURNS}),
            ):
                async with session.post(f"{address}/v1/{path}", json=body) as answer:
                    code = (await answer.json())["error"]["code"]
                    told.append((answer.status, answer.headers.get("retry-after"), code))
        return told

    monkeypatch.setattr(shared_worker(), "submit", full)
    with serving(make_app({"small": small_model}, solve=asks)) as address:
        assert asyncio.run(main(address)) == [(503, "1", "overloaded")] * 2


def test_who_leaves_a_stream_ends_its_reply(small_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, replies = shared_worker(), []
    submit = worker.submit
    monkeypatch.setattr(worker, "submit", lambda ask: replies.append(submit(ask)) or replies[-1])

    async def main(most: int) -> None:
        stream = pieces(worker, [Ask(small_model, (("user", "x"),), 400, 1.9, 1.0, 1)])
        async for number, _ in aenumerate(stream):
            if number == most:
                break
        await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(main(10_000))
    asyncio.run(main(2))
    whole, left = [reply.result() for reply in replies]
    assert left.output_tokens < whole.output_tokens
    assert whole.text.startswith(left.text)


async def aenumerate(stream: Any) -> Any:
    number = 0
    async for item in stream:
        yield number, item
        number += 1


def test_half_letters_and_beginnings_of_stops_are_held_back() -> None:
    assert _safe("caf\ufffd", ()) == "caf"
    assert _safe("SELECT 1;\n", (";\n\n", "q ")) == "SELECT 1"
    assert _safe("SELECT 1; ", (";\n",)) == "SELECT 1; "


def test_the_solver_answers_beside_the_model(address: str) -> None:
    def ask(**fields: Any) -> tuple[int, Any]:
        return raw(f"{address}/v1/solve", json.dumps(fields).encode())

    status, found = ask(question="How high is K2?")
    assert (status, found["sql"]) == (200, "SELECT 'How high is K2?'")
    status, problem = ask(question="?")
    assert (status, problem["error"]["message"]) == (422, "The model's reply holds no answer.")
    assert ask(question="x", model="none")[0] == 404
    assert ask(query="x")[0] == ask(question="\ud83d")[0] == 400
