"""How a prompted model is asked: dspy's own chat and JSON forms, byte for byte, made fast and with one mending.

dspy works out a signature's instructions, schemas and validators anew at every call; here they are kept.
A reply that is cut off is never taken for an answer. One that is empty, cut off or out of form is asked for once more,
with the error; the model's `on_fault` is told of both.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import dspy
from dspy.adapters.chat_adapter import field_header_pattern
from dspy.adapters.types import History, Type
from dspy.adapters.types.base_type import CUSTOM_TYPE_START_IDENTIFIER
from dspy.adapters.utils import apply_output_field_defaults
from dspy.clients.execution import PreparedCall, _canonical
from dspy.utils.exceptions import AdapterParseError

from ...data.records import content_id
from ...signatures.mending import CUT_OFF, EMPTY, OUT_OF_FORM
from ..faults import UNFINISHED, Fault, Kind, unheard
from .sending import Reply, Rows, asend, read_reply, send, wants_more
from .values import read, spell

_LONGEST_ERROR = 300


class Unread(AdapterParseError):  # type: ignore[misc]  # dspy is untyped
    """A reply that is no answer."""

    kind: Kind = "out_of_form"
    truncated = False
    """It was cut off at `max_tokens`."""
    brief = ""
    """What is wrong, as the model is told."""


class _Prompted:
    """What both forms share; mixed in front of one of dspy's adapters."""

    form: str
    """The dspy adapter whose prompts these are."""

    def __call__(self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: Any, inputs: dict[str, Any]) -> Any:
        """Ask, and once more if need be; raises AdapterParseError, or dspy's LM errors."""
        if not _is_plain(signature) or wants_more(lm, lm_kwargs):
            return super().__call__(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[misc]  # the adapter has it
        self._prepare(lm, lm_kwargs, signature)
        rows = self.format(signature, demos, inputs)
        reply = send(lm, rows, lm_kwargs)
        try:
            return [self._answer(signature, reply)]
        except Unread as error:
            again, this = self._mending(lm, error, rows, reply, lm_kwargs)
            return [self._mended(lm, error, signature, send(lm, again, lm_kwargs), this)]

    async def acall(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: Any, inputs: dict[str, Any]
    ) -> Any:
        """Ask without blocking; raises what `__call__` raises."""
        if not _is_plain(signature) or wants_more(lm, lm_kwargs):
            return await super().acall(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[misc]  # likewise
        self._prepare(lm, lm_kwargs, signature)
        rows = self.format(signature, demos, inputs)
        reply = await asend(lm, rows, lm_kwargs)
        try:
            return [self._answer(signature, reply)]
        except Unread as error:
            again, this = self._mending(lm, error, rows, reply, lm_kwargs)
            return [self._mended(lm, error, signature, await asend(lm, again, lm_kwargs), this)]

    def _prepare(self, lm: Any, lm_kwargs: dict[str, Any], signature: Any) -> None:
        for name in ("tools", "tool_choice", "parallel_tool_calls"):
            lm_kwargs.pop(name, None)

    def _answer(self, signature: Any, reply: Reply) -> dict[str, Any]:
        """Read a reply; raises Unread if it is no answer."""
        if reply.finish == "length":
            raise self._unread("cut_off", signature, reply, "The reply was cut off at max_tokens.")
        if reply.finish == "content_filter":
            raise self._unread("filtered", signature, reply, "The reply was withheld by the server's content filter.")
        if not reply.text.strip():
            raise self._unread("empty", signature, reply, "The LM returned an empty or null response.")
        try:
            fields = self.parse(signature, reply.text)  # type: ignore[attr-defined]  # the adapter has it
        except AdapterParseError as error:
            said = str(error).split("\n\n")[0]
            raise self._unread("out_of_form", signature, reply, _shortened(said, signature, error)) from error
        return dict(fields)

    def _call_postprocess(self, processed: Any, signature: Any, outputs: Any, lm: Any, lm_kwargs: Any) -> Any:
        """Read what dspy's general way brought; raises Unread if a reply is unfinished."""
        for reply in (read_reply([output]) for output in outputs):
            if reply.finish in UNFINISHED:
                self._answer(signature, reply)
        return super()._call_postprocess(processed, signature, outputs, lm, lm_kwargs)  # type: ignore[misc]  # likewise

    def _unread(self, kind: Kind, signature: Any, reply: Reply, message: str) -> Unread:
        error = Unread(self.form, signature, reply.text, message)
        error.kind, error.truncated, error.brief = kind, kind == "cut_off", message
        return error

    def _mending(
        self, lm: Any, error: Unread, rows: Rows, reply: Reply, settings: Mapping[str, Any]
    ) -> tuple[Rows, str]:
        """Return the turns that ask once more, and a hash of the bad reply; raises the error where that is no use."""
        this = content_id(*rows, settings.get("rollout_id"), reply.text)
        getattr(lm, "on_fault", unheard)(Fault(kind=error.kind, reply=this))
        if error.kind == "filtered":
            raise error
        wish = {"cut_off": CUT_OFF, "empty": EMPTY}.get(error.kind) or OUT_OF_FORM.format(error=error.brief)
        if not reply.text.strip():
            return _told(rows, wish), this
        return [*rows, {"role": "assistant", "content": reply.text}, {"role": "user", "content": wish}], this

    def _mended(self, lm: Any, first: Unread, signature: Any, reply: Reply, this: str) -> dict[str, Any]:
        """Read the second reply to what went wrong in `this`; raises Unread if it is no better."""
        on_fault = getattr(lm, "on_fault", unheard)
        try:
            fields = self._answer(signature, reply)
        except Unread as error:
            on_fault(Fault(kind=error.kind, reply=content_id(this, reply.text)))
            raise
        on_fault(Fault(kind=first.kind, reply=this, mended=True))
        return fields

    def format(self, signature: Any, demos: Any, inputs: dict[str, Any]) -> Rows:
        """Give the turns to send, the same as dspy's."""
        kind: Any = type(self)
        rows: Rows = [{"role": "system", "content": _system(kind, signature)}]
        rows.extend(self.format_demos(signature, demos))  # type: ignore[attr-defined]  # the adapter has it
        content = self.format_user_message_content(signature, dict(inputs), main_request=True)
        if content:
            rows.append({"role": "user", "content": content})
        if any(CUSTOM_TYPE_START_IDENTIFIER in row["content"] for row in rows):
            return list(super().format(signature, demos, inputs))  # type: ignore[misc]  # likewise
        return rows

    def format_user_message_content(
        self,
        signature: Any,
        inputs: Mapping[str, Any],
        prefix: str = "",
        suffix: str = "",
        main_request: bool = False,
    ) -> str:
        """Give a user turn, the same as dspy's."""
        fields = _inputs(signature)
        said = [f"[[ ## {name} ## ]]\n{spell(info, inputs.get(name))}" for name, info in fields if name in inputs]
        kind: Any = type(self)
        wish = [_requirements(kind, signature)] if main_request else []
        return "\n\n".join([prefix, *said, *wish, suffix]).strip()


class PromptedChat(_Prompted, dspy.ChatAdapter):  # type: ignore[misc]  # dspy is untyped
    """dspy's chat form: every field under a header `[[ ## name ## ]]`."""

    form = "ChatAdapter"

    def __init__(self, callbacks: list[Any] | None = None) -> None:
        super().__init__(callbacks=callbacks, use_json_adapter_fallback=False)

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """Read a reply as dspy does; raises AdapterParseError."""
        outputs, found = _outputs(signature), dict[str, Any]()
        for name, text in _sections(completion):
            if name in outputs and name not in found:
                try:
                    found[name] = read(text, outputs[name].annotation)
                except ValueError as error:
                    message = f"Failed to parse field {name}: {error}"
                    raise AdapterParseError(self.form, signature, completion, message) from error
        whole = found if len(found) == len(outputs) else apply_output_field_defaults(signature, found)
        if whole.keys() != outputs.keys():
            lacking: Any = whole  # dspy takes the fields that were read, whatever its annotation says
            raise AdapterParseError(self.form, signature, completion, parsed_result=lacking)
        return whole


class PromptedJSON(_Prompted, dspy.JSONAdapter):  # type: ignore[misc]  # dspy is untyped
    """dspy's JSON form, with the schema of the outputs where the server or model keeps to one."""

    form = "JSONAdapter"

    def _prepare(self, lm: Any, lm_kwargs: dict[str, Any], signature: Any) -> None:
        super()._prepare(lm, lm_kwargs, signature)
        if isinstance(getattr(lm, "engine", None), str):
            self._prepare_response_format(lm, lm_kwargs, signature)
        elif "response_format" in lm.supported_params:
            lm_kwargs["response_format"] = _schema(signature, lm.supports_response_schema)


def _sections(text: str) -> list[tuple[str, str]]:
    """Divide a reply at its headers, as dspy does."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        header = field_header_pattern.match(line.strip())
        if header:
            rest = line[header.end() :].strip()
            found.append((header.group(1), [rest] if rest else []))
        else:
            found[-1][1].append(line)
    return [(name, "\n".join(lines).strip()) for name, lines in found]


def _shortened(said: str, signature: Any, error: AdapterParseError) -> str:
    """Word what is wrong for the model: the fields that are missing, or what the parser says."""
    if error.parsed_result is not None:
        missing = [name for name in signature.output_fields if name not in error.parsed_result]
        if missing:
            return f"it lacks {', '.join(missing)}."
    return " ".join(said.split())[:_LONGEST_ERROR]


def _told(rows: Rows, wish: str) -> Rows:
    *before, last = rows
    return [*before, {**last, "content": f"{last['content']}\n\n{wish}"}]


@lru_cache(maxsize=512)
def _inputs(signature: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(signature.input_fields.items())


@lru_cache(maxsize=512)
def _outputs(signature: Any) -> dict[str, Any]:
    return dict(signature.output_fields)


@lru_cache(maxsize=512)
def _system(kind: Any, signature: Any) -> str:
    return str(kind().format_system_message(signature))


@lru_cache(maxsize=512)
def _requirements(kind: Any, signature: Any) -> str:
    return str(kind().user_message_output_requirements(signature))


@lru_cache(maxsize=512)
def _is_plain(signature: Any) -> bool:
    """Tell whether no field needs what only dspy's general way has: conversations, tools, images."""
    fields = signature.fields.values()
    return not any(
        field.annotation is History or Type.extract_custom_type_from_annotation(field.rebuild_annotation())
        for field in fields
    )


@lru_cache(maxsize=512)
def _schema(signature: Any, strict: bool) -> Any:
    """Return the response format that dspy's JSON adapter sends, in its canonical spelling."""
    from dspy.adapters.json_adapter import _get_structured_outputs_response_format, _has_open_ended_mapping

    if not strict or _has_open_ended_mapping(signature):
        return {"type": "json_object"}
    wanted = _get_structured_outputs_response_format(signature, True)
    legacy = {"model": "any", "messages": [{"role": "user", "content": "any"}], "response_format": wanted}
    return _canonical(PreparedCall(None, None, {}, legacy, None, False, 1, True)).config.response_format
