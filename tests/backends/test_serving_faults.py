"""What a server says of requests that cannot be answered, and that it lets go of clients who left; over real HTTP."""

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from dspy.lm15 import InvalidRequestError
from jinja2.exceptions import TemplateError

from source2synth.backends.local.asks import Ask
from source2synth.backends.local.engine import shared_worker
from source2synth.backends.local.worker import Worker
from source2synth.backends.serving.app import make_app
from source2synth.backends.serving.asking import pieces, whole
from source2synth.backends.serving.protocol import SolveRequest

from .conftest import make_model
from .test_serving import serving

TURNS = [{"role": "user", "content": "How high is K2?"}]
CHAT = "/v1/chat/completions"
ALTERNATING = (
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate.') }}{% endif %}<|{{ message['role'] }}|>{{ message['content'] }}"
    "{% endfor %}<|assistant|>"
)


@pytest.fixture(scope="module")
def address(small_model: str) -> Iterator[str]:
    with serving(make_app({"curated": small_model})) as found:
        yield found


def chat(address: str, **fields: Any) -> tuple[int, str]:
    """Return the status, and what is wrong."""
    answer = httpx.post(address + CHAT, json={"model": "curated", "messages": TURNS, **fields}, timeout=60)
    return answer.status_code, "" if answer.status_code == 200 else answer.json()["error"]["message"]


def soon(true: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)


def leave(address: str, path: str, body: dict[str, Any], begun: Callable[[], object]) -> None:
    """Ask, and close the connection as soon as the answer is begun."""
    place = (urlsplit(address).hostname or "", urlsplit(address).port or 0)
    sent = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
    with socket.create_connection(place) as connection:
        connection.sendall(head.encode() + sent)
        soon(begun)


def test_who_leaves_a_request_gives_up_replies_and_place(small_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    futures: list[Future[Any]] = []
    submit = shared_worker().submit
    monkeypatch.setattr(shared_worker(), "submit", lambda ask: futures.append(submit(ask)) or futures[-1])
    body = {"model": "curated", "messages": TURNS, "n": 16, "seed": 1, "max_tokens": 450}
    with serving(make_app({"curated": small_model}, most=1)) as address:
        leave(address, CHAT, body, lambda: len(futures) == 16 and futures[0].running())
        soon(lambda: chat(address, max_tokens=1)[0] == 200)
        soon(lambda: all(future.done() for future in futures))
    left = [future.result() for future in futures[:16] if not future.cancelled()]
    assert all(reply.finished for reply in left), "none went on to its limit"


def test_who_leaves_the_solver_gives_up_the_place(small_model: str) -> None:
    said: list[str] = []

    async def solve(request: SolveRequest, model: str) -> dict[str, Any]:
        try:
            said.append("begun")
            await asyncio.sleep(25)
        finally:
            said.append("ended")
        return {}

    with serving(make_app({"curated": small_model}, solve=solve, most=1)) as address:
        leave(address, "/v1/solve", {"question": "?"}, lambda: said)
        soon(lambda: chat(address, max_tokens=1)[0] == 200)
    assert said == ["begun", "ended"]


@pytest.mark.parametrize("stream", [False, True])
def test_asks_that_still_wait_are_taken_back(small_model: str, stream: bool) -> None:
    worker, futures = Worker(max_batch=1), []
    submit = worker.submit
    worker.submit = lambda ask: futures.append(submit(ask)) or futures[-1]  # type: ignore[method-assign]
    asks = [Ask(small_model, (("user", "x"),), 450, 0.0, 1.0, seed) for seed in range(3)]

    async def main() -> None:
        asking = asyncio.ensure_future(anext(aiter(pieces(worker, asks))) if stream else whole(worker, asks))
        while not futures or not futures[0].running():
            await asyncio.sleep(0.001)
        asking.cancel()
        await asyncio.wait([asking])

    try:
        asyncio.run(main())
        soon(lambda: all(future.done() for future in futures))
        assert [future.cancelled() for future in futures] == [False, True, True]
    finally:
        worker.close()


JSON_TYPE = "application/json"


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (json.dumps({"model": "curated", "messages": TURNS}), "text/plain", "`Content-Type: application/json`"),
        ("model=curated", "application/x-www-form-urlencoded", "`Content-Type: application/json`"),
        (json.dumps({"model": "curated", "messages": TURNS}), "", "`Content-Type: application/json`"),
        ('{"model": }', JSON_TYPE, "The body is not JSON: Expecting value at character 10."),
        (b"\xff\xfe{", JSON_TYPE, "The body is not JSON: it is not UTF-8."),
        ("[" * 100_000, JSON_TYPE, "The body cannot be read: it is nested too deep."),
        (
            '{"seed": ' + "9" * 5_000 + "}",
            JSON_TYPE,
            "The body cannot be read: it holds a number with too many digits.",
        ),
        ("[]", JSON_TYPE, "Send one JSON object."),
        ("null", JSON_TYPE, "Send one JSON object."),
        ("", JSON_TYPE, "Send one JSON object."),
    ],
)
def test_a_body_that_cannot_be_read_is_said_in_a_sentence(address: str, body: Any, kind: str, said: str) -> None:
    answer = httpx.post(address + CHAT, content=body, headers={"content-type": kind})
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"messages": [*TURNS, {"role": "system", "content": "Be kind."}, *TURNS]}, "without a system message"),
        ({"messages": [*TURNS, {"role": "developer", "content": "Be kind."}]}, "without a system message"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages.0.content: this model reads text only",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"$ref": "#"}}}},
            "The schema cannot be kept to: no JSON fulfils it.",
        ),
    ],
)
def test_what_no_reply_could_be_is_refused(address: str, fields: dict[str, Any], said: str, stream: bool) -> None:
    status, told = chat(address, stream=stream, max_tokens=8, **fields)
    assert (status, said in told) == (400, True), told


@pytest.fixture(scope="module")
def alternating(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = make_model(tmp_path_factory.mktemp("models") / "alternating", settings={"adapter": "PromptedAdapter"})
    Path(folder, "chat_template.jinja").write_text(ALTERNATING)
    return f"local/{folder}"


@pytest.mark.parametrize("stream", [False, True])
def test_turns_that_the_chat_template_refuses_are_its_own_sentence(alternating: str, stream: bool) -> None:
    with serving(make_app({"curated": alternating})) as address:
        status, told = chat(address, messages=[*TURNS, *TURNS], stream=stream)
        assert (status, "Roles must alternate." in told) == (400, True), told
        assert chat(address, max_tokens=1, stream=stream)[0] == 200


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "error", [TemplateError("Roles must alternate."), InvalidRequestError("Roles must alternate.")]
)
def test_a_refusal_is_one_however_it_comes(
    address: str, error: Exception, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(ask: Ask) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_exception(error)
        return future

    monkeypatch.setattr(shared_worker(), "submit", refuses)
    assert chat(address, stream=stream) == (400, "Roles must alternate.")
