"""CompactAdapter: how a fine-tuned student is asked: bare values, the same bytes as in its training rows."""

import re
from functools import lru_cache
from typing import Any, NamedTuple

import dspy
from dspy.adapters.utils import format_field_value, parse_value
from dspy.lm15 import Config, Message, Request, Response
from dspy.utils.exceptions import AdapterParseError

from ..local.fingerprint import check_signature

_CONFIG_KEYS = frozenset({"temperature", "max_tokens", "top_p", "seed", "stop"})
_CALL_KEYS = _CONFIG_KEYS | {"rollout_id", "cache"}


class _Layout(NamedTuple):
    """What the adapter needs of a signature, looked up once."""

    inputs: tuple[tuple[str, Any], ...]
    """Names and pydantic field infos, in order."""
    outputs: tuple[tuple[str, Any], ...]
    header: re.Pattern[str] | None
    """Finds `name: ` at the start of a line; None if there is one output."""


@lru_cache(maxsize=256)
def _layout(signature: Any) -> _Layout:
    outputs = tuple(signature.output_fields.items())
    names = "|".join(re.escape(name) for name, _ in outputs)
    header = re.compile(rf"^({names}):[ \t]?", re.MULTILINE) if len(outputs) > 1 else None
    return _Layout(tuple(signature.input_fields.items()), outputs, header)


def _text(info: Any, value: Any) -> str:
    return value if isinstance(value, str) else str(format_field_value(field_info=info, value=value))


class CompactAdapter(dspy.ChatAdapter):  # type: ignore[misc]  # dspy is untyped
    r"""Asks with bare values: a fine-tuned model needs no instructions.

    - The user turn is the values of the inputs, each on its own line, the last one after `q `.
    - The assistant turn is the value of the output; with several outputs, one `name: value` line each.
    - No system turn. Demos, if there are any, are earlier turns.
    - A reply that is empty, lacks an output, or was cut off at `max_tokens` is an `AdapterParseError`
      (cut off: with `truncated = True` on the error). There is no second attempt through JSON.

    A `rollout_id` without a `seed` is sent as the seed, so that k rollouts are k different tries.

    Example:
        >>> import dspy
        >>> signature = dspy.Signature("table, question -> sql")
        >>> row = CompactAdapter().format_finetune_data(
        ...     signature, [], {"table": "t a\nc b", "question": "How many?"}, {"sql": "SELECT 1"}
        ... )
        >>> [turn["content"] for turn in row["messages"]]
        ['t a\nc b\nq How many?', 'SELECT 1']
    """

    def __init__(self, callbacks: list[Any] | None = None) -> None:
        super().__init__(callbacks=callbacks, use_json_adapter_fallback=False)

    def __call__(
        self,
        lm: Any,
        lm_kwargs: dict[str, Any],
        signature: Any,
        demos: list[dict[str, Any]],
        inputs: dict[str, Any],
    ) -> list[dict[str, Any]]:
        """Ask; raises AdapterParseError, dspy's LM errors, or ConfigError if the model was trained for other fields."""
        check_signature(lm.model, signature)
        call = self._request(lm, lm_kwargs, signature, demos, inputs)
        if call is None:
            return super().__call__(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[no-any-return]  # dspy is untyped
        request, controls = call
        return [self._read(signature, lm(request=request, **controls))]

    async def acall(
        self,
        lm: Any,
        lm_kwargs: dict[str, Any],
        signature: Any,
        demos: list[dict[str, Any]],
        inputs: dict[str, Any],
    ) -> list[dict[str, Any]]:
        """Ask without blocking; raises what `__call__` raises."""
        check_signature(lm.model, signature)
        call = self._request(lm, lm_kwargs, signature, demos, inputs)
        if call is None:
            return await super().acall(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[no-any-return]  # dspy is untyped
        request, controls = call
        return [self._read(signature, await lm.acall(request=request, **controls))]

    def _request(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: Any, inputs: dict[str, Any]
    ) -> tuple[Request, dict[str, Any]] | None:
        """Build the typed request, or None where only dspy's general path carries the settings (`n`, hosted models)."""
        if isinstance(getattr(lm, "engine", "auto"), str):
            return None
        settings = {key: value for key, value in {**lm.kwargs, **lm_kwargs}.items() if value is not None}
        if not settings.keys() <= _CALL_KEYS:
            return None
        controls = {key: settings.pop(key) for key in ("rollout_id", "cache") if key in settings}
        if "rollout_id" in controls:
            settings.setdefault("seed", controls["rollout_id"])
        turns = tuple(
            Message.user(turn["content"]) if turn["role"] == "user" else Message.assistant(turn["content"])
            for turn in self.format(signature, demos, inputs)
        )
        return Request(model=lm.model, messages=turns, config=Config(**settings)), controls

    def _read(self, signature: Any, response: Response) -> dict[str, Any]:
        text = response.text or ""
        if response.finish_reason == "length":
            error = self._error(signature, text, "The reply was cut off at max_tokens.")
            error.truncated = True
            raise error
        return self.parse(signature, text)

    def format(self, signature: Any, demos: list[dict[str, Any]], inputs: dict[str, Any]) -> list[dict[str, Any]]:
        """Give the turns to send: one user turn, after the demos' turns."""
        turns = []
        for demo in demos:
            if all(demo.get(name) is not None for name in signature.fields):
                turns.append({"role": "user", "content": self.format_user_message_content(signature, demo)})
                turns.append({"role": "assistant", "content": self.format_assistant_message_content(signature, demo)})
        turns.append({"role": "user", "content": self.format_user_message_content(signature, inputs)})
        return turns

    def format_user_message_content(
        self,
        signature: Any,
        inputs: dict[str, Any],
        prefix: str = "",
        suffix: str = "",
        main_request: bool = False,
    ) -> str:
        """Give the user turn: bare values, the last input after `q `."""
        fields = _layout(signature).inputs
        lines = [_text(info, inputs[name]) for name, info in fields[:-1] if name in inputs]
        name, info = fields[-1]
        return "\n".join([*lines, f"q {_text(info, inputs.get(name, ''))}"])

    def format_assistant_message_content(
        self, signature: Any, outputs: dict[str, Any], missing_field_message: str | None = None
    ) -> str:
        """Give the assistant turn: the bare output, or `name: value` lines; raises KeyError if an output is missing."""
        fields = _layout(signature).outputs
        if len(fields) == 1:
            return _text(fields[0][1], outputs[fields[0][0]])
        return "\n".join(f"{name}: {_text(info, outputs[name])}" for name, info in fields)

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """Read a reply; raises AdapterParseError if it is empty, lacks an output or a value has the wrong type."""
        layout = _layout(signature)
        texts = self._split(layout, completion.strip())
        missing = [name for name, _ in layout.outputs if not texts.get(name)]
        if missing:
            raise self._error(signature, completion, f"The reply has no {', '.join(missing)}.")
        try:
            return {
                name: texts[name] if info.annotation is str else parse_value(texts[name], info.annotation)
                for name, info in layout.outputs
            }
        except ValueError as error:
            raise self._error(signature, completion, f"A value has the wrong type: {error}") from error

    @staticmethod
    def _split(layout: _Layout, text: str) -> dict[str, str]:
        if layout.header is None:
            return {layout.outputs[0][0]: text}
        pieces = layout.header.split(text)[1:]
        return {name: value.strip() for name, value in zip(pieces[::2], pieces[1::2], strict=True)}

    @staticmethod
    def _error(signature: Any, reply: str, message: str) -> Any:
        return AdapterParseError("CompactAdapter", signature, reply, message)
