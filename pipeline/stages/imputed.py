"""Stage `imputed`: of documents, one hop of what is judged is rebuilt, and its question with it, before the filter."""

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from ...data.document_records import MultiHopExample
from ...data.imputations import Imputations
from ...data.records import Part, Style
from ...errors import ConfigError
from ..programs import compiled_id, imputation_of
from ..prompting import tunes_prompt
from ..stage import Figures, Run, Stage
from ..store import StageFolder
from ..students import learned
from ..turns import has_role, role_identity
from . import verdicts
from .checks import checks_of, load_checked

SHARD = 16
"""Examples imputed together, in id order: the unit of work and of resume."""


def wanted(run: Run) -> bool:
    """Tell whether the recipe asks for it."""
    return run.recipe.curation.imputation != "none"


def settings(run: Run) -> JsonValue:
    """Who rebuilds which hop, in which styles, and what the new question must pass."""
    curation = run.recipe.curation
    by, compiled = curation.imputation, compiled_id(run, "imputation")
    return {
        **({"programs": compiled} if compiled else {}),
        "by": by,
        "model": role_identity(run, by) if by in ("generator", "judge") else None,
        "hop": curation.imputed_hop,
        "half": curation.half,
        "styles": list(_styles(run)),
        "checks": [check.__name__ for check in checks_of(run)],
        "seed": run.recipe.seed,
    }


def refuse(run: Run) -> None:
    """Find what would stop the stage, before anything is done.

    Raises:
        ConfigError: There is no model in the role that is to rebuild, or it can only answer.
    """
    by = run.recipe.curation.imputation
    if by in ("none", "offline"):
        return
    if by in ("generator", "judge") and not has_role(run, by):
        raise ConfigError(
            f"recipe: curation.imputation: there is no language model in the role `{by}`; set `{by}.model`, or write "
            "`offline`"
        )
    from ...optimizers.imputing import check_rebuilder

    lm = run.student if by == "synth" else getattr(run, by)
    try:
        check_rebuilder(lm, trained=by == "synth" and not tunes_prompt(run))
    except ConfigError as error:
        raise ConfigError(f"recipe: curation.imputation: {error}") from error


def work(run: Run, folder: StageFolder) -> Figures:
    """Impute slice by slice; then hold the questions of each against all others of it."""
    from ...optimizers.imputing import imputations, settle

    parts: dict[Part, list[Any]] = {part: list(rows) for part, rows in load_checked(run)[0].items()}
    slices = verdicts.judged_slices(run)
    total, done, settled = sum(len(parts[part]) for part in slices), 0, list[MultiHopExample]()
    for part, label in slices.items():
        made: list[MultiHopExample] = []
        for start in range(0, len(parts[part]), SHARD):
            rows = parts[part][start : start + SHARD]
            name = f"{part}-{start // SHARD:04d}"
            made += folder.shard(name, MultiHopExample, lambda rows=rows, label=label: _impute(run, rows, label))  # type: ignore[misc]  # bound at once
            done += len(rows)
            run.say("advanced", "imputed", done=done, total=total, unit="examples")
        asked: dict[str, Any] = {"hop": run.recipe.curation.imputed_hop, "seed": run.recipe.seed}
        settled += folder.shard(
            f"settled-{part}",
            MultiHopExample,
            lambda part=part, made=made, asked=asked: settle(parts[part], made, **asked),  # type: ignore[misc]  # bound at once
        )
    run.served.close()  # what scores runs in this process
    found = imputations(_name(run), settled, run.student)
    return {"examples": found.tried, "imputed": found.imputed, "found": found.model_dump(mode="json")}


def _impute(run: Run, examples: Sequence[MultiHopExample], label: str) -> list[MultiHopExample]:
    from ...optimizers.imputing import imputation_by, impute

    judges = [learned(run, "synth-model", each)[0].lm for each in verdicts.judged_slices(run).values()]
    synth = learned(run, "synth-model", label)[0]
    asked = run.asked("student", synth.lm, judges)
    identity = compiled_id(run, "imputation") or ""
    program = imputation_by(_rebuilder(run, asked), synth.solver, asked, imputation_of(run), identity)
    with run.replies.unit():
        return impute(
            program,
            examples,
            run.kind.library(run.sources),
            hop=run.recipe.curation.imputed_hop,
            seed=run.recipe.seed,
            styles=_styles(run),
            checks=checks_of(run),
        )


def _rebuilder(run: Run, synth: Any) -> Any:
    by = run.recipe.curation.imputation
    if by in ("offline", "synth"):
        return synth if by == "synth" else by
    return run.asked("judge", run.judge) if by == "judge" else getattr(run, by)


def _name(run: Run) -> str:
    by = run.recipe.curation.imputation
    return {"offline": "offline", "synth": "LLMSynth"}.get(by) or str(getattr(run, by).model)


def _styles(run: Run) -> tuple[Style, ...]:
    # with a term left open nothing would tell the hops apart
    return tuple(style for style in run.recipe.generator.styles if style != "vague")


def load_imputations(run: Run) -> Imputations | None:
    """Return what imputation came to; None if it is no part of the run."""
    figures = run.figures.get("imputed")
    return Imputations.model_validate(figures["found"]) if figures else None


STAGE = Stage("imputed", 1, ("checks", "synth-model"), settings, work, wanted)
