"""Starts vLLM for local models: on this machine only, with LoRA adapters loaded, and never left behind.

    with vllm_models(["local/models/abc"]) as lms:
        lms["local/models/abc"]("…")

The models keep their names, so they are asked in the form they were trained in; the replies come over HTTP.
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
from ..local.fingerprint import PREFIX, fingerprint_of, folder_of, read_json

START_SECONDS = 600.0
"""Until it must be healthy: loading weights and capturing graphs take minutes."""
GRACE_SECONDS = 10.0
"""Between asking it to end and making it."""
CONNECTIONS = 256


@contextmanager
def vllm_models(
    models: Sequence[str],
    *,
    executable: str = "vllm",
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
        arguments: More of vLLM's own: `--gpu-memory-utilization`, `0.8`.
        **settings: Of every call, as for `make_lm`.

    Yields:
        A `dspy.LM` for each name.

    Raises:
        ConfigError: vLLM is not installed, ended, or was not healthy in time (with its last line), or the models do
            not stand on one base.
    """
    program = shutil.which(executable)
    if program is None:
        raise ConfigError(f"There is no {executable} here; install it on a machine with a GPU: pip install vllm")
    port = _free_port()
    line = [program, *command(models, port), *arguments]
    watched = [sys.executable, "-m", f"{__package__}.watched", str(grace), *line]
    with TemporaryFile() as log:
        started = subprocess.Popen(watched, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(started, f"http://127.0.0.1:{port}", seconds, log)
            yield {model: _lm(model, f"http://127.0.0.1:{port}/v1", settings) for model in models}
        finally:
            assert started.stdin is not None
            started.stdin.close()
            started.wait()


def command(models: Sequence[str], port: int) -> list[str]:
    """Return vLLM's arguments; raises ConfigError if the models do not stand on one base."""
    adapters = {model: folder for model in models if (folder := _adapter(model)) is not None}
    bases = {fingerprint_of(model).get("base", {}).get("model", "") for model in adapters}
    bases |= {model for model in models if model not in adapters}
    if len(bases) != 1 or "" in bases:
        raise ConfigError(f"vLLM serves models of one base; these stand on {', '.join(sorted(bases)) or 'none'}.")
    base = bases.pop()
    where = str(folder_of(base) or base.removeprefix(PREFIX))
    line = ["serve", where, "--served-model-name", base, "--host", "127.0.0.1", "--port", str(port)]
    if adapters:
        ranks = [int(read_json(folder, "adapter_config.json").get("r", 16)) for folder in adapters.values()]
        modules = [f"{model}={folder}" for model, folder in adapters.items()]
        line += ["--enable-lora", "--max-lora-rank", str(max(ranks)), "--max-loras", str(len(adapters))]
        line += ["--lora-modules", *modules]
    return line


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
    import dspy
    from dspy.clients.provider import Provider

    from ..http.engine import AsyncHttpEngine, HttpEngine, Server

    server = Server(address, model, seconds=600.0, connections=CONNECTIONS)
    engines = {"engine": HttpEngine(server, schemas=True), "async_engine": AsyncHttpEngine(server)}
    return dspy.LM(model, provider=Provider(), **engines, **{"cache": False, "max_tokens": 256, **settings})
