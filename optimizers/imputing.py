"""Imputation over many examples: drafts are made, checked again, answered by LLMSynth, and held against all others."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import Any, Literal

import dspy

from ..data.document_records import Corpus, MultiHopExample
from ..data.imputations import Imputations, Rewording
from ..data.records import Style, content_id
from ..data.retrieval import Retriever
from ..errors import ConfigError
from ..programs.composition import ComposeHops
from ..programs.imputation import Imputation, failed_at, imputable, unimputed
from ..programs.multihop_questions import SPOKEN
from ..programs.offline.hops import RelationComposition, RewordHop
from ..programs.rebuilding import RebuildQuestion
from .checks.documents import DOCUMENT_CHECKS, Check, Library, asks_something_new, run_document_checks
from .waiting import wait_for

FLIGHT = 16
"""Examples imputed at a time."""
SHOWN = 3
"""Questions shown before and after."""
WhichHop = int | Literal["random"]
"""Number of the hop that is rebuilt, from 1, or `random`: one of those asked of a document, drawn for each example."""


class Spoken(dspy.Module):  # type: ignore[misc]  # dspy is untyped
    """A module that always asks one model, in the form in which that is asked, whatever is configured around it."""

    def __init__(self, module: Any, lm: Any) -> None:
        """Bind a module; it is copied."""
        super().__init__()
        self.module = module.deepcopy()
        self.module.set_lm(lm)
        self.lm = lm

    def forward(self, **inputs: Any) -> Any:
        """Call the module; raises what it raises."""
        from ..backends import speaking

        with speaking(self.lm):
            return self.module(**inputs)

    async def aforward(self, **inputs: Any) -> Any:
        """Call the module without blocking; raises what it raises."""
        from ..backends import speaking

        with speaking(self.lm):
            return await self.module.acall(**inputs)

    def index(self, corpus: Corpus) -> Retriever | None:
        """Build what `sees` needs besides the corpus, if the module is a solver."""
        found: Retriever | None = self.module.index(corpus)
        return found

    def sees(self, example: MultiHopExample, corpus: Corpus, index: Retriever | None = None) -> Any:
        """Return the passages that an example is answered from, if the module is a solver."""
        return self.module.sees(example, corpus, index)


def imputation_by(
    rebuilder: Any, solver: Any, synth: Any, program: Imputation | None = None, identity: str = ""
) -> Imputation:
    """Return the program that imputes.

    Args:
        rebuilder: The `dspy.LM` that writes hop and question again; `offline`: other words of the hop's relation.
        solver: A `HopReasoner` in the form in which `synth` is asked.
        synth: LLMSynth, which answers, greedily.
        program: Whose prompts the rebuilder is asked by; None: those of the signatures.
        identity: What provenance calls it; its own hash if left out.

    Raises:
        ConfigError: the rebuilder was fine-tuned to one compact form and can only answer.
    """
    answers = Spoken(solver, synth.copy(temperature=0.0))
    if rebuilder == "offline":
        return Imputation(solver=answers, rebuild=RewordHop(), compose=RelationComposition())
    check_rebuilder(rebuilder)
    by = program or Imputation(rebuild=RebuildQuestion(), compose=ComposeHops())
    rebuild, compose = Spoken(by.rebuild, rebuilder), Spoken(by.compose, rebuilder)
    return Imputation(solver=answers, rebuild=rebuild, compose=compose, identity=identity)


def check_rebuilder(lm: Any, *, trained: bool = False) -> None:
    """Raise ConfigError if a model can only be asked in the compact form, where there is no room for instructions.

    Args:
        lm: The model.
        trained: Look at what it becomes by fine-tuning instead: at LLMSynth, not at its base.
    """
    from ..backends import adapter_for, training_adapter

    compact = type(training_adapter(lm) if trained else adapter_for(lm)).__name__ == "CompactAdapter"
    if compact:
        raise ConfigError(
            f"{lm.model} is asked in the compact form, in which it can answer but not rebuild hops; have them rebuilt "
            "`offline`, or by a prompted model."
        )


def impute(
    program: Imputation,
    examples: Sequence[MultiHopExample],
    library: Library,
    *,
    hop: WhichHop = 1,
    seed: int = 0,
    styles: Sequence[Style] = SPOKEN,
    checks: Sequence[Check] = DOCUMENT_CHECKS,
) -> list[MultiHopExample]:
    """Impute examples; each comes back imputed, or as it was with a note, in their order.

    Args:
        program: See `imputation_by`.
        examples: That passed the checks.
        library: Of all their documents.
        hop: Which one is rebuilt.
        seed: Of everything drawn.
        styles: Of the questions, drawn for each example.
        checks: What the new question must pass before its answer is asked for.
    """
    found: list[MultiHopExample] = wait_for(_impute(program, examples, library, hop, seed, styles, checks))
    return found


async def _impute(
    program: Imputation, examples: Sequence[MultiHopExample], library: Library, hop: WhichHop, seed: int,
    styles: Sequence[Style], checks: Sequence[Check],
) -> list[MultiHopExample]:  # fmt: skip
    hits = program.solver.index(library.corpus)
    done: list[MultiHopExample] = []
    for start in range(0, len(examples), FLIGHT):
        batch = [(one, chosen_hop(one, hop, seed)) for one in examples[start : start + FLIGHT]]
        drafts = await asyncio.gather(*(_draft(program, one, at, library, seed, styles, checks) for one, at in batch))
        # all answers together: a local model rounds a little by what else is in its batch
        held = (_held(program, draft, one, at, library, hits) for draft, (one, at) in zip(drafts, batch, strict=True))
        done += await asyncio.gather(*held)
    return done


async def _draft(
    program: Imputation, example: MultiHopExample, index: int, library: Library, seed: int, styles: Sequence[Style],
    checks: Sequence[Check],
) -> MultiHopExample:  # fmt: skip
    if index not in imputable(example):
        return unimputed(example, index, "hop", "there is no such hop asked of a document.")
    rng = int(content_id("imputation", seed, example.id)[:7], 16)
    style = random.Random(f"{rng} style").choice(styles)
    draft: MultiHopExample = await program.adraft(example, library.corpus, index=index, rng=rng, style=style)
    if not draft.provenance.imputed:
        return draft
    (verdict,) = run_document_checks([draft], library, checks)
    return draft if verdict.outcome == "kept" else unimputed(example, index, "checks", verdict.reason)


async def _held(
    program: Imputation, draft: MultiHopExample, example: MultiHopExample, index: int, library: Library,
    hits: Retriever | None,
) -> MultiHopExample:  # fmt: skip
    if not draft.provenance.imputed:
        return draft
    held: MultiHopExample = await program.aheld(draft, example, library.corpus, index=index, hits=hits)
    return held


def chosen_hop(example: MultiHopExample, hop: WhichHop, seed: int) -> int:
    """Return the place of the hop that is rebuilt, from 0; of one drawn, one of those asked of a document."""
    if hop != "random":
        return int(hop) - 1
    return random.Random(f"{seed} hop {example.id}").choice(imputable(example) or (0,))


def settle(
    originals: Sequence[MultiHopExample], imputed: Sequence[MultiHopExample], *, hop: WhichHop = 1, seed: int = 0
) -> list[MultiHopExample]:
    """Take back imputed questions that ask what another one asks; the examples in id order.

    Args:
        originals: All of a part.
        imputed: What imputation made of each, in their order.
        hop: As `impute` was told.
        seed: As `impute` was told.
    """
    at = {after.id: (before, after) for before, after in zip(originals, imputed, strict=True)}
    while True:
        verdicts = asks_something_new([after for _, after in at.values()])
        fallen = [verdict for verdict in verdicts if verdict.outcome != "kept"]
        touched = {id for one in fallen for id in (one.example_id, str(one.evidence.get("twin", "")))}
        doubles = [id for id in at if id in touched and at[id][1].provenance.imputed]
        if not doubles:
            return sorted((after for _, after in at.values()), key=lambda one: one.id)
        for id in doubles:
            before, _ = at.pop(id)
            reason = "another question asks nearly the same."
            at[before.id] = (before, unimputed(before, chosen_hop(before, hop, seed), "checks", reason))


def imputations(by: str, examples: Sequence[MultiHopExample], student: Any) -> Imputations:
    """Say what imputation came to.

    Args:
        by: Who rebuilt the hops.
        examples: As they went on.
        student: The base model, under which perplexity is measured if its engine can.
    """
    pairs = [
        Rewording(before=str(one.provenance.original_question), after=one.question)
        for one in examples
        if one.provenance.imputed
    ]
    before, after = [one.before for one in pairs], [one.after for one in pairs]
    surprised = (_perplexity(student, before), _perplexity(student, after))
    return Imputations(
        by=by,
        tried=len(examples),
        imputed=len(pairs),
        failed=dict(sorted(Counter(filter(None, map(failed_at, examples))).items())),
        words_before=_length(before),
        words_after=_length(after),
        perplexity_before=surprised[0],
        perplexity_after=surprised[1],
        unmeasured="" if None not in surprised else _why(student, pairs),
        shown=tuple(pairs[:SHOWN]),
    )


def _length(questions: Sequence[str]) -> float:
    return round(fmean(len(question.split()) for question in questions), 2) if questions else 0.0


def _perplexity(student: Any, questions: Sequence[str]) -> float | None:
    from ..backends.scoring import perplexity

    found = perplexity(student, questions)
    return None if found is None else round(found, 2)


def _why(student: Any, pairs: Sequence[Rewording]) -> str:
    return f"{student.model} does not say how likely a text is." if pairs else "Nothing was imputed."
