"""Stage `checks`: every example through every check, then duplicates and caps over all examples together."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from ...data.document_records import Example
from ...data.parts import PARTS
from ...data.records import Part, Verdict
from ..stage import Figures, Run, Stage
from ..store import StageFolder
from .examples import load_examples

SHARD = 256
"""Examples a shard."""


def settings(run: Run) -> JsonValue:
    """Names of the checks and reductions, in their order."""
    return {
        "checks": [check.__name__ for check in checks_of(run)],
        "reductions": [reduction.__name__ for reduction in run.kind.checks()[1]],
    }


def checks_of(run: Run) -> tuple[Any, ...]:
    """Return the checks that the recipe names, in its order."""
    every, _ = run.kind.checks()
    wanted = run.recipe.checks
    if wanted == "default":
        return every
    known = {check.__name__: check for check in every}
    return tuple(known[name] for name in wanted)


def work(run: Run, folder: StageFolder) -> Figures:
    """Check all examples; then reduce what passed."""
    parts = load_examples(run)
    everything: list[tuple[Part, Example]] = [(part, example) for part in PARTS for example in parts[part]]
    passed: dict[Part, list[Example]] = {part: [] for part in PARTS}
    for start in range(0, len(everything), SHARD):
        rows = everything[start : start + SHARD]
        name = f"checks-{start // SHARD:04d}"
        verdicts = folder.shard(
            name,
            Verdict,
            lambda rows=rows: run.kind.check([example for _, example in rows], run.sources, checks_of(run)),  # type: ignore[misc]  # bound at once
        )
        for (part, example), verdict in zip(rows, verdicts, strict=True):
            if verdict.outcome == "kept":
                passed[part].append(example)
        run.say("advanced", "checks", done=start + len(rows), total=len(everything), unit="examples")
    for part in PARTS:
        folder.shard(f"reductions-{part}", Verdict, lambda part=part: run.kind.reduce(passed[part], run.sources))  # type: ignore[misc]  # bound at once
    return _figures(folder.read(Verdict), parts)


def _figures(verdicts: Sequence[Verdict], parts: dict[Part, list[Example]]) -> Figures:
    dropped = {verdict.example_id: verdict.check for verdict in verdicts if verdict.outcome != "kept"}
    return {
        "examples": sum(map(len, parts.values())),
        "passed": {part: sum(example.id not in dropped for example in parts[part]) for part in PARTS},
        "dropped": dict(sorted(Counter(dropped.values()).items())),
    }


def load_checked(run: Run) -> tuple[dict[Part, list[Example]], dict[str, Verdict]]:
    """Return the examples that passed, by part and in id order, and the verdicts of those that did not."""
    verdicts = run.folders["checks"].read(Verdict)
    dropped = {verdict.example_id: verdict for verdict in verdicts if verdict.outcome != "kept"}
    parts = load_examples(run)
    return {part: [example for example in parts[part] if example.id not in dropped] for part in PARTS}, dropped


STAGE = Stage("checks", 2, ("examples",), settings, work)
