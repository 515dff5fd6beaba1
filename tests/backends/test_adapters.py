"""The compact form: what is sent, what is read, and that training rows are the same bytes."""

from typing import Any

import dspy
import pytest
from dspy.lm15 import Message, Request, Response, TextPart, Usage
from dspy.utils.exceptions import AdapterParseError

from source2synth.backends import CompactAdapter, make_lm, speaking
from source2synth.backends.local.models import LocalModel, load_base


class AskSQL(dspy.Signature):
    """Instructions that are never sent."""

    table: str = dspy.InputField()
    question: str = dspy.InputField()
    sql: str = dspy.OutputField()


class Judge(dspy.Signature):
    text: str = dspy.InputField()
    reason: str = dspy.OutputField()
    score: int = dspy.OutputField()


class Echo:
    """An engine that says what it is told to, and keeps the requests."""

    supported_params = frozenset({"temperature", "seed"})

    def __init__(self, text: str, finish: str = "stop") -> None:
        self.text, self.finish, self.requests = text, finish, []  # type: ignore[var-annotated]

    def complete(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(None, request.model, Message.assistant([TextPart(self.text)]), self.finish, Usage(1, 1))  # type: ignore[arg-type]

    def __deepcopy__(self, memo: object) -> "Echo":
        return self


def ask(engine: Echo, signature: Any = AskSQL, **config: Any) -> Any:
    lm = dspy.LM("echo", engine=engine, cache=False)
    inputs = {name: f"<{name}>" for name in signature.input_fields}
    with dspy.context(lm=lm, adapter=CompactAdapter()):
        return dspy.Predict(signature)(**inputs, config=config)


def test_the_user_turn_is_bare_values_with_the_last_one_marked() -> None:
    engine = Echo("SELECT 1")
    assert ask(engine).sql == "SELECT 1"
    (request,) = engine.requests
    assert [(turn.role, turn.text) for turn in request.messages] == [("user", "<table>\nq <question>")]
    assert request.system is None


def test_demos_are_earlier_turns_and_half_ones_are_left_out() -> None:
    whole = {"table": "t a", "question": "x?", "sql": "SELECT a"}
    turns = CompactAdapter().format(AskSQL, [whole, {"table": "t b"}], {"table": "t c", "question": "y?"})
    assert [turn["content"] for turn in turns] == ["t a\nq x?", "SELECT a", "t c\nq y?"]


def test_several_outputs_are_named_lines_that_parse_back() -> None:
    adapter = CompactAdapter()
    values = {"reason": "two lines:\nscore is not a header here", "score": 3}
    text = adapter.format_assistant_message_content(Judge, values)
    assert text == "reason: two lines:\nscore is not a header here\nscore: 3"
    assert adapter.parse(Judge, text) == values


@pytest.mark.parametrize(
    ("signature", "reply"), [(AskSQL, " \n "), (Judge, "reason: only"), (Judge, "reason: a\nscore: many")]
)
def test_a_reply_out_of_form_is_an_error_and_is_asked_once(signature: Any, reply: str) -> None:
    engine = Echo(reply)
    with pytest.raises(AdapterParseError):
        ask(engine, signature)
    assert len(engine.requests) == 1


def test_a_reply_cut_off_is_an_error_that_says_so() -> None:
    with pytest.raises(AdapterParseError, match="cut off") as failure:
        ask(Echo("SELECT a FR", finish="length"))
    assert failure.value.truncated is True


def test_a_rollout_id_reaches_the_engine_as_the_seed_unless_there_is_one() -> None:
    engine = Echo("SELECT 1")
    ask(engine, temperature=0.7, rollout_id=5)
    ask(engine, temperature=0.7, rollout_id=5, seed=8)
    assert [request.config.seed for request in engine.requests] == [5, 8]


async def test_asking_asynchronously_sends_the_same() -> None:
    class Later(Echo):
        async def complete(self, request: Request) -> Response:  # type: ignore[override]
            return super().complete(request)

    engine = Later("SELECT 2")
    lm = dspy.LM("echo", engine=Echo(""), async_engine=engine, cache=False)
    with dspy.context(lm=lm, adapter=CompactAdapter()):
        assert (await dspy.Predict(AskSQL).acall(table="t", question="q")).sql == "SELECT 2"


def test_training_rows_are_what_inference_sends_byte_for_byte(
    small_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = []
    encode = LocalModel.encode
    monkeypatch.setattr(LocalModel, "encode", lambda self, text: prompts.append(text) or encode(self, text))
    inputs = {"table": "t ünï\nc a text | b integer\nr \u2028x | null", "question": "  Höhe?\n"}
    lm = make_lm(small_model, max_tokens=2)
    with speaking(lm), pytest.raises(AdapterParseError):
        dspy.Predict(AskSQL)(**inputs)
    row = CompactAdapter().format_finetune_data(AskSQL, [], inputs, {"sql": "SELECT a FROM ünï"})
    tokenizer, _ = load_base(small_model)
    trained = tokenizer.apply_chat_template(row["messages"], tokenize=False)
    assert trained == prompts[0] + "SELECT a FROM ünï<|end|>"
    assert prompts[0] == f"<|user|>{inputs['table']}\nq {inputs['question']}<|assistant|>"
