"""A scripted model, asked through dspy as any other, and a small table."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import dspy
import pytest
from dspy.lm15 import Message, Request, Response, TextPart, Usage

from source2synth.backends import speaking
from source2synth.data.records import Column, Database, Seed, Table

FIRST = re.compile(r"starting with the field `\[\[ ## (\w+) ## \]\]`")


class Script:
    """Answers each prompt with the next reply under the first output field that the prompt asks for."""

    supported_params = frozenset({"temperature", "max_tokens"})
    supports_response_schema = False
    supports_function_calling = False
    supports_reasoning = False

    def __init__(self, replies: dict[str, list[Any]]) -> None:
        self.replies = {field: list(waiting) for field, waiting in replies.items()}
        self.prompts: list[str] = []
        self.systems: list[str] = []
        self.rollouts: list[Any] = []

    def complete(self, request: Request) -> Response:
        prompt = request.messages[-1].text
        self.prompts.append(prompt)
        self.systems.append(str(request.system))
        reply = self.replies[FIRST.search(prompt).group(1)].pop(0)
        text = reply if isinstance(reply, str) else _marked(reply)
        return Response(
            id=None,
            model=request.model,
            message=Message.assistant([TextPart(text)]),
            finish_reason="stop",
            usage=Usage(input_tokens=1, output_tokens=1),
        )

    def __deepcopy__(self, memo: object) -> "Script":
        return self


class AsyncScript:
    def __init__(self, script: Script) -> None:
        self.script = script

    async def complete(self, request: Request) -> Response:
        return self.script.complete(request)

    def __deepcopy__(self, memo: object) -> "AsyncScript":
        return self


class Noting(dspy.ChatAdapter):
    """ChatAdapter without a second try, which notes the rollout of every call."""

    def __init__(self, script: Script) -> None:
        super().__init__(use_json_adapter_fallback=False)
        self.script = script

    def __call__(self, lm: Any, lm_kwargs: dict[str, Any], **rest: Any) -> Any:
        self.script.rollouts.append(lm_kwargs.get("rollout_id"))
        return super().__call__(lm, lm_kwargs, **rest)

    async def acall(self, lm: Any, lm_kwargs: dict[str, Any], **rest: Any) -> Any:
        self.script.rollouts.append(lm_kwargs.get("rollout_id"))
        return await super().acall(lm, lm_kwargs, **rest)


def _marked(fields: dict[str, str]) -> str:
    return "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in [*fields.items(), ("completed", "")])


Scripted = Callable[[dict[str, list[Any]]], AbstractContextManager[Script]]


@pytest.fixture
def scripted() -> Scripted:
    """Speak, inside the block, to a model that gives these replies; it keeps what it was asked."""

    @contextmanager
    def speak(replies: dict[str, list[Any]]) -> Iterator[Script]:
        script = Script(replies)
        lm = dspy.LM(
            "scripted/model",
            engine=script,
            async_engine=AsyncScript(script),
            cache=False,
            temperature=1.0,
            num_retries=0,
        )
        with speaking(lm, adapter=Noting(script)):
            yield script

    return speak


@pytest.fixture(scope="session")
def peaks() -> Database:
    columns = (
        Column(name="name", header="Name", type="text"),
        Column(name="height_m", header="Height (m)", type="integer"),
        Column(name="First ascent", header="First ascent", type="date"),
    )
    rows = (
        ("Mount Everest", 8849, "1953-05-29"),
        ("K2", 8611, "1954-07-31"),
        ("Lhotse", 8516, "1956-05-18"),
        ("Makalu", 8485, "1955-05-15"),
    )
    other = Table(name="rivers", columns=(Column(name="length_km", header="", type="integer"),), rows=((6650,),))
    return Database.of((Table(name="mountains", columns=columns, rows=rows), other))


@pytest.fixture(scope="session")
def highest() -> Seed:
    return Seed(kind="model", text="Mount Everest is the highest.", source_ids=("mountains",), columns=("height_m",))
