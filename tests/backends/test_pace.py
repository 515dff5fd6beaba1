"""When a model is asked again: what the server wishes, whoever hears it, and what an end means for those who go on."""

import asyncio
import time
from typing import Any

import pytest

from source2synth.backends import make_lm, pace
from source2synth.pipeline.flight import Flight

from . import misbehaving
from .misbehaving import Misbehaving

PAUSE = 0.6
ASKED_TO_PAUSE = (429, {"Retry-After": str(PAUSE)}, {"error": {"message": "slow down"}})


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "FIRST_WAIT", 0.01)
    monkeypatch.setitem(misbehaving.REFUSALS, "429 with Retry-After", ASKED_TO_PAUSE)


def test_who_stands_in_line_waits_as_long_as_the_server_asked() -> None:
    with Misbehaving() as server:

        def while_pausing(key: str, before: int) -> str:
            return "429 with Retry-After" if time.monotonic() < began + PAUSE else ""

        server.script = while_pausing
        lm: Any = make_lm("openai/m", api_base=server.api_base, concurrency=4)

        async def many() -> list[Any]:
            return await asyncio.gather(*(lm.acall(f"{n}?") for n in range(40)))

        began = time.monotonic()
        assert len(asyncio.run(many())) == 40
        assert server.faults["rate_limited"] <= 4 + 1  # those on their way, and one whose clock runs a little ahead


@pytest.mark.parametrize("name", ["together_ai/x", "anthropic/claude-3-5-haiku-20241022"])
def test_litellm_drops_what_the_server_asked_but_we_find_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none-needed")
    monkeypatch.setenv("TOGETHERAI_API_KEY", "none-needed")
    with Misbehaving(script=lambda key, before: "" if before else "429 with Retry-After") as server:
        base = server.address if name.startswith("anthropic") else server.api_base
        make_lm(name, api_base=base, max_tokens=5)("How much?")
        assert server.times[1] - server.times[0] >= PAUSE


def test_an_answer_that_never_ends_is_asked_for_four_times_at_most() -> None:
    with Misbehaving(script=lambda key, before: "hang") as server:
        lm: Any = make_lm("openai/m", api_base=server.api_base, timeout=0.2)
        with pytest.raises(Exception, match=r"0\.2 seconds"):
            lm("How much?")
        assert len(server.bodies) == 1 + pace.SLOW_RETRIES


def test_a_model_goes_on_after_a_run_that_was_interrupted() -> None:
    with Misbehaving() as server:
        lm: Any = make_lm("openai/m", api_base=server.api_base)

        async def work() -> Any:
            return await lm.acall("one?")

        def interrupted() -> None:
            with Flight(4, lm) as flight:
                flight.submit(work).result()
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert lm("another?")
        assert len(server.bodies) == 2
