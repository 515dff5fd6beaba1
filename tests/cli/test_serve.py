"""`source2synth serve` as a user starts it, on a model that was trained, killed and trained on."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from source2synth.backends import make_lm, train

TINY = Path(__file__).parents[2] / "data" / "models" / "tiny"
TRAINING = """
import json, sys
from source2synth.backends import make_lm, train
rows, base, output, method, seconds = json.load(open(sys.argv[1])), *sys.argv[2:5], float(sys.argv[5])
rate = {"full": 1e-3, "lora": 1e-2}[method]
lm = train(make_lm(base), rows, output_dir=output, max_steps=16, batch_size=4, learning_rate=rate, method=method,
           checkpoint_seconds=seconds, progress=lambda step, *_: print(step, flush=True))
print(lm.model, flush=True)
"""
QUESTION = "t pets\\nc name text | kind text\\nr Rex | dog\\nq Which pets are dogs?".replace("\\n", "\n")


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", TRAINING, *arguments], stdout=subprocess.PIPE, text=True)


def loss_of(model: str) -> float:
    folder = Path(model.removeprefix("local/"))
    return float(json.loads((folder / "fingerprint.json").read_text())["figures"]["loss"])


def killed_and_whole(data: Path, base: str, method: str, folder: Path) -> tuple[str, str]:
    """Train twice, once killed in the middle and started again; return both models."""
    options = {"max_steps": 16, "batch_size": 4, "learning_rate": {"full": 1e-3, "lora": 1e-2}[method]}
    whole = train(make_lm(base), json.loads(data.read_text()), output_dir=folder / "whole", method=method, **options)
    victim = start(str(data), base, str(folder / "killed"), method, "0")
    assert victim.stdout is not None
    for line in victim.stdout:
        if int(line) >= 8:
            os.kill(victim.pid, signal.SIGKILL)
            break
    assert victim.wait() == -signal.SIGKILL
    heir = start(str(data), base, str(folder / "killed"), method, "1e9").communicate()[0].split()
    assert int(heir[0]) > 5, "it went on from a checkpoint"
    return heir[-1], whole.model


@contextmanager
def served(*arguments: str, **environment: str) -> Iterator[str]:
    """Start the command, wait for its address, and stop it as Ctrl-C does."""
    line = [sys.executable, "-m", "source2synth", "serve", *arguments, "--port", "0"]
    server = subprocess.Popen(
        line,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        # started from a background job, the interrupt would be ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert server.stderr is not None
    told = ""
    for told in server.stderr:
        if found := re.search(r"serving on (http://\S+)", told):
            break
    else:
        raise AssertionError(f"it ended: {told}")
    try:
        yield found[1]
    finally:
        server.send_signal(signal.SIGINT)
        _, told = server.communicate(timeout=20)
    assert (server.returncode, told) == (130, "Stopped.\n")


@pytest.mark.slow
def test_full_weights_then_lora_killed_on_the_way_then_served(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "SELECT 'always this'"}]
    data = tmp_path / "rows.json"
    data.write_text(json.dumps([{"messages": turns}] * 16))
    full, whole = killed_and_whole(data, "tiny", "full", tmp_path / "full")
    assert loss_of(full) == pytest.approx(loss_of(whole), rel=1e-4)
    lora, whole = killed_and_whole(data, full, "lora", tmp_path / "lora")
    assert loss_of(lora) == pytest.approx(loss_of(whole), rel=1e-4)
    with served(lora.removeprefix("local/")) as address:
        client = openai.OpenAI(base_url=address, api_key="none")
        (model,) = client.models.list()
        settings: Any = {"model": model.id, "messages": turns[:1], "temperature": 0, "max_tokens": 40}
        said = client.chat.completions.create(**settings).choices[0]
        assert (said.message.content, said.finish_reason) == ("SELECT 'always this'", "stop")
        stream = client.chat.completions.create(stream=True, **settings)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "SELECT 'always this'"


def refused(*arguments: str, **more: str) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE2SYNTH_API_KEY"} | more
    line = [sys.executable, "-m", "source2synth", "serve", *arguments]
    ended = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=60)
    return ended.returncode, ended.stderr


def test_what_cannot_be_served_is_said_in_a_line(tmp_path: Path) -> None:
    code, told = refused(str(tmp_path))
    assert (code, told.count("\n")) == (2, 1)
    assert "no finished run and no model" in told
    code, told = refused(str(tmp_path), "--host", "0.0.0.0")
    assert (code, told.count("\n")) == (2, 1)
    assert "a key is needed: set SOURCE2SYNTH_API_KEY" in told


def cut(folder: Path) -> None:
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.truncate(50_000)


def without_tokenizer(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()


def without_room(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 2}))


@pytest.mark.parametrize(
    ("breaks", "said"),
    [(cut, "cannot be loaded"), (without_tokenizer, "tokenizer"), (without_room, "cannot be asked anything")],
)
def test_a_broken_model_is_said_in_a_line_before_the_server_listens(
    tmp_path: Path, breaks: Callable[[Path], None], said: str
) -> None:
    shutil.copytree(TINY, tmp_path / "broken")
    breaks(tmp_path / "broken")
    code, told = refused(str(tmp_path / "broken"), "--port", "0")
    loading, problem = told.splitlines()
    assert (code, loading) == (2, "loading broken")
    assert problem.startswith("error: ")
    assert said in problem


def test_an_address_that_cannot_be_had_is_said_before_models_are_loaded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused("tiny", "--port", str(port)) == (
            2,
            f"error: port {port} is in use; choose another with --port\n",
        )
    code, told = refused("tiny", "--port", "99999")
    assert code == 2
    assert "Invalid value for '--port'" in told
    told = refused("tiny", "--host", "203.0.113.7", SOURCE2SYNTH_API_KEY="secret")[1]
    assert told == "error: --host 203.0.113.7: this machine has no such address\n"


def test_a_model_is_served_by_its_name_and_stopped_without_much_ado() -> None:
    with served("tiny") as address:
        client = openai.OpenAI(base_url=address, api_key="none")
        assert client.models.retrieve("tiny").id == "tiny"
        turns: Any = [{"role": "user", "content": QUESTION}]
        said = client.chat.completions.create(model="tiny", messages=turns, temperature=0, max_tokens=40)
        assert (said.choices[0].message.content or "").startswith("SELECT")
