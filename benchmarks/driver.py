"""What a call of a model costs this machine, and how fast many of them go: our engine beside litellm, DSPy and aiohttp.

    python benchmarks/driver.py --page docs/performance.md

Starts two servers in processes of their own, one that answers at once and one that takes a second, and asks each
through four clients, one after another in one run, so that only the ratios count: the machine may be busy.

- `aiohttp`: the bare client, sending bytes made beforehand and reading the JSON that comes back.
- `ours`: a DSPy program inside `speaking(lm)`, its model from `make_lm(…, api_base=…)`, every reply in the log.
- `dspy`: the same program as DSPy comes: `dspy.LM("openai/…", api_base=…)`, its own HTTP client and ChatAdapter.
- `litellm`: `litellm.acompletion` with messages made beforehand: without any DSPy.

CPU is what this process spends on a call (`time.process_time`), all of its threads; the servers are not in it. The cost
of the prompt itself (the same program with a reply that is there already) is measured apart. Python's garbage collector
looks seldom while any of them is measured, as it does in a run (`pipeline.flight.seldom_collecting`).
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from source2synth.pipeline.flight import seldom_collecting

SQL = "SELECT COUNT(*) FROM lakes WHERE country = 'X'"
REPLY = f"[[ ## sql ## ]]\n{SQL}\n\n[[ ## completed ## ]]"
TABLE = "t lakes\nc name text | area real | country text\n" + "\n".join(f"r Lake {n} | {n}.5 | X" for n in range(20))
BEGIN, END = "<!-- driver.py -->", "<!-- end of driver.py -->"
One = Callable[[int], Awaitable[Any]]


class Figure(NamedTuple):
    """What a client came to against one server."""

    client: str
    in_flight: int
    cpu_ms: float
    """Of this process, for a call."""
    rate: float
    """Calls a second."""


def serve(port: "Connection", seconds: float) -> None:
    """Answer every POST with the same reply after so many seconds, for ever."""
    body = json.dumps(
        {
            "model": "m",
            "object": "chat.completion",
            "created": 1,
            "id": "x",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": REPLY}}],
            "usage": {"prompt_tokens": 500, "completion_tokens": 20, "total_tokens": 520},
        }
    ).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.split(b":")[1]))
                if seconds:
                    await asyncio.sleep(seconds)
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=2048)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def serving(seconds: float) -> Iterator[str]:
    """Keep a server up in a process of its own; gives its address."""
    near, far = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(far, seconds), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{near.recv()}/v1"
    finally:
        process.terminate()
        process.join()


async def fly(client: str, one: One, calls: int, in_flight: int) -> Figure:
    """Make so many calls, so many of them at a time."""
    gate = asyncio.Semaphore(in_flight)

    async def bounded(number: int) -> None:
        async with gate:
            await one(number)

    cpu, wall = time.process_time(), time.monotonic()
    await asyncio.gather(*(bounded(number) for number in range(calls)))
    spent, took = time.process_time() - cpu, time.monotonic() - wall
    return Figure(client, in_flight, 1000 * spent / calls, calls / took)


def question(number: int) -> str:
    """Return a question that no other call asks, so that no log and no cache knows it."""
    return f"How many lakes of country X are larger than {number}?"


def messages(number: int) -> list[dict[str, str]]:
    """Return the turns that DSPy sends for a question."""
    import dspy

    from source2synth.signatures import AnswerWithSQL

    turns: list[dict[str, str]] = dspy.ChatAdapter().format(
        AnswerWithSQL, [], {"table": TABLE, "question": question(number)}
    )
    return turns


async def by_aiohttp(address: str, calls: int, in_flight: int) -> Figure:
    """Ask with the bare client."""
    import aiohttp

    body = json.dumps({"model": "m", "messages": messages(0), "temperature": 0.7}).encode()
    headers = {"Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(number: int) -> None:
            async with session.post(f"{address}/chat/completions", data=body, headers=headers) as answer:
                json.loads(await answer.read())

        await fly("warm", one, in_flight, in_flight)
        return await fly("aiohttp", one, calls, in_flight)


async def by_ours(address: str, calls: int, in_flight: int) -> Figure:
    """Ask with a DSPy program and our engine, every reply in a log."""
    import dspy

    from source2synth.backends import make_lm, speaking
    from source2synth.backends.http.sessions import close_sessions_here
    from source2synth.backends.recording import Replies, recorded
    from source2synth.backends.replies import ReplyLog
    from source2synth.signatures import AnswerWithSQL

    folder = Path(tempfile.mkdtemp())
    log, program = ReplyLog(folder), dspy.Predict(AnswerWithSQL)
    model = make_lm("openai/m", api_base=address, temperature=0.7, concurrency=in_flight)
    with speaking(recorded(model, Replies(log))):

        async def one(number: int) -> None:
            answer = await program.acall(table=TABLE, question=question(number))
            assert answer.sql == SQL

        await fly("warm", lambda number: one(-1 - number), in_flight, in_flight)
        figure = await fly("ours", one, calls, in_flight)
    assert len(log) == calls + in_flight
    await close_sessions_here()
    log.close()
    shutil.rmtree(folder)
    return figure


async def by_dspy(address: str, calls: int, in_flight: int) -> Figure:
    """Ask with the same program as DSPy comes, its cache off."""
    import dspy

    from source2synth.signatures import AnswerWithSQL

    program = dspy.Predict(AnswerWithSQL)
    model = dspy.LM("openai/m", api_base=address, api_key="none", temperature=0.7, cache=False)
    with dspy.context(lm=model):

        async def one(number: int) -> None:
            await program.acall(table=TABLE, question=question(number))

        await fly("warm", one, in_flight, in_flight)
        figure = await fly("dspy", one, calls, in_flight)
    await model.aclose()
    return figure


async def by_litellm(address: str, calls: int, in_flight: int) -> Figure:
    """Ask with litellm, of messages made beforehand."""
    import litellm

    turns = messages(0)

    async def one(number: int) -> None:
        await litellm.acompletion(
            model="openai/m", api_base=address, api_key="none", messages=turns, temperature=0.7, num_retries=0
        )

    await fly("warm", one, in_flight, in_flight)
    return await fly("litellm", one, calls, in_flight)


async def prompt_cost(calls: int, in_flight: int) -> float:
    """Return the CPU-ms of the same program with a reply that is there already: prompt and parsing, nothing sent."""
    import dspy

    from source2synth.backends import make_lm, speaking
    from source2synth.backends.adapters import PromptedChat
    from source2synth.signatures import AnswerWithSQL

    class Instant(PromptedChat):
        async def acall(self, lm: Any, lm_kwargs: Any, signature: Any, demos: Any, inputs: Any) -> Any:
            self.format(signature, demos, inputs)
            return [self.parse(signature, REPLY)]

    program = dspy.Predict(AnswerWithSQL)
    with speaking(make_lm("openai/m", api_base="http://127.0.0.1:1/v1"), adapter=Instant()):

        async def one(number: int) -> None:
            await program.acall(table=TABLE, question=question(number))

        return (await fly("prompt", one, calls, in_flight)).cpu_ms


CLIENTS = (by_aiohttp, by_ours, by_dspy, by_litellm)


def measure(options: argparse.Namespace) -> list[str]:
    """Ask both servers through every client; returns the lines of the report."""
    _import_everything()
    with seldom_collecting():
        return _measured(options)


def _import_everything() -> None:
    import aiohttp  # noqa: F401
    import dspy  # noqa: F401
    import litellm  # noqa: F401


def _measured(options: argparse.Namespace) -> list[str]:
    prompt = asyncio.run(prompt_cost(options.calls, options.in_flight))
    with serving(0.0) as address:
        at_once = [asyncio.run(client(address, _calls(client, options), options.in_flight)) for client in CLIENTS]
    with serving(1.0) as address:
        slow = [asyncio.run(client(address, options.slow_calls, options.slow_in_flight)) for client in CLIENTS[:2]]
    return report(options, prompt, {one.client: one for one in at_once}, {one.client: one for one in slow})


def _calls(client: Any, options: argparse.Namespace) -> int:
    # litellm and DSPy are slow enough to be measured well by fewer calls
    return int(options.calls if client in CLIENTS[:2] else max(options.in_flight, options.calls // 4))


def report(
    options: argparse.Namespace, prompt: float, at_once: dict[str, Figure], slow: dict[str, Figure]
) -> list[str]:
    """Word the figures as Markdown."""
    wire, ours, heavy = (at_once[name].cpu_ms for name in ("aiohttp", "ours", "litellm"))
    share = slow["ours"].rate / slow["aiohttp"].rate
    floor = 4 * wire + prompt
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return [
        f"{machine}, {options.calls:,} calls of ours and of aiohttp; made by "
        f"`python benchmarks/driver.py --calls {options.calls} --in-flight {options.in_flight} --slow-calls "
        f"{options.slow_calls} --slow-in-flight {options.slow_in_flight}`.",
        "",
        f"Server that answers at once, {options.in_flight} in flight:",
        "",
        "| client | CPU-ms a call | times aiohttp | calls/s |",
        "| --- | --- | --- | --- |",
        *(_row(one, wire) for one in at_once.values()),
        "",
        f"The prompt itself (a DSPy program with its prompt and parsing, nothing sent): {prompt:.3f} CPU-ms a call.",
        "",
        "| floor | wanted | found | |",
        "| --- | --- | --- | --- |",
        f"| CPU a call, of litellm's | at most 0.20 | {ours / heavy:.2f} | {_told(ours <= heavy / 5)} |",
        f"| CPU a call, ms: 4 × aiohttp + prompt | at most {floor:.2f} | {ours:.2f} | {_told(ours <= floor)} |",
        f"| calls/s at {options.slow_in_flight} in flight, server of one second, of aiohttp's | at least 0.90 | "
        f"{share:.2f} ({slow['ours'].rate:.0f} of {slow['aiohttp'].rate:.0f}) | {_told(share >= 0.9)} |",
    ]


def _row(one: Figure, wire: float) -> str:
    return f"| {one.client} | {one.cpu_ms:.2f} | {one.cpu_ms / wire:.1f} | {one.rate:,.0f} |"


def _told(reached: bool) -> str:
    return "reached" if reached else "**not reached**"


def main() -> None:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=4000, help="to the server that answers at once")
    parser.add_argument("--in-flight", type=int, default=256)
    parser.add_argument("--slow-calls", type=int, default=4096, help="to the server that takes a second")
    parser.add_argument("--slow-in-flight", type=int, default=512)
    parser.add_argument("--page", type=Path, help="replace the report between the marks of this Markdown page")
    options = parser.parse_args()
    lines = measure(options)
    print("\n".join(lines))
    if options.page:
        before, _, rest = options.page.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        options.page.write_text("\n".join([f"{before}{BEGIN}", *lines, f"{END}{after}"]))


if __name__ == "__main__":
    main()
