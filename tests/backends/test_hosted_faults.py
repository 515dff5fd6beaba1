"""Models behind a server that misbehaves: what is tried again, what ends it, and what every fault is counted as."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import Any

import dspy
import pytest
from dspy.utils.exceptions import AdapterParseError, ContextWindowExceededError, LMError, LMInvalidRequestError

from source2synth.backends import faults as faulty
from source2synth.backends import make_lm, pace, speaking
from source2synth.backends.faults import Fault, kind_of
from source2synth.backends.http import sessions

from .misbehaving import BODIES, BREAKS, KINDS, REPLIES, Misbehaving

PASSING = ("429", "429 with Retry-After", "500", "503", *BODIES, *BREAKS)
FINAL = ("unknown model", "no credit", "payment", "dead key")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "FIRST_WAIT", 0.01)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)


def first(fault: str) -> Callable[[str, int], str]:
    """Do this the first time that something is asked."""
    return lambda key, before: "" if before else fault


def always(fault: str) -> Callable[[str, int], str]:
    return lambda key, before: fault


def model(server: Misbehaving, **settings: Any) -> tuple[Any, list[Fault]]:
    lm: Any = make_lm("openai/m", api_base=server.api_base, **{"timeout": 30.0, **settings})
    faults: list[Fault] = []
    lm.on_fault = faults.append
    return lm, faults


def ask(lm: Any, question: str = "What is 6 times 7?") -> str:
    with speaking(lm):
        return str(dspy.Predict("question -> answer")(question=question).answer)


async def aask(lm: Any, question: str = "What is 6 times 7?") -> str:
    with speaking(lm):
        return str((await dspy.Predict("question -> answer").acall(question=question)).answer)


@pytest.fixture
def loop() -> Iterator[Callable[[Any], Any]]:
    """Run a coroutine in a loop whose connections are closed at its end."""
    from source2synth.backends.http.sessions import close_sessions_here

    async def closing(work: Any) -> Any:
        try:
            return await work
        finally:
            await close_sessions_here()

    return lambda work: asyncio.run(closing(work))  # type: ignore[return-value]


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_tried_again_and_counted(fault: str, loop: Any) -> None:
    with Misbehaving(script=first(fault)) as server:
        lm, faults = model(server, timeout=1.5 if KINDS[fault] == "timed_out" else 30.0)
        assert loop(aask(lm)) == "42"
    assert [one.kind for one in faults] == [KINDS[fault]]
    assert len(server.bodies) == 2


def test_blocking_calls_are_tried_again_too() -> None:
    with Misbehaving(script=first("503")) as server:
        lm, faults = model(server)
        assert ask(lm) == "42"
    assert [(one.kind, one.status) for one in faults] == [("server_error", 503)]


@pytest.mark.parametrize("fault", [*REPLIES, "filtered"])
def test_a_reply_that_is_no_answer_is_never_taken_for_one(fault: str) -> None:
    with Misbehaving(script=always(fault)) as server:
        lm, faults = model(server)
        with pytest.raises(AdapterParseError) as raised:
            ask(lm)
    asked = 1 if KINDS[fault] == "filtered" else 2
    assert [one.kind for one in faults] == [KINDS[fault]] * asked
    assert len(server.bodies) == asked
    assert getattr(raised.value, "truncated", False) == (fault == "cut off")


@pytest.mark.parametrize("settings", [{"n": 2, "temperature": 1.0}, {"logprobs": True}])
def test_nor_where_several_answers_or_scores_are_wanted(settings: dict[str, Any]) -> None:
    with Misbehaving(script=always("cut off")) as server:
        lm, _ = model(server)
        with speaking(lm), pytest.raises(AdapterParseError, match="cut off"):
            dspy.Predict("question -> answer")(question="?", config=settings)


@pytest.mark.parametrize("fault", FINAL)
def test_a_fault_that_stays_ends_everything_at_once(fault: str, loop: Any) -> None:
    with Misbehaving(script=always(fault)) as server:
        lm, _ = model(server, concurrency=4)

        async def many() -> list[Any]:
            return await asyncio.gather(*(aask(lm, f"{n}?") for n in range(40)), return_exceptions=True)

        found = loop(many())
        assert {kind_of(error) for error in found} == {KINDS[fault]}
        assert len(server.bodies) <= 4  # those on their way; nobody else was let in
        with pytest.raises(LMError):
            ask(lm)
        assert len(server.bodies) <= 4


@pytest.mark.parametrize(
    ("fault", "error"), [("too long", ContextWindowExceededError), ("bad request", LMInvalidRequestError)]
)
def test_a_request_at_fault_is_not_tried_again(fault: str, error: type[Exception]) -> None:
    with Misbehaving(script=always(fault)) as server:
        lm, faults = model(server)
        with pytest.raises(error):
            ask(lm)
    assert [one.kind for one in faults] == [KINDS[fault]]
    assert len(server.bodies) == 1


def test_tries_come_to_an_end() -> None:
    with Misbehaving(script=always("500")) as server:
        lm, faults = model(server)
        lm.pace.retries = 3
        with pytest.raises(LMError, match=r"Internal Server Error \(HTTP 500\)"):
            ask(lm)
    assert len(faults) == len(server.bodies) == 4


def test_a_server_that_was_never_there_is_given_up_soon() -> None:
    lm: Any = make_lm("hosted_vllm/m", api_base="http://127.0.0.1:9/v1")
    faults: list[Fault] = []
    lm.on_fault = faults.append
    with pytest.raises(LMError, match="cannot be reached"):
        ask(lm)
    assert [one.kind for one in faults] == ["unreachable"] * 3


def test_a_connection_that_is_never_accepted_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "CONNECT_SECONDS", 0.1)
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for waiting in (first, second):  # they fill its queue
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        lm: Any = make_lm("openai/m", api_base=f"http://127.0.0.1:{deaf.getsockname()[1]}/v1")
        faults: list[Fault] = []
        lm.on_fault = faults.append
        with pytest.raises(LMError, match=r"cannot be reached: no connection in 0\.1 seconds"):
            lm("?")
    assert [one.kind for one in faults] == ["unreachable"] * 3


def test_an_address_that_is_none_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lm: Any = make_lm("hosted_vllm/m", api_base="http://127.0.0.1:9/v1")
    monkeypatch.setattr(lm.engine.server, "_url", "localhost:9/v1/chat/completions")
    faults: list[Fault] = []
    lm.on_fault = faults.append
    with pytest.raises(LMError, match="is no address"):
        ask(lm)
    assert len(faults) == 1
    assert faults[0].kind not in faulty.PASSING


def test_fewer_are_in_flight_while_the_server_is_overloaded_and_more_again_after(loop: Any) -> None:
    with Misbehaving(bears=6) as server:
        server.delay = 0.005
        lm, faults = model(server, concurrency=48, timeout=10)

        async def many(count: int, name: str) -> list[str]:
            return await asyncio.gather(*(aask(lm, f"{name} {n}?") for n in range(count)))

        async def flight() -> tuple[float, float]:
            assert await many(300, "first") == ["42"] * 300
            least = lm.pace.limit
            server.bears = None
            assert await many(900, "second") == ["42"] * 900
            return least, lm.pace.limit

        least, later = loop(flight())
    assert least < 16
    assert later > 2 * least
    assert {one.kind for one in faults} == {"rate_limited"}
    assert len(faults) == server.faults["rate_limited"] < 300


def test_retry_after_holds_everyone_back(loop: Any) -> None:
    with Misbehaving(script=lambda key, before: "429 with Retry-After" if len(server.bodies) == 1 else "") as server:
        lm, _ = model(server, concurrency=8)

        async def two() -> list[str]:
            one = asyncio.create_task(aask(lm, "one?"))
            while not lm.pace._until:
                await asyncio.sleep(0.001)
            return [await aask(lm, "another?"), await one]

        assert loop(two()) == ["42", "42"]
    assert len(server.times) == 3
    assert server.times[1] - server.times[0] >= 0.05


def test_an_interrupted_wait_leaves_its_place(loop: Any) -> None:
    with Misbehaving() as server:
        server.delay = 0.1
        lm, _ = model(server, concurrency=1, timeout=10)

        async def cancelled() -> str:
            tasks = [asyncio.create_task(aask(lm, f"{n}?")) for n in range(6)]
            await asyncio.sleep(0.03)
            for task in tasks[1:5]:
                task.cancel()
            return await tasks[5]

        assert loop(cancelled()) == "42"
    assert len(server.bodies) == 2


def test_roles_that_ask_the_same_slow_down_together_and_others_do_not(loop: Any) -> None:
    with Misbehaving(bears=6) as server:
        server.delay = 0.02
        generator = make_lm("openai/m", api_base=server.api_base, concurrency=32)
        judge = make_lm("openai/m", api_base=server.api_base, concurrency=16, temperature=0.9)
        other = make_lm("openai/other", api_base=server.api_base)
        assert generator.pace is judge.pace
        assert generator.pace.most == 16
        assert other.pace is not judge.pace

        async def ask() -> None:
            await asyncio.gather(*(lm.acall(f"{n}") for lm in (generator, judge) for n in range(20)))

        loop(ask())
        assert judge.pace.limit < 16
        assert server.faults["rate_limited"] < 20  # two paces of their own would push the server twice as hard
    generator.pace.end(RuntimeError("a dead key"))
    assert make_lm("openai/m", api_base=server.api_base).pace.ended is None
