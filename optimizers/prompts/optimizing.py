"""`optimize_prompts`: rewrites prompts and picks demonstrations until more of what comes out can be answered."""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dspy
from pydantic import JsonValue

from ...backends import adapter_for
from ...backends.recording import recorded
from ...backends.replies import ReplyLog
from ...data.datasets import write_json
from ...data.document_records import Example, Sources
from ...data.records import Style
from ...errors import BudgetError, ConfigError
from ...evaluation.bootstrap import paired_bootstrap
from ...programs.compiled import save_program, stages_of, with_prompts
from ...programs.provenance import program_id
from ..composite import weights_of
from ..measuring import metric_of
from .budget import Budget, Meter, Metered, Spent, budget_of
from .candidates import Candidate, Ledger, evaluate, prepared
from .result import Optimized, Shares, Spending
from .searches import REFLECT, SEARCHES, Search, quiet, search_for
from .showing import Showing, watched
from .tasks import Sizes, Tasks, division_of, tasks_of

OPTIMIZERS = tuple(SEARCHES)
"""Names of the optimizers."""
MARGIN = 1.5
"""The best program's measurement is kept back money for: so many times what the baseline's took."""

Progress = Callable[[Spending], None]
"""Told after every result what is spent so far, from any thread."""


def optimize_prompts(
    program: Any,
    sources: Sources,
    metric: Any,
    *,
    optimizer: str = "gepa",
    budget_calls: int | None = None,
    budget_usd: float | None = None,
    budget_tokens: int | None = None,
    budget_metric_calls: int | None = None,
    lm: Any = None,
    reflection: Any = None,
    examples: Sequence[Example] = (),
    stages: Sequence[str] | None = None,
    jointly: bool = False,
    levels: Sequence[int] = (1, 2, 3, 4),
    styles: Sequence[Style] | None = None,
    sizes: tuple[int, int, int] = Sizes(),
    division: Any = None,
    seed: int = 0,
    threads: int = 8,
    workdir: str | Path | None = None,
    progress: Progress | None = None,
) -> Optimized:
    """Optimize the prompts of a program, and measure on sources that neither the search nor the choice has seen.

    Sources are divided in three as in a run: the optimizer sees tasks of slice 0, tasks of slice 1 choose between
    candidates, and held-out ones measure baseline and best once, at the end. All of it is paid from the budget. Killed
    at any moment and called again with the same `workdir`, it goes on from the logged replies.

    Args:
        program: `TableQuestions`, `MultiHopQuestions`, `Imputation`, or a solver; it is not changed.
        sources: The database, or the corpus.
        metric: `Answerability`, `Composite`, `Accuracy` (solvers), or any DSPy metric.
        optimizer: `gepa`, `mipro` (needs the extra `optimize`), `bootstrap`, `bootstrap_random`, `copro`, or `none`:
            the baseline is measured.
        budget_calls: Cap on calls of models, whatever their role. One cap at least must be given.
        budget_usd: Cap in dollars; every model needs a known price.
        budget_tokens: Cap on tokens of prompts and replies.
        budget_metric_calls: Cap on results measured.
        lm: The model that the program asks; None: the configured one.
        reflection: The model that proposes prompts; None: `lm`.
        examples: For solvers and imputation: what they are tried on, of all parts.
        stages: Of the program, by name; None: all that ask a model.
        jointly: Let GEPA rewrite all stages at once, not one after the other.
        levels: Of questions on tables, in turn.
        styles: Of questions, in turn; None: all that the program knows.
        sizes: Tasks seen by the optimizer, choosing, and measured.
        division: Made beforehand; None: as that kind of sources is divided, from `seed`.
        seed: Of tasks and search.
        threads: Tasks tried at a time.
        workdir: Folder for replies, scores and programs; None: nothing is kept, and nothing can be resumed.
        progress: Told what is spent.

    Raises:
        ConfigError: an argument is wrong, or a price is not known.
        BudgetError: the budget does not cover the baseline's measurement.
        ImportError: the optimizer needs an extra.
    """
    run = search_for(optimizer)
    budget = budget_of(budget_calls, budget_usd, budget_tokens, budget_metric_calls)
    lm = lm if lm is not None else dspy.settings.lm
    _check(program, budget, lm, stages)
    division = division or division_of(sources, seed)
    tasks = tasks_of(program, sources, examples, Sizes(*sizes), division, seed, levels=levels, styles=styles)
    settings: dict[str, JsonValue] = {
        "optimizer": optimizer,
        "budget": budget.model_dump(mode="json"),
        "metric": _named(metric),
        "model": str(lm.model),
        "reflection": str((reflection or lm).model) if optimizer in REFLECT else None,
        "stages": list(stages) if stages is not None else list(stages_of(program)),
        "jointly": jointly,
        "sizes": [len(tasks.seen), len(tasks.choosing), len(tasks.measured)],
        "seed": seed,
        **weights_of(metric),
    }
    with _opened(workdir) as (folder, log):
        meter = Meter(budget, log)
        replies = Metered(log, meter)

        def wrap(model: Any) -> Any:
            return recorded(model, replies)

        ledger = Ledger(metric_of(metric).with_models(wrap), meter, tasks, folder / "scores.jsonl")
        ledger.progress = progress
        search = Search(ledger, meter, tasks, wrap(reflection or lm), threads, seed, jointly)
        asked = wrap(lm)
        try:
            with dspy.context(lm=asked, adapter=adapter_for(lm), **watched()):
                found = _searched(prepared(program, stages), run, search)
                result = _measured(program, found, search, settings, seed)
        except Spent as spent:
            raise (meter.fault or BudgetError(_too_small(meter))) from spent
        finally:
            ledger.close()
        _write(folder, program, ledger, result)
    return result


