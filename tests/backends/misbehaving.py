"""A real HTTP server that speaks the OpenAI chat protocol (and Anthropic's) and misbehaves by script.

    with Misbehaving(answer, script) as server:
        make_lm("openai/m", api_base=server.api_base)

`answer` gets the body of a request and gives the text of the reply. `script` gets the request's hash and how often it
came before, and gives the name of a fault of `FAULTS`, or nothing. Whatever goes over the wire is really sent so.
"""

import asyncio
import hashlib
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

GOOD = "[[ ## answer ## ]]\n42\n\n[[ ## completed ## ]]"
REFUSALS: dict[str, tuple[int, dict[str, str], Any]] = {
    "429": (429, {}, {"error": {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}),
    "429 with Retry-After": (429, {"Retry-After": "0.05"}, {"error": {"message": "slow down"}}),
    "500": (500, {}, "Internal Server Error"),
    "503": (503, {}, {"error": {"message": "overloaded"}}),
    "unknown model": (404, {}, {"error": {"message": "The model `m` does not exist", "code": "model_not_found"}}),
    "no credit": (429, {}, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}),
    "payment": (402, {}, {"detail": "payment required"}),
    "dead key": (401, {}, {"error": {"message": "Incorrect API key provided: {key}", "code": "invalid_api_key"}}),
    "filtered": (400, {}, {"error": {"message": "flagged", "code": "content_filter"}}),
    "too long": (400, {}, {"error": {"message": "too many tokens", "code": "context_length_exceeded"}}),
    "bad request": (422, {}, {"detail": [{"msg": "top_k: not known"}]}),
}
BODIES: dict[str, Any] = {
    "not JSON": "<html>bad gateway</html>",
    "cut JSON": '{"choices": [{"message": {"content": "4',
    "a list": [1, 2],
    "no choices": {"object": "chat.completion"},
    "empty choices": {"choices": []},
    "no message": {"choices": [{"text": "42"}]},
    "a number": {"choices": [{"message": {"content": 42}}]},
}
REPLIES: dict[str, tuple[str | None, str]] = {
    "empty": ("", "stop"),
    "null": (None, "stop"),
    "garbage": ("Sure! Here you go: {{{", "stop"),
    "cut off": ("[[ ## answer ## ]]\n4", "length"),
    "withheld": ("", "content_filter"),
}
BREAKS = ("reset", "half", "hang", "endless")
FAULTS = (*REFUSALS, *BODIES, *REPLIES, *BREAKS)
KINDS = {
    "429": "rate_limited", "429 with Retry-After": "rate_limited", "500": "server_error", "503": "server_error",
    "unknown model": "unknown_model", "no credit": "no_credit", "payment": "no_credit", "dead key": "refused_key",
    "filtered": "filtered", "too long": "too_long", "bad request": "bad_request", "not JSON": "not_json",
    "cut JSON": "not_json", "a list": "wrong_shape", "no choices": "wrong_shape", "empty choices": "wrong_shape",
    "no message": "wrong_shape", "a number": "wrong_shape", "empty": "empty", "null": "empty",
    "garbage": "out_of_form", "cut off": "cut_off", "withheld": "filtered", "reset": "broken_off",
    "half": "broken_off", "hang": "timed_out", "endless": "timed_out",
}  # fmt: skip
"""What each fault is counted as."""

Answer = Callable[[dict[str, Any]], str]
Script = Callable[[str, int], str]


def good(body: dict[str, Any]) -> str:
    return GOOD


def no_fault(key: str, before: int) -> str:
    return ""


