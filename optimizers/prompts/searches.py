"""The searches: DSPy's optimizers, set up for our tasks. Each tries candidates; the ledger knows what they scored."""

import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import dspy

from ...errors import ConfigError
from .budget import Meter
from .candidates import Candidate, Ledger
from .tasks import Tasks

DEMOS = 8
"""Demonstrations that a bootstrapping optimizer gathers for a stage, at most."""
PROPOSALS = 6
"""Instructions that COPRO and MIPROv2 propose for a stage."""
ENDLESS = 10**6
"""Metric calls that GEPA may make by its own count; ours ends it."""


class Search(NamedTuple):
    """What a search is given."""

    ledger: Ledger
    meter: Meter
    tasks: Tasks
    reflection: Any
    """The model that proposes prompts; None for searches without one."""
    threads: int
    seed: int
    jointly: bool
    """All stages at once, not one after the other."""


def gepa(student: Candidate, search: Search) -> Any:
    """Let a model reflect on what the metric says of failures, and rewrite the instructions."""

    def over(state: Any) -> bool:
        return not search.meter.left()

    optimizer = dspy.GEPA(
        metric=search.ledger.words,
        max_metric_calls=ENDLESS,
        reflection_lm=search.reflection,
        num_threads=search.threads,
        component_selector="all" if search.jointly else by_turns,
        warn_on_score_mismatch=False,
        seed=search.seed,
        gepa_kwargs={"stop_callbacks": [over, _Stalled()]},
    )
    return optimizer.compile(student, trainset=list(search.tasks.seen), valset=list(search.tasks.choosing))


def by_turns(
    state: Any, trajectories: Any, subsample_scores: Any, candidate_idx: int, candidate: dict[str, str]
) -> list[str]:
    """Choose the prompt that GEPA rewrites next: by turns as its own choice does, but one that these tasks asked.

    A prompt that is never asked (of vague wording, of a property to compare) would cost a round of results in vain.
    """
    said = {predictor.signature.instructions for one in trajectories for predictor, _, _ in one["trace"]}
    names, turns = state.list_of_named_predictors, state.named_predictor_id_to_update_next_for_program_candidate
    order = [(turns[candidate_idx] + step) % len(names) for step in range(len(names))]
    chosen = next((at for at in order if candidate[names[at]] in said), order[0])
    turns[candidate_idx] = (chosen + 1) % len(names)
    return [names[chosen]]


class _Stalled:
    """Ends GEPA when nothing new comes of round after round: on replies that cost nothing it would go on for ever."""

    def __init__(self, patience: int = 40) -> None:
        self.patience = patience

    def __call__(self, state: Any) -> bool:
        """Tell whether the last rounds gave no new candidate."""
        count = len(state.program_candidates)
        if count != getattr(self, "count", None):
            self.count, self.since = count, state.i
        return bool(state.i - self.since >= self.patience)


def mipro(student: Candidate, search: Search) -> Any:
    """Propose instructions and demonstrations, and search their combinations (needs the extra `optimize`)."""
    try:
        import optuna
    except ImportError as error:
        raise ImportError("MIPROv2 needs optuna: pip install 'source2synth[optimize]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optimizer = dspy.MIPROv2(
        metric=search.ledger.number,
        prompt_model=search.reflection,
        task_model=dspy.settings.lm,
        auto=None,
        num_candidates=PROPOSALS,
        max_bootstrapped_demos=DEMOS,
        max_labeled_demos=0,
        num_threads=search.threads,
        seed=search.seed or 9,
        track_stats=False,
    )
    return optimizer.compile(
        student,
        trainset=list(search.tasks.seen),
        valset=list(search.tasks.choosing),
        num_trials=4 * PROPOSALS,
        minibatch=False,
        data_aware_proposer=False,  # it would print whole databases
        program_aware_proposer=False,  # it reads source code, and our programs are not one file
    )


def bootstrap(student: Candidate, search: Search) -> Any:
    """Take results that the metric keeps as demonstrations."""
    optimizer = dspy.BootstrapFewShot(
        metric=search.ledger.number,
        max_bootstrapped_demos=DEMOS,
        max_labeled_demos=0,
    )
    return optimizer.compile(student, trainset=list(search.tasks.seen))


def bootstrap_random(student: Candidate, search: Search) -> Any:
    """Draw many sets of demonstrations, and keep the one that does best on the tasks that choose."""
    optimizer = dspy.BootstrapFewShotWithRandomSearch(
        metric=search.ledger.number,
        max_bootstrapped_demos=DEMOS,
        max_labeled_demos=0,
        num_candidate_programs=8,
        num_threads=search.threads,
    )
    return optimizer.compile(student, trainset=list(search.tasks.seen), valset=list(search.tasks.choosing))


def copro(student: Candidate, search: Search) -> Any:
    """Propose instructions from earlier ones with their scores. It looks at no task, so those that choose score."""
    optimizer = dspy.COPRO(prompt_model=search.reflection, metric=search.ledger.number, breadth=PROPOSALS, depth=3)
    options = {"num_threads": search.threads, "display_progress": False}
    return optimizer.compile(student, trainset=list(search.tasks.choosing), eval_kwargs=options)


def none(student: Candidate, search: Search) -> Any:
    """Change nothing: the baseline."""
    return student


SEARCHES: dict[str, Callable[[Candidate, Search], Any]] = {
    "gepa": gepa,
    "mipro": mipro,
    "bootstrap": bootstrap,
    "bootstrap_random": bootstrap_random,
    "copro": copro,
    "none": none,
}
REFLECT = frozenset({"gepa", "mipro", "copro"})
"""Searches that ask a model for prompts."""


def search_for(name: str) -> Callable[[Candidate, Search], Any]:
    """Return a search by name; raises ConfigError."""
    if name not in SEARCHES:
        raise ConfigError(f"optimizer: {name!r} is none; write {', '.join(SEARCHES)}.")
    return SEARCHES[name]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what optimizers print away from stdout, where a program may read JSON, and their log from the terminal."""
    log = logging.getLogger("dspy")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        log.setLevel(level)
