"""Curation: a student that learned from one half of the examples decides which of the other half are worth learning."""

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
from .learning import Learns, by_prompt, by_weights
from .rules import KeepRule
from .selecting import Selection, draw_control, select, shown
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
    """LLMSynth, trained on slice 0; the base itself where only its prompt was tuned."""
    model: Any
    """LLMCurated: the base trained on what was kept; None if nothing was, nor any human example given."""
    control: tuple[Example, ...]
    """As many examples as were kept, drawn at random from what was judged; empty without a control."""
    control_model: Any
    """The base trained on `control`; None without, or if nothing was kept."""
    solver: Answerer
    """Answers questions with LLMCurated: `result.solver(database, question)`."""
    synth_solver: Answerer
    """Answers with LLMSynth, likewise."""
    control_solver: Answerer
    """Answers with the control, likewise."""
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
    balance: bool = False,
    human: Sequence[Example] = (),
    checks: Sequence[Any] | None = None,
    division: Any = None,
    imputation: Any = None,
    imputed_hop: int | Literal["random"] = 1,
    unanswerable: float = 0.0,
    ablation: bool = True,
    judge: Any = None,
    control: bool = True,
    tuned: Learns = "weights",
    training: Mapping[str, Any] | None = None,
    prompting: Mapping[str, Any] | None = None,
    workdir: str | None = None,
    seed: int = 0,
) -> Curated:
    """Check examples, train LLMSynth on slice 0, keep what it can answer of slice 1, and train LLMCurated on that.

    Args:
        solver: A `programs.SQLReasoner` (tables) or `programs.HopReasoner` (documents); the student is trained on its
            `as_student()` form, which answers with the chain only unless reasoning is asked for: `reasoning=True`.
            Where its prompt is tuned it is asked as it is.
        examples: Of any of the sources; held-out ones are checked and otherwise left alone.
        sources: The database, or the corpus.
        student: Base of all models: `tiny` (the embedded one for such sources), another name for `backends.make_lm`,
            or a `dspy.LM` that can be fine-tuned; with `tuned="prompt"` any model.
        k: Tries an example; None: what `keep` says, else 3.
        keep: `any`, `majority`, `all`, `>= 4 of 8`.
        temperature: Of the tries.
        perturbed: Changed contents on which right tries must be right too.
        half: `both`: each slice is judged by a model trained on the other, so that nothing is only training material.
        learnability: Show kept examples in proportion to p(1-p), p being their share of right tries.
        balance: Show kept examples so that each shape of SQL or of hops has the share it had before the filter.
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
        tuned: `prompt`: no weights are trained; LLMSynth, LLMCurated and the control are the student with prompts
            that were optimized, by accuracy, on what each would have been trained on (`optimizers/prompts/tuning.py`).
        training: Arguments of `backends.train`.
        prompting: Arguments of `optimize_prompts` for `tuned="prompt"`: `optimizer`, a budget, `reflection`, `sizes` …
        workdir: Folder for models, or for what was found of prompts; None: `training["output_dir"]`, else `models`;
            of prompts nothing is kept.
        seed: Of division, tries, control and (unless `training` has one) training.

    Raises:
        ConfigError: an argument is wrong, or the student cannot be fine-tuned.
        TrainingError: nothing is left to train LLMSynth on, or training failed. Keeping nothing is a finding.
    """
    rule = KeepRule.parse(keep, k)
    if not examples:
        raise ConfigError("There are no examples to curate.")
    if tuned == "prompt" and (learnability or balance):
        raise ConfigError("learnability and balance show training rows more than once; a prompt has no use for that.")
    kind = kind_of(sources)
    base = _base(student, kind.embedded)
    if tuned == "prompt":
        options = {"seed": seed, **({"workdir": workdir} if workdir else {}), **(prompting or {})}
        learn = by_prompt(solver, base, sources, options)
    else:
        options = {"seed": seed, **({"output_dir": workdir} if workdir else {}), **(training or {})}
        learn = by_weights(solver, base, sources, options)
    steps = DocumentSteps(sources, imputation, imputed_hop, unanswerable, checks, seed)
    steps.check(kind.ablates, solver, base, trained=tuned == "weights")
    division = division or kind.divide(sources, seed)
    examples = sorted({example.id: example for example in examples}.values(), key=_by_id)
    checked = kind.check(examples, sources, checks)
    parts = division.split(_outcome(examples, checked, "kept"))
    if not parts["slice_0"]:
        raise TrainingError(f"No example of slice 0 is left to train LLMSynth on: {fates(examples, checked)}")

    taught = steps.with_twins(parts)
    judges: dict[Part, Answerer] = {"slice_1": learn(taught["slice_0"], "LLMSynth")}
    if half == "both":
        judges["slice_0"] = learn(taught["slice_1"], "LLMSynth of the other half")
    parts, imputations = steps.imputed(parts, judges, base)
    verdicts: list[Verdict] = []
    for part, judging in judges.items():
        tries = {"rule": rule, "temperature": temperature, "perturbed": perturbed, "seed": seed}
        verdicts += judge_slice(judging.solver, judging.lm, parts[part], sources, **tries)  # type: ignore[arg-type]  # its own
    judged = [example for part in judges for example in parts[part]]
    selection, decided = select(judged, verdicts)
    if ablation and kind.ablates and (judge is not None or solver.context != "closed_book"):
        asked = [(solver if judge else one.solver, judge or one.lm, parts[part]) for part, one in judges.items()]
        again = {"k": rule.of, "temperature": temperature, "seed": seed}
        selection, decided = select(judged, with_ablation(decided, _proofs(asked, selection, sources, again)))

    drawn = draw_control(judged, len(selection.kept), seed) if control else ()
    twins = steps.twins(selection.kept)
    synth, curated = judges["slice_1"], Answerer(judges["slice_1"].solver, None)
    controlled = curated
    if selection.kept or human:
        by_id = {verdict.example_id: verdict for verdict in decided}
        rows = shown(selection.kept, judged, by_id, learnability=learnability, balance=balance)
        curated = learn((*rows, *twins, *human), "LLMCurated")
        controlled = learn((*drawn, *steps.twins(drawn), *human), "the control") if control else controlled
    dropped_by_checks = [verdict for verdict in checked if verdict.outcome == "dropped"]
    return Curated(
        kept=selection.kept,
        dropped=tuple(sorted((*_outcome(examples, checked, "dropped"), *selection.dropped), key=_by_id)),
        unjudged=selection.unjudged,
        verdicts=tuple(sorted((*dropped_by_checks, *decided), key=lambda verdict: verdict.example_id)),
        division=division,
        parts=parts,
        student=base,
        synth=synth.lm,
        model=curated.lm,
        control=drawn,
        control_model=controlled.lm,
        solver=curated,
        synth_solver=synth,
        control_solver=controlled,
        imputation=imputations,
        twins=twins,
        held_out_twins=steps.twins(parts["held_out"]),
    )


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
