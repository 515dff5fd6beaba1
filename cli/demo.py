"""`source2synth demo`: the whole job on the packaged samples, offline, in minutes."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .failures import reported

if TYPE_CHECKING:
    from ..pipeline.recipe import Recipe

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"
EXAMPLES = {"tables": 1_600, "documents": 700}
GENERATOR: dict[str, dict[str, Any]] = {"documents": {"shapes": ["chain", "join", "comparison"]}}
"""Of 117 bridge comparisons and fan-outs over many documents the embedded reader answered 27, and one of them was not
answered with a document left out too (seed 0, all shapes, 450 examples, k 8, 150 steps, parts .4, .3, .3): they would
cost the demo half of its time and give no rows to learn from."""
PARTS = {"documents": {"held_out": 0.3, "slice_0": 0.35, "slice_1": 0.35}}
"""Documents give few questions: with a fifth of them held out a gain would be lost in its own interval."""
TRAINING = {
    "tables": {"epochs": 10.0, "learning_rate": 1e-3, "batch_size": 24, "sharing": 6, "renaming": 0.9, "at_once": 2},
    "documents": {"max_steps": 120, "learning_rate": 1e-3, "batch_size": 4, "at_once": 2},
}
"""Many small steps: the embedded students learn more by them than by the defaults, which suit large models. So few
examples on documents are kept that epochs would be no more than a handful of steps. Tables get new names all the time:
16 tables are few enough to be learned by heart. Two models learn at once, as two cores can."""
CURATION = {"tables": {"half": "both", "k": 8, "balance": True}, "documents": {"half": "both", "k": 4}}
"""Each half is curated by the model of the other: the samples are few. So small a model answers hard questions seldom:
eight tries keep more of them than three, and what is kept of tables is shown so that hard shapes keep their share. On
documents, where each question is asked again without each of its documents, more questions give more than more tries.
Of two things to choose from, three tries in each order must all be right to be more than guesses; of four in each
order, seven of eight."""
QUESTIONS = {"tables": "questions.jsonl", "documents": "multihop_questions.jsonl"}
"""Files of human questions on the samples."""


class Kind(StrEnum):
    """What the demo runs on."""

    tables = "tables"
    documents = "documents"


def demo(
    kind: Annotated[Kind, typer.Argument(help="What to run on.")] = Kind.tables,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Override a field of the recipe; repeatable."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run the main job on tables or documents of real facts that come with the package: no network, no key, no GPU.

    The recipe is written into the run's folder, so that you can change it and run it yourself.

    Example: source2synth demo tables, source2synth demo documents
    """
    with reported():
        from .run import overrides
        from .running import carry_out

        carry_out(demo_recipe(kind, overrides(settings or [])), out, as_json=as_json)


def demo_recipe(kind: str = "tables", changes: dict[str, str] | None = None) -> "Recipe":
    """Return the recipe of the demo: generator offline, student tiny, measured on human questions if they are there.

    Args:
        kind: `tables` or `documents`.
        changes: Values that win, by dotted names.

    Raises:
        ConfigError: A change is none that a recipe can have.
    """
    from ..pipeline.reading import make_recipe

    human = SAMPLES / QUESTIONS[kind]
    values = {
        "name": f"demo-{kind}",
        "source": {"path": str(SAMPLES / kind), "kind": str(kind)},
        "generator": {"model": "offline", **GENERATOR.get(kind, {})},
        "examples": {"count": EXAMPLES[kind]},
        "parts": PARTS.get(kind, {}),
        "student": {"model": "tiny"},
        "curation": CURATION[kind],
        "training": TRAINING[kind],
        "evaluation": {"human": [str(human)] if human.is_file() else []},
    }
    return make_recipe(values, changes or {})
