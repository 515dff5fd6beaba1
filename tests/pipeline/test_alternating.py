"""`optimize: alternate`: prompts, data, weights, and a prompt on the new weights; each kept only if it is better."""

import json
import re
import signal
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import dspy
import pytest
from dspy.lm15 import Message, Request, Response, TextPart, Usage
from rich.console import Console

from source2synth.backends.replies import ReplyLog
from source2synth.data.datasets import read_dataset
from source2synth.errors import ConfigError
from source2synth.pipeline.judged import JudgedExample
from source2synth.pipeline.optimizing import optimize_recipe
from source2synth.pipeline.progress import Event
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.result import RunResult
from source2synth.pipeline.run import run_recipe
from source2synth.report.summary import show

from .scripted_generator import FIELD, Server, Shown, answer, number
from .scripted_run import Trainer

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "tables"
TABLES = ["cities", "islands", "lakes", "languages", "moons", "rivers", "novels", "volcanoes"]


pytestmark = pytest.mark.usefixtures("alone")


def vague(messages: list[dict[str, str]]) -> str:
    """Generate, but word most questions so that nobody can answer them, unless shown how by a demonstration."""
    prompt = messages[-1]["content"]
    if "## sql ##" in prompt and len(messages) <= 2 and number(prompt) % 10 < 6:
        return "[[ ## question ## ]]\nWhat is in the table?\n\n[[ ## completed ## ]]\n"
    return answer(messages)


def solve(question: str, table: Shown) -> str:
    """Find the SQL of a question in the words of the scripted generator."""
    columns = {name.strip('"').replace("_", " "): name for name, _ in table.columns}
    one = "|".join(map(re.escape, sorted(columns, key=len, reverse=True)))
    for form, sql in {
        rf"How many .* have (?P<of>.*) as their (?P<key>{one})\?": "SELECT COUNT(*) FROM {t} WHERE {key} = '{of}'",
        rf"What (?P<it>{one}) goes with the (?P<key>{one}) (?P<of>.*)\?": "SELECT {it} FROM {t} WHERE {key} = '{of}'",
        rf"Which (?P<it>{one}) has the highest (?P<key>{one})\?": "SELECT {it} FROM {t} ORDER BY {key} DESC LIMIT 1",
    }.items():
        if found := re.fullmatch(form, question):
            parts = {k: columns.get(v, v.replace("'", "''")) for k, v in found.groupdict().items()}
            return sql.format(t=table.name, **parts)
    return "SELECT 1"


class Engine:
    """Solves: as a judge always; as a student of ten 2, trained 6, and trained with demonstrations 10."""

    supported_params = frozenset({"temperature", "max_tokens", "seed", "n"})

    def __init__(self, rates: dict[str, int], asked: Counter[str]) -> None:
        self.rates = rates
        self.asked = asked

    def __deepcopy__(self, memo: object) -> "Engine":
        return self

    def complete(self, request: Request) -> Response:
        self.asked[repr(request)] += 1
        prompt = request.messages[-1].text or ""
        fields = {name: text.strip() for name, text in FIELD.findall(prompt.partition("Respond with")[0])}
        name = request.model.rpartition("/")[2]
        kind = "shown" if len(request.messages) > 1 else name if name in self.rates else "trained"
        luck = number(f"{fields['question']} {request.config.seed}") % 10
        sql = solve(fields["question"], Shown.read(fields["table"])) if luck < self.rates[kind] else "SELECT 1"
        said = f"[[ ## reasoning ## ]]\nSo.\n\n[[ ## sql ## ]]\n{sql}\n\n[[ ## completed ## ]]"
        return Response(
            id=None, model=request.model, message=Message.assistant([TextPart(said)]), finish_reason="stop",
            usage=Usage(input_tokens=9, output_tokens=9),
        )  # fmt: skip


class AsyncEngine:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __deepcopy__(self, memo: object) -> "AsyncEngine":
        return self

    async def complete(self, request: Request) -> Response:
        return self.engine.complete(request)


