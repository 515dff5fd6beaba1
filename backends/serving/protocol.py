"""What clients may ask of the server: the part of OpenAI's chat completions that a local model can do."""

import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

MOST_CHOICES = 16
"""Replies to one request."""
MOST_TURNS = 256
LONGEST_REPLY = 8192
"""Tokens that may be asked for."""
_UNABLE: Mapping[str, tuple[Any, ...]] = {
    "tools": (), "functions": (), "logprobs": (), "top_logprobs": (), "logit_bias": (), "frequency_penalty": (),
    "presence_penalty": (), "best_of": (1,), "top_k": (-1,), "min_p": (), "typical_p": (1,), "repetition_penalty": (1,),
    "length_penalty": (1,), "min_tokens": (), "ignore_eos": (), "stop_token_ids": (), "bad_words": (),
    "use_beam_search": (), "prediction": (), "audio": (), "modalities": (["text"],), "guided_json": (),
    "guided_regex": (), "guided_choice": (), "guided_grammar": (), "structured_outputs": (), "chat_template": (),
    "chat_template_kwargs": (), "continue_final_message": (),
}  # fmt: skip
"""Fields of OpenAI and of other servers that would change the answer, with the values, beside none, that would not."""


class Body(BaseModel):
    """Root of what clients send."""

    @model_validator(mode="before")
    @classmethod
    def _whole_letters(cls, values: Any) -> Any:
        """Refuse halves of letters: JSON can spell them, and no tokenizer reads them."""
        try:
            json.dumps(values, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError as error:
            raise ValueError("a text holds half a letter (a lone surrogate), which no model can read") from error
        except RecursionError as error:
            raise ValueError("it is nested too deep") from error
        return values


class TextPart(BaseModel):
    """A piece of a message."""

    type: Literal["text"]
    text: str


class Turn(BaseModel):
    """One message."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart] | None = None
    """None is nothing said, which only the assistant does."""
    tool_calls: list[Any] | None = None
    function_call: Any = None

    @field_validator("content", mode="before")
    @classmethod
    def _text_only(cls, content: Any) -> Any:
        parts = content if isinstance(content, list) else []
        if any(isinstance(part, dict) and part.get("type", "text") != "text" for part in parts):
            raise ValueError("this model reads text only")
        return content

    @model_validator(mode="after")
    def _said(self) -> Self:
        if self.tool_calls or self.function_call:
            raise ValueError("this model does not take calls of tools")
        if self.content is None and self.role != "assistant":
            raise ValueError("`content` is missing")
        return self

    @property
    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class NamedSchema(BaseModel):
    """A JSON schema as a client hands it over."""

    wanted: dict[str, Any] | None = Field(default=None, alias="schema")


class ResponseFormat(BaseModel):
    """What a reply is held to."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: NamedSchema | None = None


class StreamOptions(BaseModel):
    """What a stream tells besides the text."""

    include_usage: bool = False


class ChatRequest(Body):
    """A request for chat completions; fields that would change the answer and cannot be honoured are refused."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[Turn] = Field(min_length=1, max_length=MOST_TURNS)
    max_tokens: int | None = Field(default=None, ge=1, le=LONGEST_REPLY)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=LONGEST_REPLY)
    temperature: float = Field(default=1.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    n: int = Field(default=1, ge=1, le=MOST_CHOICES)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    stop: list[str] = Field(default=[], max_length=4)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    response_format: ResponseFormat | None = None

    @field_validator("stop", mode="before")
    @classmethod
    def _stops(cls, stop: object) -> object:
        return [] if stop is None else [stop] if isinstance(stop, str) else stop

    @field_validator("temperature", "top_p", "n", "stream", "stream_options", mode="before")
    @classmethod
    def _null_is_default(cls, value: object, info: Any) -> object:
        return cls.model_fields[info.field_name].default if value is None else value

    @model_validator(mode="after")
    def _able(self) -> Self:
        extra = self.model_extra or {}
        unable = [name for name, idle in _UNABLE.items() if extra.get(name) and extra[name] not in idle]
        if unable:
            raise ValueError(f"this model does not take {', '.join(unable)}")
        if any(not text for text in self.stop):
            raise ValueError("an empty text in `stop` would end every reply at once")
        return self

    @property
    def has_system(self) -> bool:
        """Some turn is the system's."""
        return any(turn.role in ("system", "developer") for turn in self.messages)

    @property
    def limit(self) -> int | None:
        """Most tokens of a reply."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def wanted_schema(self) -> dict[str, Any] | None:
        """The JSON schema that the reply is to keep to."""
        wanted = self.response_format
        if wanted is None or wanted.type == "text":
            return None
        named = wanted.json_schema if wanted.type == "json_schema" else None
        return (named and named.wanted) or {"type": "object"}


class SolveRequest(Body):
    """A question for the solver itself."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=20_000)
    model: str | None = None
    """Name of one of the models; the first if left out."""
    tables: list[str] | None = Field(default=None, max_length=64)
    """Of a run on tables: names of the tables to ask about; the one that fits the question best if left out."""
    documents: list["Given"] | None = Field(default=None, max_length=64)
    """Of a run on documents: what to read; the run's passages that fit the question best if left out."""


class Given(BaseModel):
    """A document that comes with a question."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=1_000)
    text: str = Field(max_length=200_000)
