"""vLLM is started with its adapters, waited for, asked, and never left behind; a real HTTP process stands in for it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from source2synth.backends.local.templates import DATE
from source2synth.backends.serving.vllm import command, vllm_models
from source2synth.errors import ConfigError

from .conftest import make_model
from .misbehaving import Misbehaving

STANDIN = Path(__file__).with_name("standin_vllm.py")


@pytest.fixture
def vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An executable like vLLM; the file tells what ran."""
    script = tmp_path / "vllm"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} {STANDIN} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("STANDIN_NOTES", str(tmp_path / "notes.json"))
    return script


def adapter(folder: Path, base: str, **config: Any) -> str:
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"r": 12, **config}))
    (folder / "fingerprint.json").write_text(json.dumps({"adapter": "CompactAdapter", "base": {"model": base}}))
    return f"local/{folder}"


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def notes(vllm: Path) -> dict[str, Any]:
    return dict(json.loads((vllm.parent / "notes.json").read_text().splitlines()[-1]))


def nothing_left(vllm: Path) -> bool:
    last = time.monotonic() + 10
    told = notes(vllm)
    while time.monotonic() < last:
        if not alive(told["pid"]) and not alive(told["worker"]):
            return True
        time.sleep(0.05)
    return False


def test_adapters_are_loaded_and_asked_by_their_own_names(vllm: Path, tmp_path: Path) -> None:
    models = [adapter(tmp_path / name, "local/org/base") for name in ("a", "b")]
    with vllm_models([*models, "local/org/base"], executable=str(vllm), grace=2) as lms:
        replies = [lms[model]("How?") for model in [*models, "local/org/base"]]
    assert replies == [[f"{model}: How?"] for model in [*models, "local/org/base"]]
    given = notes(vllm)["arguments"]
    assert given[: given.index("--port")] == [
        "serve", "org/base", "--served-model-name", "local/org/base", "--host", "127.0.0.1",
    ]  # fmt: skip
    assert given[given.index("--generation-config") :][:2] == ["--generation-config", "vllm"]
    assert given[given.index("--enable-lora") : given.index("--lora-modules")] == [
        "--enable-lora", "--max-lora-rank", "16", "--max-loras", "2", "--max-cpu-loras", "2",
    ]  # fmt: skip
    assert given[-2:] == [f"{model}={model.removeprefix('local/')}" for model in models]
    assert nothing_left(vllm)


def test_models_read_and_end_turns_as_in_training(vllm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = make_model(tmp_path / "base")
    model = adapter(tmp_path / "a", f"local/{base}")
    for file in base.glob("token*.json"):
        shutil.copy(file, tmp_path / "a")
    fingerprint = tmp_path / "a" / "fingerprint.json"
    fingerprint.write_text(json.dumps({**json.loads(fingerprint.read_text()), "turn_end": "<|user|>"}))
    with Misbehaving() as server:
        monkeypatch.setenv("STANDIN_BEHIND", server.api_base)
        with vllm_models([model, f"local/{base}"], executable=str(vllm), grace=2) as lms:
            lms[model]("How?")
            lms[f"local/{base}"]("How?")
    trained, plain = server.bodies
    assert trained["stop_token_ids"] == [1]
    assert "stop_token_ids" not in plain
    assert (
        trained["chat_template_kwargs"]
        == plain["chat_template_kwargs"]
        == {
            "enable_thinking": False,
            "date_string": DATE,
        }
    )


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("dies", "ended before it was ready: ValueError: no room for the weights"),
        ("never healthy", "not ready after 3 seconds"),
    ],
)
def test_one_that_does_not_come_up_is_told_and_gone(
    vllm: Path, monkeypatch: pytest.MonkeyPatch, mode: str, message: str
) -> None:
    monkeypatch.setenv("STANDIN", mode)
    with pytest.raises(ConfigError, match=message), vllm_models(["local/org/base"], executable=str(vllm), seconds=3):
        pass
    assert nothing_left(vllm)


@pytest.mark.parametrize("mode", ["", "deaf"])
def test_it_ends_with_the_block_even_if_it_is_deaf(vllm: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("STANDIN", mode)
    with pytest.raises(ZeroDivisionError), vllm_models(["local/org/base"], executable=str(vllm), grace=0.5):
        1 / 0  # noqa: B018
    assert nothing_left(vllm)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_the_process_that_started_it(vllm: Path, end: signal.Signals) -> None:
    code = (
        "import sys, time; from source2synth.backends.serving.vllm import vllm_models\n"
        "with vllm_models(['local/org/base'], executable=sys.argv[1], grace=1):\n"
        "    print('up', flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code, str(vllm)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"up\n"
    assert alive(notes(vllm)["pid"])
    os.kill(starter.pid, end)
    starter.communicate()
    assert nothing_left(vllm)


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match="There is no vllm-not-here here; install it"),
        vllm_models(["local/org/base"], executable="vllm-not-here"),
    ):
        pass
    models = [adapter(tmp_path / name, f"local/org/{name}") for name in ("a", "b")]
    with pytest.raises(ConfigError, match="models of one base; these stand on local/org/a, local/org/b"):
        command(models, 1)
    with pytest.raises(ConfigError, match="vLLM does not serve DoRA adapters; train with `method: lora`"):
        command([adapter(tmp_path / "dora", "local/org/a", use_dora=True)], 1)
    with pytest.raises(ConfigError, match="of a rank up to 512; these have 600"):
        command([adapter(tmp_path / "high", "local/org/a", r=600)], 1)


def test_arguments_of_the_user_do_not_undo_ours() -> None:
    line = command(["local/org/base"], 5, ["--max-model-len", "4096", "--host", "0.0.0.0"])
    assert line[:4] == ["serve", "org/base", "--max-model-len", "4096"]
    assert line[len(line) - 1 - line[::-1].index("--host") :][:2] == ["--host", "127.0.0.1"]  # the last one counts
