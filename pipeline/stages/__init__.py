"""The stages of a run, one a file, in the order in which they are done."""

from ..stage import Stage
from . import ablation, checks, curated, evaluation, examples, imputed, models, parts, seeds, sources, twins, verdicts

STAGES: tuple[Stage, ...] = (
    sources.STAGE,
    parts.STAGE,
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
    evaluation.STAGE,
)

__all__ = ["STAGES"]