class Misbehaving:
    """The server, in a thread of its own while its block lasts."""

    def __init__(self, answer: Answer = good, script: Script = no_fault, *, bears: int | None = None) -> None:
        self.answer, self.script = answer, script
        self.bears = bears
        """Requests at a time; more get a 429."""
        self.single = False
        """It gives one reply however many are wanted."""
        self.breaks: int | None = None
        """Pieces after which a stream breaks off."""
        self.delay = 0.0
        """Seconds an answer takes."""
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        """When each request came, in seconds."""
        self.faults: Counter[str] = Counter()
        """What was done, by its kind."""
        self.asked: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()
        """How often each request got a reply that costs, be it garbage."""
        self.at_once = self.most_at_once = 0
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        begun = asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self._server = asyncio.run_coroutine_threadsafe(begun, self._loop).result()
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.api_base = f"{self.address}/v1"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                pairs = [line.partition(":") for line in head[1:] if line]
                headers = {name.lower(): value.strip() for name, _, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.headers.append(headers)
                await self._respond(head[0].split(" ")[1], body, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()

    async def _respond(self, path: str, payload: bytes, writer: asyncio.StreamWriter) -> None:
        key, body = hashlib.sha256(payload).hexdigest(), json.loads(payload)
        self.bodies.append(body)
        self.times.append(time.monotonic())
        self.at_once += 1
        try:
            fault = "429" if self.bears and self.at_once > self.bears else self.script(key, self.asked[key])
            self.asked[key] += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            if fault:
                self.faults[KINDS[fault]] += 1
            if self.delay and fault not in REFUSALS:
                await asyncio.sleep(self.delay)
        finally:
            self.at_once -= 1
        if fault in BREAKS:
            await self._break(fault, writer)
        elif fault in REFUSALS:
            status, fields, said = REFUSALS[fault]
            key_given = self.headers[-1].get("authorization", "").removeprefix("Bearer ")
            _send(writer, status, fields, json.dumps(said).replace("{key}", key_given))
        elif fault in BODIES:
            _send(writer, 200, {}, BODIES[fault])
        else:
            self.paid[key] += 1
            text, finish = REPLIES[fault] if fault else (self.answer(body), "stop")
            spelled = _anthropic if path.endswith("/messages") else _openai
            if body.get("stream"):
                await _stream(writer, text or "", finish, breaks=self.breaks)
                return
            told = spelled({**body, "n": 1} if self.single else body, text, finish)
            _send(writer, 200, {}, told)
        await writer.drain()

    async def _break(self, fault: str, writer: asyncio.StreamWriter) -> None:
        """Break off an answer, or never end it."""
        if fault == "hang":
            await asyncio.sleep(60)
        if fault == "endless":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                writer.write(b"1\r\n \r\n")
                await writer.drain()
                await asyncio.sleep(0.02)
        if fault == "half":
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"choices": [{"mess')
            await writer.drain()
        if fault == "reset":  # closing with linger 0 sends a reset
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()
        raise ConnectionResetError


def _send(writer: asyncio.StreamWriter, status: int, headers: Mapping[str, str], body: Any) -> None:
    payload = (body if isinstance(body, str) else json.dumps(body)).encode()
    fields = {"Content-Type": "application/json", "Content-Length": str(len(payload)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + payload)


async def _stream(writer: asyncio.StreamWriter, text: str, finish: str, breaks: int | None) -> None:
    """Send a text word by word, as events."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    pieces: list[dict[str, Any]] = [{"delta": {"role": "assistant", "content": ""}}]
    pieces += [{"delta": {"content": word}} for word in text.replace(" ", "| ").split("|")]
    told: list[Any] = [{"choices": [{"index": 0, **piece}]} for piece in pieces]
    told.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    told.append({"choices": [], "usage": {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}})
    for number, said in enumerate([*map(json.dumps, told), "[DONE]"]):
        if number == breaks:
            writer.close()
            raise ConnectionResetError
        payload = f"data: {said}\n\n".encode()
        writer.write(f"{len(payload):x}\r\n".encode() + payload + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


def _openai(body: dict[str, Any], text: str | None, finish: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choices = [{"index": at, "finish_reason": finish, "message": message} for at in range(body.get("n") or 1)]
    usage = {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": choices,
        "usage": usage,
    }


def _anthropic(body: dict[str, Any], text: str | None, finish: str) -> dict[str, Any]:
    reason = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}[finish]
    return {
        "id": "x",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": text or ""}],
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 50, "output_tokens": 10},
    }
