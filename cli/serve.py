"""`source2synth serve`: the models of a run behind an OpenAI-compatible address."""

import errno
import os
import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from .failures import reported

KEY = "SOURCE2SYNTH_API_KEY"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    run: Annotated[
        str, typer.Argument(help="Folder of a finished run or of a model, or a model's name: `tiny`, `local/…`.")
    ],
    host: Annotated[str, typer.Option(help="Address to listen on; any but this machine's own needs a key.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 is any that is free.")] = 8000,
) -> None:
    """Serve what was trained: chat completions as OpenAI's clients ask for them, and the solver itself.

    `POST /v1/chat/completions` asks the raw model (`curated`, `synth`, `control`); `GET /v1/models` lists them.
    `POST /v1/solve` takes a question and gives SQL with its executed answer, or hops with the answer. If
    SOURCE2SYNTH_API_KEY is set in the environment, clients must send it.

    Example: source2synth serve runs/demo-tables --port 8000
    """
    with reported(interrupted="Stopped."):
        key = os.environ.get(KEY) or None
        _check(host, key)
        from ..pipeline.serving import models_of

        models = models_of(run)
        with _listening(host, port) as at:
            application = _application(Path(run), models, key)
            _warm(models)
            _answer(application, host, at)


def _check(host: str, key: str | None) -> None:
    from importlib.util import find_spec

    from ..backends.serving.app import NEEDED
    from ..errors import ConfigError

    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        raise ConfigError(NEEDED)
    if host not in LOOPBACK and key is None:
        raise ConfigError(f"--host {host}: others can reach this address, so a key is needed: set {KEY}.")


def _warm(models: dict[str, str]) -> None:
    """Load every model before the first client comes; raises ConfigError where one cannot be loaded."""
    from ..backends.local.asks import Ask, PromptTooLongError
    from ..backends.local.engine import shared_worker
    from ..errors import ConfigError

    for name, model in models.items():
        typer.echo(f"loading {name}", err=True)
        try:
            shared_worker().submit(Ask(model, (("user", "?"),), 1, 0.0, 1.0, 0)).result()
        except PromptTooLongError as error:  # its files do not fit each other
            raise ConfigError(f"{name} cannot be asked anything: {error}") from error


def _application(run: Path, models: dict[str, str], key: str | None) -> Any:
    from ..backends.serving.app import make_app
    from ..pipeline.result import SUMMARY
    from ..pipeline.serving import RunSolver

    solve = RunSolver(run.resolve()) if (run / SUMMARY).is_file() else None
    if solve is not None:
        typer.echo("reading the run's sources", err=True)
        solve.check()
    return make_app(models, solve=solve, key=key)


def _listening(host: str, port: int) -> socket.socket:
    """Take the address, before models are loaded for it; raises ConfigError where it cannot be had."""
    from ..errors import ConfigError

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(f"port {port} is in use; choose another with --port") from error
        if error.errno == errno.EACCES:
            raise ConfigError(f"port {port} is not open to you; choose one above 1023 with --port") from error
        raise ConfigError(f"--host {host}: this machine has no such address") from error


def _answer(application: Any, host: str, at: socket.socket) -> None:
    import uvicorn

    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"serving on http://{shown}:{at.getsockname()[1]}/v1", err=True)
    config = uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[at])
