"""Starts vLLM for local models: on this machine only, with LoRA adapters loaded, and never left behind.

    with vllm_models(["local/models/abc"]) as lms:
        lms["local/models/abc"]("…")

The models keep their names, so they are asked in the form they were trained in; the replies come over HTTP.
Sampling is the request's own: what a model's `generation_config.json` would have vLLM add is left out, as in this
process.
"""

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from ...errors import ConfigError
from ..arguments import check_bounds
from ..local.fingerprint import PREFIX, fingerprint_of, folder_of, read_json
from ..local.templates import DATE

START_SECONDS = 600.0
"""Until it must be healthy: loading weights and capturing graphs take minutes."""
GRACE_SECONDS = 10.0
"""Between asking it to end and making it."""
CONNECTIONS = 256
"""Requests in flight."""
REPLY_SECONDS = 600.0
"""For a whole answer, its wait in line included."""
EXECUTABLE = "vllm"
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""What vLLM takes as the highest rank of adapters (its `MaxLoRARanks`)."""
AT_ONCE = 8
"""Adapters that one of its batches holds; the others wait in the machine's own memory."""


def check_vllm(executable: str = EXECUTABLE) -> str:
    """Return where the program is; raises ConfigError if it is not installed."""
    program = shutil.which(executable)
    if program is None:
        raise ConfigError(f"There is no {executable} here; install it on a machine with a GPU: pip install vllm")
    return program


@contextmanager
def vllm_models(
    models: Sequence[str],
    *,
    executable: str = EXECUTABLE,
    seconds: float = START_SECONDS,
    grace: float = GRACE_SECONDS,
    arguments: Sequence[str] = (),
    **settings: Any,
) -> Iterator[dict[str, Any]]:
    """Serve local models of one base by vLLM inside the block.

    Args:
        models: Names as `make_lm` takes them: one model, or adapters of one base and that base.
        executable: The program.
        seconds: How long it may take until it is healthy.
        grace: How long it may take to end, before it is killed.
        arguments: More of vLLM's own: `--gpu-memory-utilization`, `0.8`. Its address and names stay ours.
        **settings: `timeout`, `concurrency`, `structured` and defaults of every call, as for `make_lm`.

    Yields:
        A `dspy.LM` for each name.

    Raises:
        ConfigError: vLLM is not installed, ended, or was not healthy in time (with its last line), the models do not
            stand on one base, or a setting makes no sense.
    """
    settings = {"timeout": REPLY_SECONDS, "concurrency": CONNECTIONS, **settings}
    check_bounds("vLLM", timeout=settings["timeout"], concurrency=settings["concurrency"])
    program, port = check_vllm(executable), _free_port()
    line = [program, *command(models, port, arguments)]
    watched = [sys.executable, "-P", "-m", f"{__package__}.watched", str(grace), *line]
    with TemporaryFile() as log:
        started = subprocess.Popen(watched, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(started, f"http://127.0.0.1:{port}", seconds, log)
            yield {model: _lm(model, f"http://127.0.0.1:{port}/v1", settings) for model in models}
        finally:
            assert started.stdin is not None
            started.stdin.close()
            started.wait()


def base_of(model: str) -> str:
    """Return the base an adapter stands on (empty if it does not say); any other model is its own."""
    return str(fingerprint_of(model).get("base", {}).get("model", "")) if _adapter(model) else model


def command(models: Sequence[str], port: int, arguments: Sequence[str] = ()) -> list[str]:
    """Return vLLM's arguments, the user's before ours; raises ConfigError if the models do not stand on one base."""
    adapters = {model: folder for model in models if (folder := _adapter(model)) is not None}
    bases = set(map(base_of, models))
    if len(bases) != 1 or "" in bases:
        raise ConfigError(f"vLLM serves models of one base; these stand on {', '.join(sorted(bases)) or 'none'}.")
    base = bases.pop()
    where = str(folder_of(base) or base.removeprefix(PREFIX))
    line = ["serve", where, *arguments, "--served-model-name", base, "--host", "127.0.0.1", "--port", str(port)]
    return [*line, "--generation-config", "vllm", *_loading(adapters)]


def _loading(adapters: dict[str, Path]) -> list[str]:
    """Return the arguments that load adapters; raises ConfigError for those that vLLM does not take."""
    if not adapters:
        return []
    configs = [read_json(folder, "adapter_config.json") for folder in adapters.values()]
    if any(config.get("use_dora") for config in configs):
        raise ConfigError("vLLM does not serve DoRA adapters; train with `method: lora`, or merge them: `merge: true`.")
    highest = max(int(config.get("r", 16)) for config in configs)
    rank = next((rank for rank in RANKS if rank >= highest), None)
    if rank is None:
        raise ConfigError(f"vLLM serves adapters of a rank up to {RANKS[-1]}; these have {highest}.")
    line = ["--enable-lora", "--max-lora-rank", str(rank), "--max-loras", str(min(len(adapters), AT_ONCE))]
    line += ["--max-cpu-loras", str(len(adapters))]
    return [*line, "--lora-modules", *(f"{model}={folder}" for model, folder in adapters.items())]


def _adapter(model: str) -> Path | None:
    folder = folder_of(model)
    return folder if folder is not None and (folder / "adapter_config.json").is_file() else None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def _wait(started: "subprocess.Popen[bytes]", address: str, seconds: float, log: IO[bytes]) -> None:
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        if started.poll() is not None:
            raise ConfigError(f"vLLM ended before it was ready: {_last_line(log)}")
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise ConfigError(f"vLLM was not ready after {seconds:g} seconds: {_last_line(log)}")


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def _lm(model: str, address: str, settings: dict[str, Any]) -> Any:
    from dspy.clients.provider import Provider

    from ..hosted import HostedLM
    from ..http.engine import AsyncHttpEngine, HttpEngine, Meter, Server
    from ..local.engine import DEFAULT_LIMIT
    from ..pace import Pace

    more = {"cache": False, "max_tokens": DEFAULT_LIMIT, **settings}
    seconds, concurrency = more.pop("timeout"), more.pop("concurrency")
    meter, structured = Meter(), more.pop("structured", False)
    # its port is another one at every start, and must not make other replies of the same
    server = Server(
        address, model, extra_body=_as_trained(model), seconds=seconds, connections=concurrency, meter=meter,
        identity="vllm",
    )  # fmt: skip
    engines = {"engine": HttpEngine(server, schemas=True), "async_engine": AsyncHttpEngine(server)}
    pace = Pace(concurrency)
    return HostedLM(model, pace=pace, meter=meter, structured=structured, provider=Provider(), **engines, **more)


def _as_trained(model: str) -> dict[str, Any]:
    """Return what vLLM is told with every request, so that its model reads and ends turns as in training."""
    told: dict[str, Any] = {"chat_template_kwargs": {"enable_thinking": False, "date_string": DATE}}
    end = fingerprint_of(model).get("turn_end")
    if end is None:
        return told
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(str(folder_of(model)))
    return {**told, "stop_token_ids": [tokenizer.convert_tokens_to_ids(end)]}
