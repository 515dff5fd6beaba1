"""The prompted forms: for all our signatures the same requests as dspy's, and what becomes of bad replies."""

from typing import Any

import dspy
import pytest
from dspy.lm15 import Message, Request, Response, TextPart, Usage
from dspy.utils.exceptions import AdapterParseError

from source2synth import signatures
from source2synth.backends.adapters import PromptedChat, PromptedJSON
from source2synth.backends.faults import Fault

ALL = sorted(
    (one for one in vars(signatures).values() if isinstance(one, type) and issubclass(one, dspy.Signature)),
    key=lambda one: one.__name__,
)
PAIRS = [(PromptedChat, dspy.ChatAdapter), (PromptedJSON, dspy.JSONAdapter)]


class Engine:
    """Keeps what it is asked, and replies in turn."""

    supported_params = frozenset({"temperature", "max_tokens", "response_format"})
    supports_response_schema = True

    def __init__(self, *replies: str | tuple[str, str]) -> None:
        self.replies, self.requests = list(replies), list[Request]()

    def complete(self, request: Request) -> Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if self.replies else "nothing"
        text, finish = (reply, "stop") if isinstance(reply, str) else reply
        return Response(None, request.model, Message.assistant([TextPart(text)]), finish, Usage(1, 1))  # type: ignore[arg-type]

    def __deepcopy__(self, memo: object) -> "Engine":
        return self


def value(annotation: Any, name: str) -> Any:
    """Make a value of a type, with texts that need care."""
    if annotation is str:
        return f"  <{name}> ünï \u2028 «x»\n[[ ## {name} ## ]]\n"
    if annotation is int:
        return 7
    if annotation is bool:
        return True
    if annotation is float:
        return 0.5
    origin, arguments = getattr(annotation, "__origin__", None), getattr(annotation, "__args__", ())
    if origin is list:
        return [value(arguments[0], name), value(arguments[0], f"{name} 2")]
    if hasattr(annotation, "model_fields"):
        return annotation(**{one: value(info.annotation, one) for one, info in annotation.model_fields.items()})
    return arguments[0]  # of a Literal


def asked(adapter: Any, signature: Any, demos: list[dict[str, Any]], **settings: Any) -> Request:
    engine = Engine()
    lm = dspy.LM("scripted/one", engine=engine, cache=False, temperature=0.3, max_tokens=900)
    inputs = {name: value(info.annotation, name) for name, info in signature.input_fields.items()}
    predict = dspy.Predict(signature)
    predict.demos = demos
    with dspy.context(lm=lm, adapter=adapter), pytest.raises(AdapterParseError):
        predict(**inputs, config={"rollout_id": 3, **settings})
    return engine.requests[0]


def demos_of(signature: Any) -> list[dict[str, Any]]:
    whole = {name: value(info.annotation, name) for name, info in signature.fields.items()}
    half = dict(list(whole.items())[:1] + list(whole.items())[-1:])
    return [whole, half, {"of": "no field"}]


@pytest.mark.parametrize("signature", ALL, ids=lambda one: one.__name__)
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_requests_are_dspy_s_own_byte_for_byte(ours: Any, theirs: Any, signature: Any) -> None:
    for demos in ([], demos_of(signature)):
        assert asked(ours(), signature, demos) == asked(theirs(), signature, demos)


@pytest.mark.parametrize("signature", ALL, ids=lambda one: one.__name__)
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_replies_are_read_as_dspy_reads_them(ours: Any, theirs: Any, signature: Any) -> None:
    outputs = {name: value(info.annotation, name) for name, info in signature.output_fields.items()}
    told = theirs().format_assistant_message_content(signature, outputs)
    for text in (told, f"Sure!\n{told}", told[: len(told) // 2], "", "{}", told.replace('"', "'")):
        assert parsed(ours(), signature, text) == parsed(theirs(), signature, text)


def parsed(adapter: Any, signature: Any, text: str) -> Any:
    try:
        return adapter.parse(signature, text)
    except AdapterParseError:
        return "unread"


SQL = signatures.WriteQuery
GOOD = "[[ ## reasoning ## ]]\nIt counts.\n\n[[ ## query ## ]]\nSELECT COUNT(*) FROM lakes\n\n[[ ## completed ## ]]"
CUT = "[[ ## reasoning ## ]]\nIt counts.\n\n[[ ## query ## ]]\nSELECT COUNT(*) FR"
INPUTS = {"table": "t lakes", "fact": "There are 3.", "level": "easy", "dialect": "sqlite"}


def told(*replies: Any) -> tuple[Any, list[Request], list[Fault]]:
    engine, faults = Engine(*replies), list[Fault]()
    lm: Any = dspy.LM("scripted/one", engine=engine, cache=False)
    lm.on_fault = faults.append
    with dspy.context(lm=lm, adapter=PromptedChat()):
        try:
            answer = dspy.Predict(SQL)(**INPUTS).query.sql
        except AdapterParseError as error:
            answer = error
    return answer, engine.requests, faults


@pytest.mark.parametrize(
    ("bad", "kind", "wish"),
    [
        ("[[ ## reasoning ## ]]\nIt counts.", "out_of_form", "it lacks query."),
        ("[[ ## reasoning ## ]]\nx\n\n[[ ## query ## ]]\n[1, 2]", "out_of_form", "Failed to parse field query"),
        (("", "stop"), "empty", "was empty"),
        ((CUT, "length"), "cut_off", "too long"),
    ],
)
def test_a_reply_nearly_right_is_asked_for_once_more_with_the_error(bad: Any, kind: str, wish: str) -> None:
    answer, requests, faults = told(bad, GOOD)
    assert answer == "SELECT COUNT(*) FROM lakes"
    assert len(requests) == 2
    assert wish in requests[1].messages[-1].text
    assert [(fault.kind, fault.mended) for fault in faults] == [(kind, False), (kind, True)]


def test_a_reply_that_stays_bad_is_an_error_after_two_asks() -> None:
    answer, requests, faults = told("garbage", (CUT, "length"), GOOD)
    assert isinstance(answer, AdapterParseError)
    assert answer.truncated
    assert len(requests) == 2
    assert [fault.kind for fault in faults] == ["out_of_form", "cut_off"]
    assert len({fault.reply for fault in faults}) == 2


def test_a_filtered_reply_is_not_asked_for_again() -> None:
    answer, requests, faults = told(("", "content_filter"), GOOD)
    assert "content filter" in str(answer)
    assert (len(requests), [fault.kind for fault in faults]) == (1, ["filtered"])
