"""The sections of a recipe that name a model: one for each role, all with the same settings."""

import shlex
from typing import Any, Self, get_args

from pydantic import Field, JsonValue, ValidationInfo, field_validator, model_validator

from ..backends.arguments import address_fault, meant_by
from ..backends.local.fingerprint import is_local
from ..data.records import Record

UNKEYED = frozenset({"key_env", "timeout", "concurrency", "price", "serve"})
"""Settings that make no other replies: who pays, how fast, in which process the same weights are."""

OF_MODELS = (
    "api_base", "key_env", "temperature", "max_tokens", "timeout", "concurrency", "extra_body", "price", "structured",
)  # fmt: skip
"""All settings of a model besides its name."""
OF_SERVERS = ("api_base", "key_env", "extra_body", "price")
"""Those of them that a model in this process has no use for."""
OF_ASKING = tuple(name for name in OF_MODELS if name not in OF_SERVERS)
"""Those that any language model is asked with."""


class Section(Record):
    """Root of a recipe and of its sections."""

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value(cls, value: object, info: ValidationInfo) -> object:
        """Refuse what YAML makes of a bare `yes` or `no` where a number or text is wanted: 1, or a name lost."""
        wanted = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and bool not in (wanted, *get_args(wanted)):
            raise ValueError("this is true or false in YAML; write a number, or put text in quotes")
        return value


class Price(Section):
    """What a server charges, in dollars for a million tokens."""

    input: float = Field(ge=0)
    """Tokens of the prompt."""
    output: float = Field(ge=0)
    """Tokens of the reply."""


class ModelRecipe(Section):
    """A model and how it is asked."""

    model: str
    """As litellm spells it, or `local/<folder or hub id>`."""
    api_base: str | None = None
    """Address of the server that has the model, if it is not its provider's own: `http://localhost:8000/v1`."""
    key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """Name of the environment variable that holds the key for `api_base`; the provider's usual one if left out."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """Sampling temperature; the model's own if left out."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Longest reply, in tokens; the server's own limit if left out."""
    timeout: float = Field(default=300.0, gt=0)
    """Seconds for a whole answer of a server."""
    concurrency: int = Field(default=32, ge=1, le=4096)
    """Requests in flight, at most; fewer while the server says that it is overloaded."""
    extra_body: dict[str, JsonValue] = {}
    """More fields of the body of every request to a server: `{top_k: 20}`."""
    price: Price | None = None
    """Where litellm does not know it."""
    structured: bool = False
    """Ask for JSON by a schema, of a server or model that keeps to one."""

    @field_validator("api_base")
    @classmethod
    def _address(cls, address: str | None) -> str | None:
        fault = None if address is None else address_fault(address)
        if fault is not None:
            raise ValueError(fault)
        return address

    @model_validator(mode="after")
    def _fitting_model(self) -> Self:
        if self.model is not None and self.model.strip() and (meant := meant_by(self.model)) != self.model:
            raise ValueError(f"{self.model!r} is not the name of a model; did you mean `{meant}`?")
        given = self.given(OF_SERVERS)
        if given and is_local(str(self.model)):
            raise ValueError(f"`{given[0]}` is for models behind a server; {self.model} runs in this process")
        return self

    def given(self, names: tuple[str, ...] = OF_MODELS) -> list[str]:
        """Return which of these settings are not as they are if left out."""
        return [name for name in names if getattr(self, name) != type(self).model_fields[name].get_default()]

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments of `backends.make_lm` besides the name; what is left out stays out."""
        given = {name: value for name in OF_MODELS if (value := getattr(self, name)) not in (None, {})}
        if self.price is not None:
            given["price"] = (self.price.input, self.price.output)
        return given

    @property
    def identity(self) -> dict[str, JsonValue]:
        """All that makes the replies, and no more: what a stage's key depends on."""
        return self.model_dump(mode="json", exclude=set(UNKEYED))


class RoleRecipe(ModelRecipe):
    """A role that may be left out."""

    model: str | None = None  # type: ignore[assignment]  # wider than in a role that must be there
    """As litellm spells it, or `local/<folder or hub id>`; left out, the role is not filled."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, values: object) -> object:
        return {"model": values} if isinstance(values, str) else values

    @model_validator(mode="after")
    def _named(self) -> Self:
        given = self.given()
        if self.model is None and given:
            raise ValueError(f"`{given[0]}` needs a language model; set `model` to one")
        return self


class ServedRecipe(Section):
    """Of a model of this machine: who asks it."""

    serve: str | None = Field(default=None, pattern=r"^vllm(\s.*)?$")
    """`vllm`, or `vllm` with arguments of its own: the run starts it and asks it; in this process if left out."""

    @model_validator(mode="after")
    def _of_this_machine(self) -> Self:
        if self.serve is None:
            return self
        model = getattr(self, "model", None)
        if not is_local(str(model)):
            raise ValueError(f"`serve` is for models of this machine; set `model` to `local/<folder>`, not to {model}")
        try:
            shlex.split(self.serve)
        except ValueError as error:
            raise ValueError(f"`serve` is not a command line: {error}") from error
        return self

    @property
    def serve_arguments(self) -> list[str]:
        """Arguments for vLLM: `vllm --max-model-len 4096` has two."""
        return shlex.split(self.serve or "")[1:]
