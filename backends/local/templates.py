"""How turns become what a model reads: one reading for asking and for training, the same on every day."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import TemplateError

from ...errors import ConfigError
from .asks import RefusedError

DATE = "26 Jul 2024"
"""The day that templates are told: what a model reads may not change at midnight. Llama's templates default to it."""
_CLOCK = (
    "{% macro strftime_now(format) %}{{ format.replace('%d', '26').replace('%b', 'Jul').replace('%B', 'July')"
    ".replace('%m', '07').replace('%Y', '2024').replace('%y', '24').replace('%A', 'Friday').replace('%a', 'Fri')"
    ".replace('%H', '00').replace('%M', '00').replace('%S', '00') }}{% endmacro %}\n"
)
"""Put before a template, it hides the clock that transformers gives to templates."""
IGNORED = -100
"""Label of a token that is not learned."""
Turns = Sequence[Mapping[str, Any]]


def render(tokenizer: Any, turns: Turns, *, asking: bool = True) -> str:
    """Render turns as text; a system text that the template refuses goes into the first user turn.

    Args:
        tokenizer: With the template.
        turns: With `role` and `content`.
        asking: Up to where the model answers; False: the whole conversation.

    Raises:
        RefusedError: the template refuses the turns.
    """
    try:
        return _rendered(tokenizer, turns, asking)
    except TemplateError as error:
        refusal = error
    if turns and turns[0]["role"] == "system":
        try:
            return _rendered(tokenizer, _folded(turns), asking)
        except TemplateError as error:
            refusal = error
    raise RefusedError(f"The model's chat template refuses these turns: {_first_line(refusal)}") from refusal


def _rendered(tokenizer: Any, turns: Turns, asking: bool) -> str:
    template = tokenizer.get_chat_template()
    more = {"chat_template": _CLOCK + template} if "strftime_now" in template else {}
    text = tokenizer.apply_chat_template(
        [dict(turn) for turn in turns],
        tokenize=False,
        add_generation_prompt=asking,
        enable_thinking=False,  # what is trained are answers alone
        date_string=DATE,
        **more,
    )
    return str(text)


def _folded(turns: Turns) -> list[dict[str, Any]]:
    system, *rest = map(dict, turns)
    first = next((turn for turn in rest if turn["role"] == "user"), None)
    if first is None:
        return [{**system, "role": "user"}, *rest]
    first["content"] = f"{system['content']}\n\n{first['content']}"
    return rest


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def check_tokenizer(tokenizer: Any, name: str) -> None:
    """Check that a tokenizer spells, and that its chat template is one.

    Raises:
        ConfigError: it does not; the message names the model.
    """
    if tokenizer.chat_template is None:
        raise ConfigError(f"The model {name!r} has no chat template, so it cannot be asked in turns.")
    if not encode(tokenizer, "a"):
        raise ConfigError(f"The model {name!r} has a tokenizer that knows no letters: its files are missing or broken.")
    from transformers.utils.chat_template_utils import render_jinja_template

    try:  # without a conversation it is parsed only
        render_jinja_template([], chat_template=tokenizer.get_chat_template())
    except (TemplateError, ValueError) as error:
        raise ConfigError(f"The chat template of the model {name!r} is broken: {_first_line(error)}") from error


def encode(tokenizer: Any, text: str) -> list[int]:
    """Tokenise a rendered text (the chat template has already put in the special tokens)."""
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def turn_end(tokenizer: Any) -> int | None:
    """Return the special token with which the template ends what a model says; None if it ends it with none."""
    said = "zq"
    try:
        text = render(
            tokenizer, [{"role": "user", "content": "a"}, {"role": "assistant", "content": said}], asking=False
        )
    except RefusedError:
        return None
    _, found, after = text.rpartition(said)
    specials = {str(token): number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    ends = [token for token in specials if found and after.lstrip().startswith(token)]
    return specials[max(ends, key=len)] if ends else None


def learned_row(tokenizer: Any, turns: Turns, end: str) -> dict[str, list[int]]:
    """Tokenise a conversation for training: exactly what the model is asked, then what it is to say, and its end.

    Args:
        tokenizer: With the template.
        turns: The assistant's last.
        end: Text of the token that ends a turn.

    Raises:
        RefusedError: the template refuses the turns.
        ConfigError: what the assistant says is no text.
    """
    said = turns[-1]["content"]
    if not isinstance(said, str):
        raise ConfigError("A row cannot be learned: what the assistant says in it is no text.")
    prompt = render(tokenizer, turns[:-1])
    whole = render(tokenizer, turns, asking=False)
    text = whole if _answers(whole, prompt, said, end) else prompt + said + end
    asked, ids = encode(tokenizer, prompt), encode(tokenizer, text)
    if ids[: len(asked)] != asked:  # letters of both sides became one token, which nobody is asked after
        ids = [*asked, *encode(tokenizer, said), *encode(tokenizer, end)]
    return {"input_ids": ids, "labels": [*[IGNORED] * len(asked), *ids[len(asked) :]]}


def _answers(whole: str, prompt: str, said: str, end: str) -> bool:
    """Tell whether a rendered conversation is the prompt, the bare answer and its end, whatever white space it adds."""
    answer = whole.removeprefix(prompt).lstrip()
    bare = answer.startswith(said.strip()) and answer[len(said.strip()) :].lstrip().startswith(end)
    return whole.startswith(prompt) and bare