def _named(metric: Any) -> str:
    """Return how a metric shows itself, or its class: the usual `<… object at …>` differs in every process."""
    shown = str(metric)
    return type(metric).__name__ if shown.startswith("<") else shown


def _check(program: Any, budget: Budget, lm: Any, stages: Sequence[str] | None) -> None:
    if not budget.has_cap:
        raise ConfigError("optimize_prompts needs a budget: budget_calls=, budget_usd=, budget_tokens=, or several.")
    if lm is None:
        raise ConfigError("There is no language model to ask: pass `lm=`, or work inside `dspy.context(lm=…)`.")
    known = stages_of(program)
    if not known:
        raise ConfigError(f"{type(program).__name__} asks no model: there is no prompt to optimize.")
    for stage in stages or ():
        if stage not in known:
            raise ConfigError(f"stages: {stage!r} is none that asks a model; these do: {', '.join(known)}.")
    kept = [name for name in known if stages is not None and name not in stages]
    bare = next((name for name in kept if isinstance(getattr(program, name), dspy.Predict)), None)
    if bare:
        raise ConfigError(f"stages: {bare!r} cannot be left out of {type(program).__name__}; optimize it too.")


def _searched(program: Any, run: Any, search: Search) -> tuple[str, bool]:
    """Measure the baseline, keep money back for the best, search; returns the chosen one and if money ran out."""
    ledger, meter, tasks = search.ledger, search.meter, search.tasks
    baseline = Candidate(program, ledger)
    ledger.note(program)
    before = meter.spent
    evaluate(baseline, tasks.measured, ledger, search.threads)
    took = meter.spent.minus(before)
    if run is SEARCHES["none"]:
        evaluate(baseline, tasks.choosing, ledger, search.threads)
        return program_id(program), False
    meter.reserved = _reserve(took, len(tasks.measured))
    exhausted = False
    try:
        evaluate(baseline, tasks.choosing, ledger, search.threads)
        with quiet():
            student = Candidate(program.deepcopy(), ledger)
            ledger.showing = Showing(student)
            best = run(student, search)
        evaluate(Candidate(_thawed(best), ledger), tasks.choosing, ledger, search.threads)
    except Spent as spent:
        if meter.fault:
            raise meter.fault from spent
        exhausted = True
    ledger.finish_search()
    ledger.reopen()
    return ledger.best(), exhausted


def _thawed(best: Any) -> Any:
    """Return the program inside what an optimizer returned; it marks it as compiled, which hides its stages."""
    best._compiled = False
    return best.program


