"""Curation: a student fine-tuned on one half of the examples decides which of the other half are worth training on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..data.document_records import Example, Sources
from ..data.imputations import Imputations
from ..data.records import Part, Verdict
from ..errors import ConfigError, TrainingError
from .ablating import ablate, with_ablation
from .answerability import Answerability
from .answerer import Answerer
from .document_steps import DocumentSteps
from .kinds import kind_of
from .rules import KeepRule
from .selecting import Selection, draw_control, select, weighed
from .training import student_form, train_on
from .waiting import wait_for


@dataclass(frozen=True)
class Curated:
    """Everything that a curation found and made."""

    kept: tuple[Example, ...]
    """What passed checks and filter, in id order."""
    dropped: tuple[Example, ...]
    """What failed a check (any part) or the filter."""
    unjudged: tuple[Example, ...]
    """Examples whose tries could not be made."""
    verdicts: tuple[Verdict, ...]
    """One for every example that a check dropped or the filter judged."""
    division: Any
    """Which of the sources is in which part."""
    parts: dict[Part, tuple[Example, ...]]
    """What passed the checks, by part; of what is judged, as it was imputed."""
    student: Any
    """The base of all models, a `dspy.LM`."""
    synth: Any
    """LLMSynth, trained on slice 0."""
    model: Any
    """LLMCurated: the base trained on what was kept; None if nothing was, nor any human example given."""
    control: tuple[Example, ...]
    """As many examples as were kept, drawn at random from what was judged; empty without a control."""
    control_model: Any
    """The base trained on `control`; None without, or if nothing was kept."""
    solver: Answerer
    """Answers questions with LLMCurated: `result.solver(database, question)`."""
    imputation: Imputations | None = None
    """What imputation came to; None if none was wanted."""
    twins: tuple[Example, ...] = ()
    """Unanswerable twins of what was kept; LLMCurated is trained on them too."""
    held_out_twins: tuple[Example, ...] = ()
    """Those of held-out examples, for measuring whether a model abstains."""


def curate(
    solver: Any,
    examples: Sequence[Example],
    *,
    sources: Sources,
    student: Any = "tiny",
    k: int | None = None,
    keep: str = "any",
    temperature: float = 0.7,
    perturbed: int = 0,
    half: Literal["one", "both"] = "one",
    learnability: bool = False,
    human: Sequence[Example] = (),
    checks: Sequence[Any] | None = None,
    division: Any = None,
    imputation: Any = None,
    imputed_hop: int | Literal["random"] = 1,
    unanswerable: float = 0.0,
    ablation: bool = True,
    judge: Any = None,
    control: bool = True,
    training: Mapping[str, Any] | None = None,
    workdir: str | None = None,
    seed: int = 0,
) -> Curated:
    """Check examples, train LLMSynth on slice 0, keep what it can answer of slice 1, and train LLMCurated on that.

    Args:
        solver: A `programs.SQLReasoner` (tables) or `programs.HopReasoner` (documents); the student is trained on its
            `as_student()` form, which answers with the chain only unless reasoning is asked for: `reasoning=True`.
        examples: Of any of the sources; held-out ones are checked and otherwise left alone.
        sources: The database, or the corpus.
        student: Base of all models: `tiny` (the embedded one for such sources), another name for `backends.make_lm`,
            or a `dspy.LM` that can be fine-tuned.
        k: Tries an example; None: what `keep` says, else 3.
        keep: `any`, `majority`, `all`, `>= 4 of 8`.
        temperature: Of the tries.
        perturbed: Changed contents on which right tries must be right too.
        half: `both`: each slice is judged by a model trained on the other, so that nothing is only training material.
        learnability: Show kept examples in proportion to p(1-p), p being their share of right tries.
        human: Examples by people, mixed into the training of LLMCurated and of the control.
        checks: Run before anything else, with duplicates and caps; None: all of that kind; `()` if that was done.
        division: Parts made beforehand; None: as that kind of sources is divided, from `seed`.
        imputation: Of documents, who rebuilds one hop of what is judged, and the question with it, before the filter:
            `offline` (other words), `synth` (LLMSynth, where it takes instructions), or a `dspy.LM`; None: nobody.
        imputed_hop: Which one, from 1, or `random`.
        unanswerable: Of documents, unanswerable twins for one example: 0.2 is one for every five. All models are
            trained on them too.
        ablation: Of documents, keep only what is answered with all of them and with none of them left out.
        judge: A `dspy.LM` that the ablation asks; None: LLMSynth.
        control: Also train a model on as many examples drawn at random.
        training: Arguments of `backends.train`.
        workdir: Folder for the models; None: `training["output_dir"]`, else `models`.
        seed: Of division, tries, control and (unless `training` has one) training.

    Raises:
        ConfigError: an argument is wrong, or the student cannot be fine-tuned.
        TrainingError: nothing is left to train LLMSynth on, or training failed. Keeping nothing is a finding.
    """
    rule = KeepRule.parse(keep, k)
    if not examples:
        raise ConfigError("There are no examples to curate.")
    prompted, solver = solver, student_form(solver)
    options = {"seed": seed, **({"output_dir": workdir} if workdir else {}), **(training or {})}
    kind = kind_of(sources)
    base = _base(student, kind.embedded)
    steps = DocumentSteps(sources, imputation, imputed_hop, unanswerable, checks, seed)
    steps.check(kind.ablates, solver, base)
    division = division or kind.divide(sources, seed)
    examples = sorted({example.id: example for example in examples}.values(), key=_by_id)
    checked = kind.check(examples, sources, checks)
    parts = division.split(_outcome(examples, checked, "kept"))
    if not parts["slice_0"]:
        raise TrainingError(f"No example of slice 0 is left to train LLMSynth on: {fates(examples, checked)}")

    judges = train_judges(solver, base, steps.with_twins(parts), sources, half, training=options)
    parts, imputations = steps.imputed(parts, judges, solver, base)
    verdicts: list[Verdict] = []
    for part, lm in judges.items():
        verdicts += judge_slice(
            solver, lm, parts[part], sources, rule=rule, temperature=temperature, perturbed=perturbed, seed=seed
        )
    judged = [example for part in judges for example in parts[part]]
    selection, decided = select(judged, verdicts)
    if ablation and kind.ablates and (judge is not None or solver.context != "closed_book"):
        asked = [(prompted if judge else solver, judge or lm, parts[part]) for part, lm in judges.items()]
        tries = {"k": rule.of, "temperature": temperature, "seed": seed}
        selection, decided = select(judged, with_ablation(decided, _proofs(asked, selection, sources, tries)))

    drawn = draw_control(judged, len(selection.kept), seed) if control else ()
    model = control_model = None
    twins = steps.twins(selection.kept)
    if selection.kept or human:
        more = (*twins, *human)
        model = train_curated(solver, base, selection, decided, sources, learnability, more, training=options)
        more = (*steps.twins(drawn), *human)
        control_model = train_control(solver, base, drawn, sources, more, training=options) if control else None
    dropped_by_checks = [verdict for verdict in checked if verdict.outcome == "dropped"]
    return Curated(
        kept=selection.kept,
        dropped=tuple(sorted((*_outcome(examples, checked, "dropped"), *selection.dropped), key=_by_id)),
        unjudged=selection.unjudged,
        verdicts=tuple(sorted((*dropped_by_checks, *decided), key=lambda verdict: verdict.example_id)),
        division=division,
        parts=parts,
        student=base,
        synth=judges["slice_1"],
        model=model,
        control=drawn,
        control_model=control_model,
        solver=Answerer(solver, model),
        imputation=imputations,
        twins=twins,
        held_out_twins=steps.twins(parts["held_out"]),
    )


def train_judges(
    solver: Any,
    student: Any,
    parts: Mapping[Part, Sequence[Example]],
    sources: Sources,
    half: Literal["one", "both"] = "one",
    *,
    training: Mapping[str, Any],
) -> dict[Part, Any]:
    """Train the model that judges slice 1 on slice 0 and, for `both`, the one that judges slice 0 on slice 1."""
    judges: dict[Part, Any] = {"slice_1": train_synth(solver, student, parts["slice_0"], sources, training=training)}
    if half == "both":
        judges["slice_0"] = train_synth(solver, student, parts["slice_1"], sources, training=training)
    return judges


def train_synth(
    solver: Any, student: Any, examples: Sequence[Example], sources: Sources, *, training: Mapping[str, Any]
) -> Any:
    """Train LLMSynth on one half; raises TrainingError, ConfigError."""
    return train_on(solver, student, examples, sources, what="LLMSynth", training=training)


def judge_slice(
    solver: Any,
    lm: Any,
    examples: Sequence[Example],
    sources: Sources,
    *,
    rule: KeepRule,
    temperature: float = 0.7,
    perturbed: int = 0,
    seed: int = 0,
) -> list[Verdict]:
    """Let LLMSynth try every example of the other half; one verdict each, in their order."""
    judge = Answerability(
        solver, lm=lm, k=rule.of, keep=str(rule), temperature=temperature, perturbed=perturbed, seed=seed
    )
    verdicts: list[Verdict] = wait_for(judge.judge_all(examples, sources))
    return verdicts


def train_curated(
    solver: Any,
    student: Any,
    selection: Selection,
    verdicts: Sequence[Verdict],
    sources: Sources,
    learnability: bool = False,
    human: Sequence[Example] = (),
    *,
    training: Mapping[str, Any],
) -> Any:
    """Train LLMCurated, from the base, on what was kept; raises TrainingError, ConfigError."""
    by_id = {verdict.example_id: verdict for verdict in verdicts}
    shown = weighed(selection.kept, by_id) if learnability else selection.kept
    return train_on(solver, student, (*shown, *human), sources, what="LLMCurated", training=training)


def train_control(
    solver: Any,
    student: Any,
    drawn: Sequence[Example],
    sources: Sources,
    human: Sequence[Example] = (),
    *,
    training: Mapping[str, Any],
) -> Any:
    """Train the control, from the base, on examples drawn at random; raises TrainingError, ConfigError."""
    return train_on(solver, student, (*drawn, *human), sources, what="the control", training=training)


def fates(examples: Sequence[Example], checked: Sequence[Verdict]) -> str:
    """Say what became of examples in the checks: `of 6 examples 6 were dropped, first by executes: …`."""
    fallen = [verdict for verdict in checked if verdict.outcome != "kept"]
    if not fallen:
        return f"all {len(examples)} are in other parts."
    why = fallen[0].reason.rstrip(".")
    return f"of {len(examples)} examples {len(fallen)} were dropped, first by {fallen[0].check}: {why}."


def _proofs(
    asked: Sequence[tuple[Any, Any, Sequence[Example]]], selection: Selection, sources: Any, tries: Mapping[str, Any]
) -> list[Verdict]:
    """Ablate what was kept of each slice, with the solver and model that go with it."""
    kept = {example.id for example in selection.kept}
    found: list[Verdict] = []
    for solver, lm, examples in asked:
        own: list[Any] = [example for example in examples if example.id in kept]
        found += ablate(solver, lm, own, sources, **tries)
    return found


def _base(student: Any, embedded: str) -> Any:
    if not isinstance(student, str):
        return student
    from ..backends import make_lm

    return make_lm(embedded if student == "tiny" else student)


def _outcome(examples: Sequence[Example], verdicts: Sequence[Verdict], outcome: str) -> list[Example]:
    return [example for example, verdict in zip(examples, verdicts, strict=True) if verdict.outcome == outcome]


def _by_id(example: Example) -> str:
    return example.id
