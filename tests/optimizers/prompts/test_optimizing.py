"""Optimizations of a simulated generator: what each reaches, within the budget, however often it is killed."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import dspy
import pytest

from source2synth.errors import BudgetError, ConfigError
from source2synth.optimizers import Answerability, Composite, Naturalness, Part, optimize_prompts
from source2synth.optimizers.measuring import Measured
from source2synth.optimizers.prompts import Spending
from source2synth.programs import program_id
from source2synth.programs.compiled import read_stages

DRAWN = random.SystemRandom().randrange(1000)
"""The rules of this test run."""
RESULTS = 300


def optimized(simulation: Any, optimizer: str, *, rules: int = DRAWN, metric: Any = None, **options: Any) -> Any:
    engine, priced = options.pop("engine", None) or simulation.Engine(rules), options.pop("priced", False)
    metric = metric or Answerability(simulation.solver(), lm=simulation.model(engine, "solver", priced=priced), k=1)
    given = {
        "lm": simulation.model(engine, "generator", priced=priced),
        "reflection": simulation.model(engine, "reflection", priced=priced),
        "stages": ("sql", "question"),
        "styles": ("formal",),
        "threads": 4,
        **({} if any(name.startswith("budget") for name in options) else {"budget_metric_calls": RESULTS}),
        **options,
    }
    return optimize_prompts(simulation.program(), simulation.tables(), metric, optimizer=optimizer, **given)


@pytest.mark.parametrize("optimizer", ["gepa", "mipro", "bootstrap", "bootstrap_random"])
def test_what_the_solver_can_answer_rises_on_held_out_tables(simulation: Any, optimizer: str) -> None:
    if optimizer == "mipro":
        pytest.importorskip("optuna")
    found = optimized(simulation, optimizer)
    told = f"rules {DRAWN}: {found}"
    assert found.baseline.mean < 0.5, told
    assert found.best.mean > 0.9, told
    assert found.better, told
    assert found.spent.metric_calls <= RESULTS, told
    assert program_id(found.program) == found.id == found.chosen
    assert found.gain.low > 0


@pytest.mark.parametrize("optimizer", ["none", "copro"])
def test_what_cannot_learn_is_no_better_and_says_so(simulation: Any, optimizer: str) -> None:
    found = optimized(simulation, optimizer)
    assert not found.better
    assert str(found).startswith("no better")
    assert found.id == program_id(simulation.program())


def test_without_feedback_gepa_does_not_get_there(simulation: Any) -> None:
    class Silent(Answerability):
        def measure(self, task: Any, made: Any = None) -> Measured:
            return super().measure(task, made).model_copy(update={"words": ""})

    engine = simulation.Engine(DRAWN)
    metric = Silent(simulation.solver(), lm=simulation.model(engine, "solver"), k=1)
    found = optimized(simulation, "gepa", metric=metric, engine=engine)
    assert found.best.mean < 0.5, f"rules {DRAWN}: {found}"
    assert engine.reflected


@pytest.mark.parametrize("cap", [{"budget_calls": 400}, {"budget_tokens": 20_000}])
def test_no_call_is_made_that_the_budget_does_not_cover(simulation: Any, cap: dict[str, int]) -> None:
    engine = simulation.Engine(DRAWN)
    found = optimized(simulation, "bootstrap_random", engine=engine, **cap)
    spent = {"budget_calls": engine.calls, "budget_tokens": engine.calls * 50}
    (name, most), *_ = cap.items()
    assert most * 0.6 < spent[name] <= most
    assert found.spent.calls == engine.calls
    assert found.exhausted


def test_dollars_are_spent_up_to_the_budget_and_not_beyond(simulation: Any) -> None:
    engine = simulation.Engine(DRAWN)
    found = optimized(simulation, "bootstrap_random", engine=engine, budget_usd=0.02, priced=True)
    assert 0.012 < engine.calls * 50e-6 <= 0.02
    assert found.spent.usd == pytest.approx(engine.calls * 50e-6)
    assert found.exhausted


def test_a_budget_that_does_not_cover_the_baseline_is_said_at_once(simulation: Any) -> None:
    with pytest.raises(BudgetError, match="does not cover"):
        optimized(simulation, "gepa", budget_calls=20)


def test_dollars_without_a_known_price_are_refused(simulation: Any) -> None:
    with pytest.raises(ConfigError, match="price of scripted/generator is not known"):
        optimized(simulation, "gepa", budget_usd=1.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stages": ("seeds",)}, "'seeds' is none that asks a model; these do: question, repair, sql"),
        ({"budget_calls": None}, "needs a budget"),
    ],
)
def test_wrong_arguments_are_told(simulation: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        optimized(simulation, "gepa", **options)


@pytest.mark.parametrize("jointly", [False, True])
def test_stages_are_rewritten_one_after_the_other_or_jointly(simulation: Any, tmp_path: Path, jointly: bool) -> None:
    """The first candidate of GEPA has other instructions in one stage, or in both.

    By rules that are always the same: with some, what GEPA sees first has faults of one stage only.
    """
    found = optimized(simulation, "gepa", rules=1, jointly=jointly, workdir=tmp_path, budget_metric_calls=130)
    first, second = (read_stages(tmp_path / "candidates" / one.id) for one in found.candidates[:2])
    changed = {stage for stage in first if first[stage].id != second[stage].id}
    assert changed < {"sql", "question", "repair"}
    assert changed == {"sql", "question"} if jointly else len(changed) == 1
    assert found.configuration["jointly"] is jointly


def test_a_judge_that_fails_is_left_out_and_told(simulation: Any, tmp_path: Path) -> None:
    engine = simulation.Engine(DRAWN)  # it says things about wording, but gives no rating
    answerable = Answerability(simulation.solver(), lm=simulation.model(engine, "solver"), k=1)
    metric = Composite(Part(0.8, answerable), Part(0.2, Naturalness(simulation.model(engine, "judge"))))
    found = optimized(simulation, "none", metric=metric, engine=engine, workdir=tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    kept = [row for row in rows if row["kept"]]
    assert kept
    assert {row["score"] for row in kept} == {1.0}  # of what could be measured
    assert f"naturalness could not be measured of {len(kept)} results, which count without it." in found.notes


def test_everything_is_written_down(simulation: Any, tmp_path: Path) -> None:
    heard: list[Spending] = []
    found = optimized(simulation, "bootstrap", workdir=tmp_path, progress=heard.append, threads=1)
    assert [one.metric_calls for one in heard] == list(range(1, found.spent.metric_calls + 1))
    assert heard[-1].calls == found.spent.calls
    rows = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert len(rows) == found.spent.metric_calls
    assert {row["part"] for row in rows} == {"seen", "choosing", "measured"}
    assert json.loads((tmp_path / "result.json").read_text()) == json.loads(json.dumps(found.summary()))
    assert {path.name for path in (tmp_path / "candidates").iterdir()} == {one.id for one in found.candidates}
    assert json.loads((tmp_path / "programs" / "program.json").read_text())["id"] == found.id


def test_the_parts_share_no_table(simulation: Any) -> None:
    from source2synth.optimizers.prompts.tasks import Sizes, division_of, tasks_of

    database = simulation.tables()
    tasks = tasks_of(simulation.program(), database, (), Sizes(), division_of(database, 0), 0)
    tables = [{task.table for task in part} for part in (tasks.seen, tasks.choosing, tasks.measured)]
    assert not tables[0] & tables[1]
    assert not tables[2] & (tables[0] | tables[1])


KILLED = """
import importlib.util, os, pathlib, signal, sys
spec = importlib.util.spec_from_file_location("simulation", sys.argv[1])
simulation = importlib.util.module_from_spec(spec); sys.modules["simulation"] = simulation
spec.loader.exec_module(simulation)
from source2synth.optimizers import Answerability, optimize_prompts
work, last = pathlib.Path(sys.argv[2]), int(sys.argv[3])

