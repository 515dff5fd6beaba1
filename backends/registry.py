"""From a model's name to a `dspy.LM`, and to the adapter it is asked through."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .arguments import check_address, check_bounds, check_in_process, check_name
from .local.fingerprint import (
    EMBEDDED,
    PREFIX,
    check_adapter,
    check_signature,
    fingerprint_of,
    folder_of,
    is_local,
    looks_like_path,
)

if TYPE_CHECKING:
    import dspy

DEFAULT_MAX_TOKENS = 256
"""Longest reply of a local model, in tokens, unless the caller says otherwise."""
DEFAULT_TIMEOUT = 300.0
"""Seconds for a whole answer of a server."""
DEFAULT_CONCURRENCY = 32
"""Requests in flight to a server."""
OPENAI_SPEAKING = frozenset(
    {"openai", "hosted_vllm", "openai_like", "custom_openai", "litellm_proxy", "lm_studio", "llamafile"}
)
"""Prefixes whose `api_base` speaks the OpenAI protocol."""


def make_lm(
    name: str,
    *,
    api_base: str | None = None,
    key_env: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    concurrency: int = DEFAULT_CONCURRENCY,
    extra_body: Mapping[str, Any] | None = None,
    price: tuple[float, float] | None = None,
    structured: bool = False,
    **settings: Any,
) -> "dspy.LM":
    """Make the language model of that name.

    Names: `tiny` (the embedded student), `local/<folder or hub id>` (in this process), and any other string as
    litellm spells it: `openai/gpt-5-mini`, `ollama_chat/llama3.1`. A model whose `api_base` speaks the OpenAI protocol
    (`openai/…`, `hosted_vllm/…` and others, see `OPENAI_SPEAKING`) is asked by our own engine, any other by litellm.
    Local models can be fine-tuned (`LM.finetune`); hosted ones cannot, so that training data never leaves the machine.

    Args:
        name: The model.
        api_base: Address of the server that has the model, if it is not its provider's own.
        key_env: Environment variable that holds the key of `api_base`, if it is not the provider's usual one.
        timeout: Seconds for a whole answer of a server.
        concurrency: Requests in flight to a server, at most; fewer while it says that it is overloaded. Models of the
            same name and address share the smallest that one of them was given.
        extra_body: More fields of the body of every request to a server: `{"top_k": 20}`.
        price: Dollars for a million tokens of prompt and of reply, where litellm does not know them.
        structured: Ask for JSON by a schema, of a server or model that keeps to one.
        **settings: Defaults of every call (`temperature`, `max_tokens`, ...) and other arguments of `dspy.LM`;
            `engine="litellm"` has litellm ask. DSPy's own cache is off unless `cache=True`.

    Raises:
        ConfigError: a name that no model has (`offline`, an empty one, `Tiny`), a local folder that is not there, an
            `api_base` without `http://` or with more than an address, a key among the settings, or settings that the
            model does not take.
    """
    check_name(name)
    check_bounds(name, timeout=timeout, concurrency=concurrency)
    if "api_key" in settings:
        raise ConfigError(f"{name}: keys are read from the environment only; set {_key_names(name, key_env)[0]}.")
    settings.setdefault("cache", False)
    check_address(name, api_base)
    if is_local(name):
        asked = {"api_base": api_base, "key_env": key_env, "extra_body": extra_body, "price": price}
        check_in_process(name, for_servers=asked, settings=settings)
        return _local_lm(name, settings, structured)
    return _hosted_lm(
        name,
        settings,
        api_base=api_base,
        key_env=key_env,
        timeout=timeout,
        concurrency=concurrency,
        extra_body=extra_body,
        price=price,
        structured=structured,
    )


def _local_lm(name: str, settings: dict[str, Any], structured: bool) -> "dspy.LM":
    if looks_like_path(name) and folder_of(name) is None:
        raise ConfigError(f"There is no model folder {name.removeprefix(PREFIX)!r} for {name!r}.")
    if name in EMBEDDED and not (folder_of(name) or Path()).joinpath("config.json").is_file():
        raise ConfigError(
            f"This installation has no embedded model (data/models/{EMBEDDED[name]}); use a `local/…` model."
        )
    if structured:
        from .local.constraints import check_constrained

        check_constrained()
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its threads and a fork do not go together
    import dspy

    from .local.engine import shared_engines
    from .training.provider import TrlProvider

    engine, async_engine = shared_engines()
    settings.setdefault("max_tokens", DEFAULT_MAX_TOKENS)
    lm: Any = dspy.LM(name, engine=engine, async_engine=async_engine, provider=TrlProvider(), **settings)
    lm.structured = structured
    return lm


def _hosted_lm(
    name: str,
    settings: dict[str, Any],
    *,
    api_base: str | None,
    key_env: str | None,
    timeout: float,
    concurrency: int,
    extra_body: Mapping[str, Any] | None,
    price: tuple[float, float] | None,
    structured: bool,
) -> "dspy.LM":
    # Before litellm is imported: without it litellm fetches a price list from the network.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    from dspy.clients.provider import Provider
    from dspy.utils.exceptions import LMConfigurationError

    from .hosted import HostedLM
    from .http.engine import AsyncHttpEngine, HttpEngine, Meter, Server
    from .pace import pace_of

    prefix, _, bare = name.partition("/")
    address = api_base or _address_in_environment(prefix)
    if settings.get("engine") is None and prefix in OPENAI_SPEAKING:
        check_address(name, address)
    # with and without its last slash it is one server
    meter, pace = Meter(price), pace_of((name, address and address.rstrip("/"), key_env), concurrency)
    if settings.get("engine") is None and address and prefix in OPENAI_SPEAKING:
        server = Server(
            address, bare, key_names=_key_names(name, key_env), seconds=timeout, connections=concurrency,
            extra_body=extra_body, meter=meter,
        )  # fmt: skip
        settings |= {"engine": HttpEngine(server, schemas=structured), "async_engine": AsyncHttpEngine(server)}
    else:
        if key_env is not None:
            raise ConfigError(f"{name}: key_env goes with an `api_base` that speaks the OpenAI protocol.")
        given = {"api_base": api_base, "extra_body": dict(extra_body) if extra_body else None, "timeout": timeout}
        settings |= {key: value for key, value in given.items() if value is not None}
        settings.setdefault("engine", "litellm")
        if prefix == "openai" and address and "OPENAI_API_KEY" not in os.environ:
            settings["api_key"] = "none"  # servers of one's own rarely want a key; litellm always does
    # A bare Provider cannot fine-tune. Left to itself dspy picks OpenAI's, which uploads training data.
    settings.setdefault("provider", Provider())
    try:
        return HostedLM(name, pace=pace, meter=meter, structured=structured, **settings)
    except LMConfigurationError as error:
        raise ConfigError(f"{name}: {error}") from error


def _address_in_environment(prefix: str) -> str | None:
    return os.environ.get(f"{prefix.upper()}_API_BASE") or os.environ.get(f"{prefix.upper()}_BASE_URL")


def _key_names(name: str, key_env: str | None) -> tuple[str, ...]:
    return (key_env,) if key_env else (f"{name.partition('/')[0].upper()}_API_KEY",)


def adapter_for(lm: "dspy.LM") -> "dspy.Adapter":
    """Return the adapter a model is asked through: the compact one where its folder says so, else a prompted form.

    A fine-tuned folder names the form in its `fingerprint.json`; a base that was trained from scratch on the compact
    form says `{"adapter": "CompactAdapter"}` in its `source2synth.json`. Any other model needs instructions: in dspy's
    chat form or, made with `structured=True`, in dspy's JSON form.
    """
    from .adapters import CompactAdapter, PromptedChat, PromptedJSON

    if fingerprint_of(lm.model).get("adapter") == "CompactAdapter":
        return CompactAdapter()
    return PromptedJSON() if getattr(lm, "structured", False) else PromptedChat()


def training_adapter(lm: "dspy.LM") -> "dspy.ChatAdapter":
    """Return the adapter whose rows a model is fine-tuned on: its own if its folder names one, else by where it runs.

    Local models learn the compact form: a fine-tuned model needs no instructions. What they become is asked so, too.
    """
    compact = "CompactAdapter" if is_local(lm.model) else None
    if fingerprint_of(lm.model).get("adapter", compact) == "CompactAdapter":
        from .adapters import CompactAdapter

        return CompactAdapter()
    import dspy

    return dspy.ChatAdapter()


@contextmanager
def speaking(
    lm: "dspy.LM", *, signature: Any = None, adapter: "dspy.Adapter | None" = None, **settings: Any
) -> Iterator[None]:
    """Ask `lm` inside the block, through its own adapter, without keeping a history or a trace.

    Args:
        lm: The model to ask.
        signature: If given, checked against what the model was trained for, before anything is asked.
        adapter: Another adapter than the model's own.
        **settings: More settings of `dspy.context`.

    Raises:
        ConfigError: the model was fine-tuned for another signature or adapter.
    """
    import dspy

    adapter = adapter or adapter_for(lm)
    check_adapter(lm.model, getattr(adapter, "form", type(adapter).__name__))
    if signature is not None:
        check_signature(lm.model, signature)
    bulk = {"disable_history": True, "max_trace_size": 0, "warn_on_type_mismatch": False}
    with dspy.context(**{"lm": lm, "adapter": adapter, **bulk, **settings}):
        yield


def close_engines() -> None:
    """Stop the threads of in-process models and free their weights; asking again starts them anew."""
    import sys

    engine = sys.modules.get(f"{__package__}.local.engine")
    if engine is not None:
        engine.close_shared()
