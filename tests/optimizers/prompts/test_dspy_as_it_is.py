"""Our modules and metrics inside DSPy's own tools, and the traps of those tools."""

import asyncio
import copy
from typing import Any

import dspy
import pytest

from source2synth.backends.usage import SharedTracker
from source2synth.data.records import Attempt
from source2synth.optimizers import Answerability
from source2synth.optimizers.prompts.budget import Budget, Meter, Spent
from source2synth.optimizers.prompts.candidates import Candidate, Ledger, prepared
from source2synth.optimizers.prompts.tasks import Tasks
from source2synth.programs import HopReasoner, Imputation, MultiHopQuestions, SQLReasoner, TableQuestions
from source2synth.programs.compiled import stages_of

FAULTLESS = 0


@pytest.fixture
def engine(simulation: Any) -> Any:
    return simulation.Engine(FAULTLESS)


@pytest.fixture
def tasks(simulation: Any) -> list[Any]:
    database = simulation.tables(12)
    return [
        dspy.Example(database=database, table=f"things{at}", seed=at, key=str(at)).with_inputs(
            "database", "table", "seed"
        )
        for at in range(12)
    ]


def test_evaluate_and_its_usage_in_threads(simulation: Any, engine: Any, tasks: list[Any]) -> None:
    metric = Answerability(simulation.solver(), lm=simulation.model(engine, "solver"), k=1)
    evaluate = dspy.Evaluate(devset=tasks, metric=metric, num_threads=4)
    with dspy.context(lm=simulation.model(engine, "generator")):
        with dspy.track_usage() as lost:
            score = evaluate(simulation.program()).score
        assert lost.get_total_tokens() == {}  # dspy's trap: if this changes, SharedTracker can go
        with dspy.context(usage_tracker=SharedTracker()):
            assert evaluate(simulation.program()).score == score
            counted = dspy.settings.usage_tracker.get_total_tokens()
    assert 0 < score < 100
    assert counted["scripted/generator"]["completion_tokens"] >= 12 * 10


def test_parallel_and_best_of_n_return_our_records(simulation: Any, engine: Any, tasks: list[Any]) -> None:
    program = simulation.program()
    with dspy.context(lm=simulation.model(engine, "generator")):
        made = dspy.Parallel(num_threads=4, disable_progress_bar=True)([(program, task) for task in tasks])
        best = dspy.BestOfN(
            program, N=2, reward_fn=lambda args, attempt: float(attempt.example is not None), threshold=1.0
        )
        one = best(**tasks[0].inputs())
    assert all(isinstance(attempt, Attempt) for attempt in (*made, one))


class Streaming(dspy.Module):
    """streamify ends at a `dspy.Prediction`, which a module of one's own makes of our record."""

    def __init__(self, solver: Any) -> None:
        super().__init__()
        self.solver = solver

    def forward(self, **question: Any) -> Any:
        return dspy.Prediction(sql=self.solver(**question).sql)


@pytest.mark.timeout(60)
def test_a_solver_streams_and_leaves_a_history(simulation: Any, engine: Any, tasks: list[Any]) -> None:
    lm = simulation.model(engine, "solver")
    database = tasks[0].database.only(("things0",))

    async def streamed() -> Any:
        stream = dspy.streamify(Streaming(simulation.solver()), async_streaming=True)
        with dspy.context(lm=lm):
            return [item async for item in stream(database=database, question="How many are of the sort sortA0?")]

    with dspy.context(lm=lm):
        answer = simulation.solver()(database, "How many are of the sort sortA0?")
    assert answer.sql == "SELECT COUNT(*) FROM things0 WHERE sort = 'sortA0'"
    assert "sortA0" in str(lm.history[-1])
    assert "sortA0" in str(lm.inspect_history(1) or lm.history)
    assert asyncio.run(streamed())[-1].sql == answer.sql


def test_engines_are_not_copied_with_programs(simulation: Any, engine: Any) -> None:
    program = simulation.program()
    program.set_lm(simulation.model(engine, "generator"))
    assert copy.deepcopy(program).sql.write.lm.engine is engine


def ledger(simulation: Any, engine: Any, tasks: list[Any], tmp_path: Any) -> Ledger:
    from source2synth.backends.replies import ReplyLog

    metric = Answerability(simulation.solver(), lm=simulation.model(engine, "solver"), k=1)
    return Ledger(metric, Meter(Budget(), ReplyLog(tmp_path)), Tasks(tuple(tasks), (), (), ()))


def test_a_straggler_that_runs_twice_counts_once(simulation: Any, engine: Any, tasks: list[Any], tmp_path: Any) -> None:
    book = ledger(simulation, engine, tasks, tmp_path)
    candidate = Candidate(simulation.program(), book)
    with dspy.context(lm=simulation.model(engine, "generator")):
        made = candidate(**tasks[0].inputs())
        again = candidate(**tasks[0].inputs())
        assert book.number(tasks[0], made) == book.number(tasks[0], again)
    assert book.meter.spent.metric_calls == 1


def test_stages_compiled_before_are_optimized_again_and_others_stay(simulation: Any) -> None:
    program = simulation.program()
    program.sql._compiled = True
    assert "sql.write" not in dict(program.named_predictors())
    names = set(dict(prepared(program, ("sql",)).named_predictors()))
    assert names == {"sql.write"}
    assert "sql.write" in dict(prepared(program, None).named_predictors())


WHOLE = {
    TableQuestions: {"seeds", "sql", "repair", "question"},
    MultiHopQuestions: {"seeds", "hop", "compose", "check"},
    Imputation: {"rebuild", "compose", "solver"},
    SQLReasoner: {"ask"},
    HopReasoner: {"ask"},
}


@pytest.mark.parametrize("kind", WHOLE, ids=lambda kind: kind.__name__)
def test_every_stage_is_seen_by_optimizers_alone_and_with_all_others(kind: Any) -> None:
    every = dict(prepared(kind(), None).named_predictors())
    assert {path.partition(".")[0] for path in every} == WHOLE[kind] == set(stages_of(kind()))
    for stage in WHOLE[kind]:
        alone = dict(prepared(kind(), (stage,)).named_predictors())
        assert alone.keys() == {path for path in every if path.partition(".")[0] == stage}


def test_mlflow_traces_our_programs_where_it_is_installed(
    simulation: Any, engine: Any, tasks: list[Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    mlflow = pytest.importorskip("mlflow")
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'traces.db'}")
    mlflow.dspy.autolog()
    try:
        with dspy.context(lm=simulation.model(engine, "generator")):
            attempt = simulation.program()(**tasks[0].inputs())
        mlflow.flush_trace_async_logging()
        (trace,) = mlflow.search_traces(return_type="list")
    finally:
        mlflow.dspy.autolog(disable=True)
    assert isinstance(attempt, Attempt)
    spans = trace.data.spans
    assert [span.name for span in spans if span.parent_id is None] == ["TableQuestions.forward"]
    assert any(span.name.startswith("LM") for span in spans)


def test_after_the_search_no_thread_of_it_goes_on(
    simulation: Any, engine: Any, tasks: list[Any], tmp_path: Any
) -> None:
    book = ledger(simulation, engine, tasks, tmp_path)
    book.finish_search()
    with dspy.context(lm=simulation.model(engine, "generator")), pytest.raises(Spent):
        Candidate(simulation.program(), book)(**tasks[0].inputs())
    assert engine.calls == 0
