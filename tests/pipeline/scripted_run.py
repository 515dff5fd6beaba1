"""Runs with scripted models that count their calls on disk, each in a process of its own that a test can kill.

    python scripted_run.py

is a server. It reads one JSON list of arguments a line: RUN, SOURCES, maybe `--kill WHERE`, fields like `curation.k=4`.
It answers each line with the process id of the run and, once that ended, with its exit status (negative: a signal).
What the run prints goes to RUN.out and RUN.err. All imports are done beforehand, once, so that a run takes a second.
WHERE is `STAGE` (killed when the stage starts), `STAGE:N` (at its N-th event) or `ask:N` (before the N-th answer).
The student answers from the questions of the run itself, right or wrong by the hash of what it is asked; what it is
"trained" to is named by the hash of its rows, and every training is counted too. Of documents it answers what the
passages in its prompt tell, and one question in `BY_HEART` without any. With `rebuilder=yes` a judge is there too: it
rebuilds hops of questions in words of its own. Questions that were imputed are known to nobody; the student then goes
by the passages.
"""

import hashlib
import importlib
import json
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dspy
from dspy.clients.provider import Provider
from dspy.lm15 import Message, Request, Response, TextPart, Usage

from source2synth.backends.local.fingerprint import is_local
from source2synth.data.datasets import read_parquet
from source2synth.data.document_records import MultiHopAttempt, MultiHopExample
from source2synth.data.records import Attempt, SQLExample, content_id
from source2synth.pipeline.progress import Event
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.run import run_recipe
from source2synth.pipeline.stages import STAGES

BY_HEART = 5


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def note(path: Path, line: str) -> None:
    """Append a line durably: it is there even if the process is killed right after."""
    with path.open("a") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


class Student:
    """An engine that knows the answers to the run's questions and gives them half of the time."""

    def __init__(self, run: Path, calls: Path, kill_at: int, right: int, attempt: type[Any] = Attempt) -> None:
        self.run, self.calls, self.kill_at, self.asked = run, calls, kill_at, 0
        self.right = right
        self.attempt = attempt
        self.by_passages = False
        self.known: dict[str, SQLExample | MultiHopExample] = {}

    def __deepcopy__(self, memo: object) -> "Student":
        return self

    def complete(self, request: Request) -> Response:
        self.asked += 1
        if self.asked == self.kill_at:
            die()
        prompt = "\n".join(message.text or "" for message in request.messages)
        name = request.model.rpartition("/")[2]  # a trained one lies in the folder of its run
        number = int(content_id(name, prompt, request.config.temperature, request.config.seed), 16)
        note(self.calls, f"{number:016x}")
        sql = self._answer(prompt, number % 10 < self.right)
        return Response(
            id=None,
            model=request.model,
            message=Message.assistant([TextPart(_worded(sql, prompt))]),
            finish_reason="stop",
            usage=Usage(input_tokens=9, output_tokens=len(sql), total_tokens=9 + len(sql)),
        )

    def _answer(self, prompt: str, right: bool) -> str:
        if not self.known:
            for path in sorted((self.run / "examples").glob("*.parquet")):
                examples = [attempt.example for attempt in read_parquet(path, self.attempt) if attempt.example]
                self.known.update({example.asked: example for example in examples})
        matching = [question for question in self.known if question in prompt]
        if not matching and self.by_passages:
            matching = _of_passages(self.known, prompt)
        if not matching:
            return "a not stated" if self.attempt is MultiHopAttempt else "SELECT 'unknown'"
        example = self.known[max(matching, key=len)]
        if isinstance(example, MultiHopExample):
            return f"a {_told(example, prompt, right)}"
        return example.sql if right else "SELECT 'wrong'"


def _of_passages(known: dict[str, Any], prompt: str) -> list[str]:
    """Return the question with most hops, and most words in the prompt, whose passages are all there; none if none."""
    there = [one for one in known.values() if all(hop.evidence[1].text in prompt for hop in one.hops if hop.evidence)]
    words = set(prompt.splitlines()[-1].split())
    likely = sorted(there, key=lambda one: (len(one.hops), len(words & set(one.question.split())), one.id))
    return [one.question for one in likely[-1:]]


class Rebuilder:
    """An engine that writes hops and questions again, in words of its own, and counts what it is asked."""

    def __init__(self, calls: Path) -> None:
        self.calls = calls

    def __deepcopy__(self, memo: object) -> "Rebuilder":
        return self

    def complete(self, request: Request) -> Response:
        prompt = "\n".join(message.text or "" for message in request.messages)
        note(self.calls, content_id("rebuild", prompt, request.config.seed))
        fields = dict(re.findall(r"\[\[ ## (\w+) ## \]\]\n(.*?)(?=\n\n\[\[|\n\nRespond|\Z)", prompt, re.DOTALL))
        said = {"question": _merged(json.loads(fields["questions"]))} if "questions" in fields else _blank(fields)
        text = "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in {**said, "completed": ""}.items())
        return Response(
            id=None,
            model=request.model,
            message=Message.assistant([TextPart(text)]),
            finish_reason="stop",
            usage=Usage(input_tokens=9, output_tokens=9, total_tokens=18),
        )


def _blank(fields: dict[str, str]) -> dict[str, str]:
    marks = " and ".join(re.findall(r"#\d", fields["must_contain"]))
    return {"sub_question": f"What belongs to {marks or 'it'}, as the text says?"}