def model(engine: Engine, name: str, trainer: Any = None) -> Any:
    given = {"provider": trainer} if trainer else {}
    return dspy.LM(f"scripted/{name}", engine=engine, async_engine=AsyncEngine(engine), num_retries=0, **given)


def go(
    api_base: str,
    folder: Path,
    rates: dict[str, int],
    progress: Any = None,
    asked: Counter[str] | None = None,
    human: Path | None = None,
    **optimize: Any,
) -> RunResult:
    engine = Engine({"judge": 10, **rates}, Counter() if asked is None else asked)
    recipe = make_recipe(
        {
            "name": "turns",
            "source": {"path": str(SAMPLES), "tables": TABLES},
            "generator": {"model": "openai/scripted", "api_base": api_base},
            "examples": {"count": 300},
            "curation": {"k": 3, **({"human": str(human)} if human else {})},
            "training": {"max_steps": 2},
            "optimize": {
                "alternate": True, "optimizer": "bootstrap", "solver": "judge", "stages": ["question"],
                "seen": 8, "choosing": 6, "measured": 24, **optimize,
            },
        }
    )  # fmt: skip
    models = {"judge": model(engine, "judge"), "student": model(engine, "base", Trainer(folder.with_suffix(".calls")))}
    return run_recipe(recipe, folder, **models, **({"progress": progress} if progress else {}))


BETTER = {"base": 2, "trained": 6, "shown": 10}


@pytest.fixture(scope="module")
def asked() -> Counter[str]:
    """How often each request of `whole` was answered, by server and engine."""
    return Counter()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, asked: Counter[str]) -> tuple[Path, RunResult]:
    folder = tmp_path_factory.mktemp("turns") / "run"
    with Server(vague) as server:
        result = go(server.api_base, folder, BETTER, asked=asked)
    asked.update(server.answered)
    return folder, result


def test_every_step_is_measured_and_kept_if_better(whole: tuple[Path, RunResult]) -> None:
    folder, result = whole
    assert [step.step for step in result.steps] == ["generator's prompts", "student's weights", "solver's prompt"]
    for step in result.steps:
        assert step.kept
        assert 0 < step.low <= step.gain <= step.high
        assert step.of >= 20
        told = f"{step.step[1:]}: {100 * step.before:.1f} % before"
        assert any(told in note for note in result.notes)
        assert told in (folder / "log.jsonl").read_text()
    (curated, prompted) = (result.score("curated"), result.score("prompted"))
    assert curated is not None
    assert prompted is not None
    assert prompted.accuracy > 0.8 > 0.7 > curated.accuracy
    assert result.models["prompted"] == "solver-prompt/search/programs"


def test_examples_are_made_with_the_prompts_that_were_kept(whole: tuple[Path, RunResult]) -> None:
    folder, _ = whole
    found = json.loads((folder / "prompts" / "result.json").read_text())
    names = ("kept", "dropped")
    rows = [row for name in names for row in read_dataset(folder / "curated" / f"{name}.jsonl", JudgedExample)]
    assert rows
    assert {row.provenance.program for row in rows} == {found["id"]}
    assert found["better"]


def test_what_decides_is_never_what_measures(whole: tuple[Path, RunResult]) -> None:
    folder, _ = whole
    from source2synth.evaluation.accuracy import Grade

    search = folder / "solver-prompt" / "search"
    decided = {row.example_id for row in read_dataset(folder / "solver-prompt" / "base_000.parquet", Grade)}
    trials = [json.loads(line) for line in (search / "scores.jsonl").read_text().splitlines()]
    assert decided
    assert {row["part"] for row in trials} == {"seen", "choosing", "measured"}
    steps = json.loads((folder / "solver-prompt" / "done.json").read_text())["figures"]["steps"]
    held_out = json.loads((folder / "checks" / "done.json").read_text())["figures"]["passed"]["held_out"]
    assert steps[0]["of"] == len(decided) == (held_out + 1) // 2
    assert steps[1]["of"] <= held_out - len(decided)