def _reserve(took: Spending, tasks: int) -> Spending:
    return Spending(
        calls=int(took.calls * MARGIN) + 1,
        tokens=int(took.tokens * MARGIN) + 1,
        usd=took.usd * MARGIN,
        metric_calls=tasks,
    )


def _measured(
    program: Any, found: tuple[str, bool], search: Search, settings: dict[str, JsonValue], seed: int
) -> Optimized:
    ledger, meter, tasks = search.ledger, search.meter, search.tasks
    (chosen, exhausted), notes = found, list(tasks.notes)
    baseline = program_id(program)
    best = with_prompts(program, ledger.programs[chosen])
    meter.reserved = Spending()
    cut = False
    try:
        evaluate(Candidate(best, ledger), tasks.measured, ledger, search.threads)
    except Spent as spent:
        if meter.fault:
            raise meter.fault from spent
        cut = True
    ledger.finish_search()
    pairs = _pairs(ledger, tasks, baseline, chosen)
    if cut:
        notes.append(f"The budget ended while the best program was measured: {len(pairs)} tasks count.")
    notes += [
        f"{name} could not be measured of {count} results, which count without it."
        for name, count in sorted(getattr(ledger.metric, "unscored", {}).items())
    ]
    unscored = len(tasks.measured) - len(pairs)
    if unscored and not cut:
        notes.append(f"{unscored} measured tasks are left out: no try could be made on one side or the other.")
    gain = _gain(pairs, seed)
    better = chosen != baseline and gain.low > 0
    return Optimized(
        program=best if better else program.deepcopy(),
        id=chosen if better else baseline,
        better=better,
        baseline=_share([one for one, _ in pairs], seed),
        best=_share([other for _, other in pairs], seed),
        gain=gain,
        chosen=chosen,
        chosen_program=best,
        candidates=ledger.candidates(),
        parts=(ledger.parts(baseline, tasks.measured), ledger.parts(chosen, tasks.measured)),
        spent=meter.spent,
        exhausted=exhausted or cut,
        configuration=settings,
        notes=tuple(notes),
    )


def _pairs(ledger: Ledger, tasks: Tasks, baseline: str, chosen: str) -> list[tuple[float, float]]:
    """Return the scores of both on the measured tasks that both have."""
    both = ((ledger.scores[baseline].get(task.key), ledger.scores[chosen].get(task.key)) for task in tasks.measured)
    return [(a.score, b.score) for a, b in both if a and b and a.score is not None and b.score is not None]


def _share(scores: Sequence[float], seed: int) -> Shares:
    mean, low, high = paired_bootstrap(scores, [0.0] * len(scores), seed=seed)
    return Shares(mean=mean, low=low, high=high, of=len(scores))


def _gain(pairs: Sequence[tuple[float, float]], seed: int) -> Shares:
    mean, low, high = paired_bootstrap([best for _, best in pairs], [baseline for baseline, _ in pairs], seed=seed)
    return Shares(mean=mean, low=low, high=high, of=len(pairs))


@contextmanager
def _opened(workdir: str | Path | None) -> Iterator[tuple[Path, ReplyLog]]:
    with tempfile.TemporaryDirectory(prefix="source2synth-") as passing:
        folder = Path(workdir or passing)
        log = ReplyLog(folder / "replies")
        try:
            yield folder, log
        finally:
            log.close()


def _write(folder: Path, program: Any, ledger: Ledger, result: Optimized) -> None:
    """Write the program to use, every candidate, and what was found."""
    about = {**result.configuration, "gain": result.gain.model_dump(mode="json"), "better": result.better}
    save_program(result.program, folder / "programs", about)
    weights = weights_of(ledger.metric)
    for one in result.candidates:
        tried = with_prompts(program, ledger.programs[one.id])
        save_program(tried, folder / "candidates" / one.id, {**one.model_dump(), **weights})
    write_json(folder / "result.json", json.loads(json.dumps(result.summary())))


def _too_small(meter: Meter) -> str:
    caps = ", ".join(f"{name}={value}" for name, value in meter.budget.model_dump().items() if value is not None)
    return (
        f"The budget ({caps}) does not cover the measurement of the program as it is; {meter.spent.calls} calls were "
        "made. Give more, or measure fewer tasks: `sizes=(24, 16, 10)`, in a recipe `optimize.measured: 10`."
    )