class Counting(simulation.Engine):
    def complete(self, request):
        with (work / "calls").open("a") as file:
            file.write("x")
        if last and (work / "calls").stat().st_size >= last:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().complete(request)

engine = Counting(3)
found = optimize_prompts(
    simulation.program(), simulation.tables(),
    Answerability(simulation.solver(), lm=simulation.model(engine, "solver"), k=1), optimizer="gepa",
    budget_calls=400, lm=simulation.model(engine, "generator"), reflection=simulation.model(engine, "reflection"),
    stages=("sql", "question"), styles=("formal",), threads=1, workdir=work / "out",
)
print(found.chosen, found.spent.calls, found.best.mean)
"""


def killed(work: Path, last: int) -> subprocess.CompletedProcess[str]:
    simulation = str(Path(__file__).with_name("simulation.py"))
    command = [sys.executable, "-c", KILLED, simulation, str(work), str(last)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))


@pytest.mark.slow
def test_killed_and_run_again_it_spends_the_rest_of_the_budget_and_no_more(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    expected = killed(whole, 0)
    assert expected.returncode == 0, expected.stderr
    for last in (70, 200):
        assert killed(broken, last).returncode == -signal.SIGKILL
    again = killed(broken, 0)
    assert again.stdout == expected.stdout, again.stderr
    calls = (broken / "calls").stat().st_size
    assert calls <= 400 + 2  # the two that were under way when it was killed were not answered
    assert calls == (whole / "calls").stat().st_size + 2


def of_one_s_own(simulation: Any) -> tuple[Any, Answerability, list[Any]]:
    """Return the engine, the metric and the tasks of a user who calls DSPy's optimizers without us."""
    engine, database = simulation.Engine(DRAWN), simulation.tables(12)
    metric = Answerability(simulation.solver(), lm=simulation.model(engine, "solver"), k=1)
    tasks = [
        dspy.Example(database=database, table=f"things{at}", seed=at).with_inputs("database", "table", "seed")
        for at in range(12)
    ]
    return engine, metric, tasks


def test_metrics_of_one_s_own_and_dspy_s_own_optimizers_go_together(simulation: Any) -> None:
    engine, metric, tasks = of_one_s_own(simulation)
    with dspy.context(lm=simulation.model(engine, "generator")):
        few = dspy.BootstrapFewShot(metric=metric, max_bootstrapped_demos=2, max_labeled_demos=0)
        program = simulation.program()
        compiled = few.compile(program, trainset=tasks)
        assert compiled.sql.write.demos
        scored = dspy.Evaluate(devset=tasks, metric=metric, num_threads=2)(compiled)
        assert scored.score >= dspy.Evaluate(devset=tasks, metric=metric, num_threads=2)(program).score


def test_gepa_of_one_s_own_reads_the_words_of_our_metric(simulation: Any) -> None:
    engine, metric, tasks = of_one_s_own(simulation)
    gepa = dspy.GEPA(
        metric=metric.as_gepa(),
        reflection_lm=simulation.model(engine, "reflection"),
        max_metric_calls=60,
        num_threads=1,
    )
    with dspy.context(lm=simulation.model(engine, "generator")):
        found = gepa.compile(simulation.program(), trainset=tasks[:6], valset=tasks[6:])
    said = " ".join(one.signature.instructions for one in (found.sql.write, found.question.word))
    assert any(fault.lesson in said for fault in engine.rules.values()), f"rules {DRAWN}"
