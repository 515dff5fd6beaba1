"""Fine-tuning: what is learned, what the folder says, and that a kill changes nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import dspy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source2synth.backends import CompactAdapter, close_engines, make_lm, speaking, train
from source2synth.backends.local.fingerprint import fingerprint_of, forget
from source2synth.backends.training.plan import order_rows
from source2synth.errors import ConfigError, TrainingError

from .conftest import SETTINGS

SIGNATURE = dspy.Signature("table, question -> sql")
OPTIONS = {"max_steps": 60, "learning_rate": 3e-3, "batch_size": 8, "seed": 3, "signature": SIGNATURE}


def rows(n: int = 64) -> list[dict[str, Any]]:
    adapter = CompactAdapter()
    names = ["a", "b"]
    return [
        adapter.format_finetune_data(
            SIGNATURE,
            [],
            {"table": f"t {names[i % 2]}", "question": f"number {i}"},
            {"sql": f"SELECT {names[i % 2]}"},
        )
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def trained(small_model: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path, list[Any]]:
    """A model trained for a few seconds, its folder, and what the progress callback was told."""
    told: list[Any] = []
    output = tmp_path_factory.mktemp("trained")
    lm = train(make_lm(small_model), rows(), output_dir=output, progress=lambda *step: told.append(step), **OPTIONS)
    return lm, output, told


def test_it_learns_and_answers_in_the_compact_form(trained: Any) -> None:
    lm, _, told = trained
    assert told[-1][:2] == (60, 60)
    assert told[-1][2] < 0.3 < told[0][2]
    with speaking(lm, signature=SIGNATURE):
        answers = [dspy.Predict(SIGNATURE)(table=f"t {name}", question="number 7").sql for name in "ab"]
    assert answers == ["SELECT a", "SELECT b"]


def test_the_folder_is_named_by_its_content_and_says_what_it_is(trained: Any, small_model: str) -> None:
    lm, output, _ = trained
    (folder,) = output.iterdir()
    assert lm.model == f"local/{folder}"
    fingerprint = json.loads((folder / "fingerprint.json").read_text())
    assert fingerprint["signature"] == "table: str, question: str -> sql: str"
    assert fingerprint["adapter"] == "CompactAdapter"
    assert fingerprint["base"]["model"] == small_model
    assert fingerprint["hyperparameters"]["method"] == "full"
    assert json.loads((folder / "source2synth.json").read_text()) == SETTINGS


def test_the_same_again_comes_back_at_once_and_anything_else_does_not(trained: Any, small_model: str) -> None:
    lm, output, _ = trained
    steps: list[int] = []
    options = {**OPTIONS, "progress": lambda *told: steps.append(told[0])}
    assert train(make_lm(small_model), rows(), output_dir=output, **options).model == lm.model
    assert not steps
    for change in ({"seed": 4}, {"learning_rate": 1e-3}, {"method": "lora"}):
        options = {**OPTIONS, **change, "max_steps": 1}
        assert train(make_lm(small_model), rows(), output_dir=output, **options).model != lm.model


def test_only_the_completion_with_its_end_is_learned(small_model: str, tmp_path: Path) -> None:
    from source2synth.backends.training import sft
    from source2synth.backends.training.provider import make_plan

    plan = make_plan(small_model, rows(4), {"max_steps": 1, "batch_size": 4})
    tokenizer, model = sft.load_base(small_model)
    trainer = sft.make_trainer(plan, tokenizer, model, tmp_path, sft.Watch(None, lambda: False, 99))
    assert sft.arrange(trainer, plan, model) == 0
    (batch,) = list(trainer.get_train_dataloader())
    learned = {tokenizer.decode(labels[labels != -100]) for labels in batch["labels"]}
    assert learned == {"SELECT a<|end|>", "SELECT b<|end|>"}
    whole = tokenizer.decode(batch["input_ids"][0][batch["attention_mask"][0] == 1])
    assert whole.startswith("<|user|>t ")
    assert whole.endswith("<|end|>")


KILLED = """
import json, sys
from source2synth.backends import make_lm, train
rows, base, output, seconds = json.load(open(sys.argv[1])), *sys.argv[2:4], float(sys.argv[4])
def tell(step, steps, loss):
    print(step, flush=True)
lm = train(make_lm(base), rows, output_dir=output, max_steps=40, batch_size=4, learning_rate=3e-3, method=sys.argv[5],
           checkpoint_seconds=seconds, progress=tell)
print(lm.model.removeprefix("local/"), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_kill_changes_nothing_in_the_final_weights(small_model: str, tmp_path: Path, method: str) -> None:
    data = tmp_path / "rows.json"
    data.write_text(json.dumps(rows(50)))

    def start(output: str, seconds: float) -> "subprocess.Popen[str]":
        arguments = [sys.executable, "-c", KILLED, str(data), small_model, str(tmp_path / output), str(seconds), method]
        return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)

    whole = start("whole", 1e9)
    expected = Path(whole.communicate()[0].splitlines()[-1])
    victim = start("killed", 0.0)
    assert victim.stdout is not None
    for line in victim.stdout:
        if int(line) >= 23:
            os.kill(victim.pid, signal.SIGKILL)
            break
    last = max([int(line), *map(int, victim.stdout)])  # what it did until the signal came
    assert victim.wait() == -signal.SIGKILL
    assert not (tmp_path / "killed" / expected.name).exists()
    heir = start("killed", 1e9)
    lines = heir.communicate()[0].splitlines()
    assert last <= int(lines[0]) <= last + 1, "it began again from the last checkpoint"
    weights = sorted(path.name for path in expected.glob("*.safetensors"))
    for name in weights:
        assert (Path(lines[-1]) / name).read_bytes() == (expected / name).read_bytes()
    assert [path.name for path in (tmp_path / "killed").iterdir()] == [expected.name]


