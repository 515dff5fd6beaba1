"""`dspy.streamify` over our HTTP engine: pieces as they come, the same answer at the end, no piece twice."""

import asyncio
from typing import Any

import dspy
import pytest

from source2synth.backends import make_lm, speaking
from source2synth.backends.http.sessions import close_sessions_here

from .misbehaving import Misbehaving

REPLY = "[[ ## answer ## ]]\nforty two is what it is\n\n[[ ## completed ## ]]"


def streamed(server: Misbehaving, *, asynchronous: bool) -> tuple[list[str], Any, Any]:
    """Return the pieces, the answer, and the model."""
    lm = make_lm("openai/m", api_base=server.api_base)
    program: Any = dspy.Predict("question -> answer")
    listener = dspy.streaming.StreamListener(signature_field_name="answer")
    streaming = dspy.streamify(program, stream_listeners=[listener], is_async_program=asynchronous)

    async def listen() -> tuple[list[str], Any]:
        pieces, answer = list[str](), None
        async for said in streaming(question="what?"):
            if isinstance(said, dspy.Prediction):
                answer = said
            else:
                pieces.append(said.chunk)
        await close_sessions_here()
        return pieces, answer

    with dspy.context(lm=lm, adapter=dspy.ChatAdapter()):
        pieces, answer = asyncio.run(listen())
    return pieces, answer, lm


@pytest.mark.parametrize("asynchronous", [False, True])
def test_pieces_come_one_by_one_and_make_the_answer(asynchronous: bool) -> None:
    with Misbehaving(lambda body: REPLY) as server:
        pieces, answer, lm = streamed(server, asynchronous=asynchronous)
    assert answer.answer == "forty two is what it is"
    assert len(pieces) > 1
    assert "".join(pieces).strip() == answer.answer
    assert server.bodies[0]["stream_options"] == {"include_usage": True}
    assert (lm.meter.answers, lm.meter.input_tokens, lm.meter.output_tokens) == (1, 50, 10)


def test_a_model_of_this_process_answers_in_one_piece(small_model: str) -> None:
    lm = make_lm(small_model, max_tokens=60, stop=["0"])  # which it writes soon
    streaming = dspy.streamify(dspy.Predict("question -> answer"), is_async_program=True)

    async def listen() -> list[Any]:
        return [said async for said in streaming(question="what?")]

    with speaking(lm):
        *pieces, answer = asyncio.run(listen())
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces).strip() == answer.answer.strip() != ""


def test_what_fails_before_the_first_piece_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source2synth.backends.pace.FIRST_WAIT", 0.01)
    with Misbehaving(lambda body: REPLY, lambda key, before: "" if before else "503") as server:
        pieces, answer, _ = streamed(server, asynchronous=True)
    assert (answer.answer, len(server.bodies)) == ("".join(pieces).strip(), 2)


def test_what_breaks_after_it_is_an_error_and_not_said_twice() -> None:
    with Misbehaving(lambda body: REPLY) as server:
        server.breaks = 5
        with pytest.raises(dspy.utils.exceptions.LMTransportError, match="broke off"):
            streamed(server, asynchronous=True)
        assert len(server.bodies) == 1