def _merged(questions: list[str]) -> str:
    *before, last = questions
    for at in range(len(before), 0, -1):
        last = last.replace(f"#{at}", f"what answers “{before[at - 1]}”")
    return last


def _told(example: MultiHopExample, prompt: str, right: bool) -> str:
    """Answer what the passages tell; some questions without them."""
    told = all(hop.evidence[1].text in prompt for hop in example.hops if hop.evidence)
    if int(example.id, 16) % BY_HEART == 0:
        return example.answer
    return (example.answer if right else "wrong") if told else "not stated"


def _worded(sql: str, prompt: str) -> str:
    """Answer in the form that is asked for."""
    return f"[[ ## sql ## ]]\n{sql}\n\n[[ ## completed ## ]]" if "[[ ## sql ## ]]" in prompt else sql


class AsyncStudent:
    def __init__(self, student: "Student | Rebuilder") -> None:
        self.student = student

    def __deepcopy__(self, memo: object) -> "AsyncStudent":
        return self

    async def complete(self, request: Request) -> Response:
        return self.student.complete(request)


class Trainer(Provider):  # type: ignore[misc]  # dspy is untyped
    """Trains nothing, in two steps, and names the result after the rows."""

    calls: Path

    def __init__(self, calls: Path) -> None:
        super().__init__()
        self.finetunable = True
        self.calls = calls

    def finetune(self, job: Any, model: str, train_data: Any, train_data_format: Any, train_kwargs: Any) -> str:
        name = hashlib.sha256(repr((model, train_data, train_kwargs["seed"])).encode()).hexdigest()[:8]
        for step in (1, 2):
            train_kwargs["progress"](step, 2, 1.0 / step)
        note(self.calls, f"train-{name}")
        if not is_local(model):
            return f"scripted/{name}"
        folder = Path(train_kwargs["output_dir"]) / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps({"name": name}))  # tells its replies from those of others
        (folder / "fingerprint.json").write_text(json.dumps({"adapter": train_kwargs["adapter"]}))
        return f"local/{folder}"


def killer(kill: str, slow: float = 0.0) -> Callable[[Event], None]:
    """Return a listener that kills the process at an event of a stage, `STAGE:N`, and takes its time at every one."""
    stage, _, number = kill.partition(":")
    seen = 0

    def progress(event: Event) -> None:
        nonlocal seen
        if stage and event.stage == stage:
            seen += 1
            if seen == int(number or 1):
                die()
        time.sleep(slow)

    return progress


def main(run: Path, sources: Path, kill: str, fields: dict[str, str]) -> None:
    """Run the small recipe."""
    slow, hosted = float(fields.pop("slow", "0")), fields.pop("hosted", "") == "yes"
    right, rebuilds = int(fields.pop("right", "6")), fields.pop("rebuilder", "") == "yes"
    stage, _, number = kill.partition(":")
    recipe = make_recipe(
        {
            "name": "small",
            "source": {"path": str(sources)},
            "examples": {"count": 60},
            "evaluation": {"held_out_limit": 8},
            "training": {"max_steps": 2},
        },
        fields,
    )
    calls = run.parent / f"{run.name}.calls"
    attempt = MultiHopAttempt if recipe.source.kind == "documents" else Attempt
    student = Student(run, calls, int(number) if stage == "ask" else -1, right, attempt)
    lm = dspy.LM(
        "scripted/base" if hosted else "local/scripted/base",
        engine=student,
        async_engine=AsyncStudent(student),
        provider=Trainer(calls),
        num_retries=0,
    )
    student.by_passages = recipe.curation.imputation != "none"
    rebuilder = Rebuilder(calls)
    judge = dspy.LM("scripted/judge", engine=rebuilder, async_engine=AsyncStudent(rebuilder)) if rebuilds else None
    result = run_recipe(recipe, run, progress=killer(kill, slow), student=lm, judge=judge)
    sys.stdout.write(result.model_dump_json(indent=1))


Main = Callable[[Path, Path, str, dict[str, str]], None]
"""Carries a run out: its folder, its sources, where it is killed, fields of the recipe."""


def child(arguments: list[str], main: Main) -> None:
    """Be a run: in a group of its own, with output of its own, interruptible whoever started the server."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run = Path(arguments[0])
    run.parent.mkdir(parents=True, exist_ok=True)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(run.with_name(f"{run.name}.{name}"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    where = arguments[arguments.index("--kill") + 1] if "--kill" in arguments else ""
    fields = dict(argument.split("=", 1) for argument in arguments[2:] if "=" in argument)
    status = 1
    try:
        main(run, Path(arguments[1]), where, fields)
        status = 0
    except KeyboardInterrupt:
        status = 130
    except Exception:  # noqa: BLE001  # a fork must not return into the server
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def preload() -> None:
    """Import what runs import lazily; nothing may be started, no thread and no sandbox, before the forks."""
    for name in (
        "backends", "backends.adapters", "backends.training.provider", "data.perturb", "data.results", "data.sandbox",
        "data.sources.csvfile", "optimizers.ablating", "optimizers.curating", "optimizers.imputing",
        "optimizers.training", "optimizers.twinning",
        "programs", "programs.offline",
    ):  # fmt: skip
        importlib.import_module(f"source2synth.{name}")
    importlib.import_module("datasketch")
    assert STAGES


def serve(main: Main) -> None:
    """Fork a run for every line."""
    preload()
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            child(json.loads(line), main)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(main)
