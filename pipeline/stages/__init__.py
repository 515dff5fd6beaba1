"""The stages of a run, one a file, in the order in which they are done."""

from ..stage import Stage
from . import (
    ablation,
    checks,
    curated,
    evaluation,
    examples,
    imputed,
    models,
    parts,
    prompts,
    seeds,
    solver_prompt,
    sources,
    twins,
    verdicts,
)

STAGES: tuple[Stage, ...] = (
    sources.STAGE,
    parts.STAGE,
    prompts.STAGE,
    seeds.STAGE,
    examples.STAGE,
    checks.STAGE,
    twins.STAGE,
    models.SYNTH,
    imputed.STAGE,
    verdicts.STAGE,
    ablation.STAGE,
    curated.STAGE,
    models.CURATED,
    models.CONTROL,
    solver_prompt.STAGE,
    evaluation.STAGE,
)

__all__ = ["STAGES"]