def test_no_step_pays_for_what_another_one_has_asked(whole: tuple[Path, RunResult], asked: Counter[str]) -> None:
    """A request is one by its text and the number of its try, which no server sees; so the logs tell them apart."""
    folder, _ = whole
    logs = [ReplyLog(path) for path in folder.rglob("replies")]
    assert len(logs) == 3  # the run's and those of two searches, which may hold the same
    replies = {key for log in logs for key in log}
    assert asked.total() == len(replies) < sum(map(len, logs))


def test_what_is_no_better_is_not_kept(tmp_path: Path) -> None:
    with Server(answer) as server:
        result = go(server.api_base, tmp_path / "run", {"base": 6, "trained": 6, "shown": 6})
    assert [step.kept for step in result.steps] == [False, False, False]
    assert result.score("prompted") is None
    assert sum("no better, so what was there before goes on" in note for note in result.notes) == 3
    assert not json.loads((tmp_path / "run" / "prompts" / "done.json").read_text())["figures"]["better"]


@pytest.mark.slow
def test_what_is_weighed_is_shown_with_the_step_and_every_candidate(tmp_path: Path) -> None:
    """Weights are of the first step: what makes examples. The other two are measured by their accuracy alone."""
    weights = {"answerability": 1.0, "diversity": 0.2, "cost": 0.1}
    folder, human = tmp_path / "run", SAMPLES.parent / "questions.jsonl"
    with Server(vague) as server:
        result = go(server.api_base, folder, BETTER, human=human, weights=weights, costly_tokens=20_000)
    first, *others = result.steps
    assert first.kept
    assert re.match(r"1 answerability \(0\.\d\d to 0\.\d\d\) \+ 0\.2 diversity \(.*\) \+ 0\.1 cost \(", first.scored_by)
    assert not any(other.scored_by for other in others)
    told = [note for note in result.notes if first.scored_by in note]
    assert len(told) == 1
    page = StringIO()
    show(result, Console(file=page, width=1_000))
    for shown in (page.getvalue(), (folder / "log.jsonl").read_text(), (folder / "summary.json").read_text()):
        assert first.scored_by in shown
    search = folder / "prompts"
    found = json.loads((search / "result.json").read_text())
    assert found["configuration"]["weights"] == weights
    assert set(found["parts"]["best"]) == set(weights)
    tried = [json.loads(path.read_text())["about"] for path in (search / "candidates").glob("*/program.json")]
    assert len(tried) > 1
    assert all(about["weights"] == weights for about in tried)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["prompts:9", "solver-prompt:6"])
def test_interrupted_in_a_step_it_comes_to_the_same(tmp_path: Path, whole: tuple[Path, RunResult], where: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what it starts in the background
    stage, _, last = where.partition(":")
    seen = 0

    def progress(event: Event) -> None:
        nonlocal seen
        seen += event.stage == stage
        if seen == int(last):
            signal.raise_signal(signal.SIGINT)

    with Server(vague) as server:
        with pytest.raises(KeyboardInterrupt):
            go(server.api_base, tmp_path / "run", BETTER, progress)
        result = go(server.api_base, tmp_path / "run", BETTER)
    assert result.steps == whole[1].steps
    assert result.scores == whole[1].scores


def test_short_form_and_faults(tmp_path: Path) -> None:
    source = {"path": str(SAMPLES), "tables": TABLES[:3]}
    short = {"name": "n", "source": source, "optimize": "alternate"}
    recipe = make_recipe(short, {"optimize.budget_calls": 50})
    assert (recipe.optimize.alternate, recipe.optimize.budget_calls) == (True, 50)
    with pytest.raises(ConfigError, match="is done by `source2synth run`"):
        optimize_recipe(recipe, tmp_path / "run")
    with pytest.raises(ConfigError, match=r"a tuned prompt has none"):
        make_recipe({**short, "student": {"model": "openai/a", "tuned": "prompt"}})
