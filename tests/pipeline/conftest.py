"""A server of runs, a run of a module that nobody interrupted, and articles to run on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .run_server import Server, serving
from .villages import write_articles


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key and without a price table from the network."""
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(Path(__file__).with_name("scripted_run.py")) as server:
        yield server


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_articles(tmp_path_factory.mktemp("articles") / "villages")


@pytest.fixture(scope="module")
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: Server) -> Path:
    """A run on the module's `sources`, with its `FIELDS` if it has any, that nobody interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    server.finish(folder, request.getfixturevalue("sources"), *getattr(request.module, "FIELDS", ()))
    return folder
