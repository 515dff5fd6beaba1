"""What clients may ask of the server: the part of OpenAI's chat completions that a local model can do."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

MOST_CHOICES = 16
"""Replies to one request."""
MOST_TURNS = 256
LONGEST_REPLY = 8192
"""Tokens that may be asked for."""
_UNABLE = ("tools", "functions", "logprobs", "top_logprobs", "frequency_penalty", "presence_penalty", "logit_bias")


class TextPart(BaseModel):
    """A piece of a message."""

    type: Literal["text"]
    text: str


class Turn(BaseModel):
    """One message."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    @property
    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream tells besides the text."""

    include_usage: bool = False


class ChatRequest(BaseModel):
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
    response_format: dict[str, Any] | None = None

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
        unable = [name for name in _UNABLE if extra.get(name)]
        if unable:
            raise ValueError(f"this model does not take {', '.join(unable)}")
        if any(not text for text in self.stop):
            raise ValueError("an empty text in `stop` would end every reply at once")
        return self

    @property
    def limit(self) -> int | None:
        """Most tokens of a reply."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def wanted_schema(self) -> dict[str, Any] | None:
        """The JSON schema that the reply is to keep to."""
        wanted = self.response_format or {}
        if wanted.get("type") == "json_schema":
            return dict(wanted.get("json_schema", {}).get("schema") or {"type": "object"})
        return {"type": "object"} if wanted.get("type") == "json_object" else None


class SolveRequest(BaseModel):
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