def test_adapters_share_their_base_and_answer_differently(small_model: str, tmp_path: Path) -> None:
    options = {**OPTIONS, "method": "lora", "learning_rate": 3e-2, "max_steps": 15}
    one = train(make_lm(small_model), rows(), output_dir=tmp_path, **options)
    two = train(make_lm(small_model), rows(8), output_dir=tmp_path, **options)
    base = make_lm(small_model)
    ask = {"max_tokens": 8}
    before = base("<|x", **ask)
    first = [lm("number 7", **ask) for lm in (one, two, base)]
    assert first == [lm("number 7", **ask) for lm in (one, two, base)]
    assert first[0] != first[2]
    assert base("<|x", **ask) == before
    with pytest.raises(ConfigError, match="fine-tune from its base"):
        train(one, rows(), output_dir=tmp_path, **options)


def test_adapters_in_folders_of_one_name_stay_two(small_model: str, tmp_path: Path) -> None:
    options = {**OPTIONS, "method": "lora", "learning_rate": 3e-2, "max_steps": 15}
    lms = []
    for place, count in (("one", 64), ("two", 8)):
        made = train(make_lm(small_model), rows(count), output_dir=tmp_path, **options).model
        shutil.move(made.removeprefix("local/"), tmp_path / place / "student")
        lms.append(make_lm(f"local/{tmp_path / place / 'student'}"))
    forget()
    first = lms[0]("number 7", max_tokens=8, cache=False)
    other = lms[1]("number 7", max_tokens=8, cache=False)
    assert lms[0]("number 7", max_tokens=8, cache=False) == first != other


def test_an_adapter_finds_its_base_from_another_working_folder(
    small_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").symlink_to(Path(small_model.removeprefix("local/")).parent)
    options = {**OPTIONS, "method": "lora", "max_steps": 1, "output_dir": tmp_path / "out"}
    whole = train(make_lm(small_model), rows(8), **options)
    shutil.rmtree(tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    lm = train(make_lm("local/models/small"), rows(8), **options)
    assert lm.model == whole.model  # how its base is spelled shapes no weights
    said = lm("number 7", max_tokens=8)
    close_engines()
    forget()
    monkeypatch.chdir("/")
    assert lm("number 7", max_tokens=8) == said
    assert fingerprint_of(lm.model)["base"]["model"] == small_model


def test_cancelling_stops_with_a_checkpoint_and_the_job_goes_on_later(small_model: str, tmp_path: Path) -> None:
    job: Any = None
    seen: list[int] = []
    begun = threading.Event()

    def stop_soon(step: int, steps: int, loss: float | None) -> None:
        begun.wait()
        seen.append(step)
        if step == 5:
            job.cancel()

    options = {**OPTIONS, "max_steps": 12, "output_dir": tmp_path}
    job = make_lm(small_model).finetune(rows(), None, {**options, "progress": stop_soon})
    begun.set()
    outcome = job.result(timeout=60)
    assert isinstance(outcome, TrainingError)
    assert job.status() == "failed"
    stopped = seen[-1]
    train(make_lm(small_model), rows(), **options, progress=lambda step, *_: seen.append(step))
    assert seen[seen.index(stopped) + 1] == stopped + 1


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        ([], {}, "no rows"),
        ([{"text": "x"}], {}, "not a conversation"),
        (rows(2), {"learning_rate": -1}, "learning_rate"),
        (rows(2), {"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_trained_is_said_clearly(
    small_model: str, tmp_path: Path, data: Any, options: Any, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        train(make_lm(small_model), data, output_dir=tmp_path, **options)


def test_rows_longer_than_the_context_are_left_out_and_counted(small_model: str, tmp_path: Path) -> None:
    long = {"messages": [{"role": "user", "content": "12345 " * 400}, {"role": "assistant", "content": "x"}]}
    options = {"output_dir": tmp_path, "max_steps": 1}
    lm = train(make_lm(small_model), [*rows(3), long], **options)
    fingerprint = json.loads((Path(lm.model.removeprefix("local/")) / "fingerprint.json").read_text())
    assert fingerprint["data"]["rows"] == 4
    assert fingerprint["data"]["too_long"] == 1
    with pytest.raises(TrainingError, match="None of the 1 rows fits"):
        train(make_lm(small_model), [long], **options)


def test_hosted_models_are_not_trained() -> None:
    with pytest.raises(ConfigError, match="cannot be fine-tuned here"):
        train(make_lm("openai/gpt-5-mini"), rows(2))


@given(st.lists(st.integers(1, 500), min_size=1, max_size=80), st.integers(1, 9), st.integers(1, 4), st.integers())
def test_every_row_comes_once_a_pass(lengths: list[int], batch: int, passes: int, seed: int) -> None:
    order = order_rows(lengths, passes * len(lengths), batch, seed)
    for start in range(0, len(order), len(lengths)):
        assert sorted(order[start : start + len(lengths)]) == list(range(len(lengths)))
    assert order == order_rows(lengths, passes * len(lengths), batch, seed)
