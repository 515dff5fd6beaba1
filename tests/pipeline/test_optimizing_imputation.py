"""`optimize.what: imputation`: what rebuilds hops is searched by a recipe, alone or by several measures."""

import json
from pathlib import Path
from typing import Any

import pytest

from source2synth.pipeline.optimizing import optimize_recipe
from source2synth.pipeline.reading import make_recipe
from source2synth.programs import Imputation
from source2synth.programs.compiled import load_program

from ..optimizers.prompts import simulation, simulation_documents, simulation_hops

RULES = 3

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(scope="module")
def villages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the articles of the simulation as files."""
    folder = tmp_path_factory.mktemp("world") / "villages"
    folder.mkdir()
    for document in simulation_hops.corpus(simulation_documents).documents:
        name = document.title.lower().replace(" ", "-")
        (folder / f"{name}.md").write_text(f"# {document.title}\n\n{document.text}\n")
    return folder


def searched(villages: Path, folder: Path, **optimize: Any) -> Any:
    """Search by a recipe whose models are the simulation's."""
    engine = simulation_hops.engine(simulation, simulation_documents, "rebuild", RULES)
    recipe = make_recipe(
        {
            "name": "rebuilt",
            "source": {"path": str(villages), "kind": "documents"},
            "generator": {"model": "openai/scripted", "shapes": ["chain"], "hops": [2], "styles": ["formal"]},
            "judge": {"model": "openai/judge"},
            "examples": {"count": 160},
            "curation": {"k": 1, "imputation": "generator"},
            "optimize": {"what": "imputation", "stages": ["rebuild"], "solver": "judge", **optimize},
        }
    )
    roles = {name: simulation.model(engine, name) for name in ("generator", "judge", "reflection")}
    return optimize_recipe(recipe, folder, **roles)


@pytest.mark.parametrize("optimizer", ["gepa", "bootstrap"])
def test_more_imputations_hold_on_held_out_documents(villages: Path, tmp_path: Path, optimizer: str) -> None:
    weights = {"answerability": 1.0, "naturalness": 0.2}
    found = searched(villages, tmp_path, optimizer=optimizer, weights=weights)
    before, after = found.parts
    assert before["answerability"] < 0.5
    assert after["answerability"] > 0.9
    assert before["naturalness"] == after["naturalness"] == 0.75
    assert found.better
    written = json.loads((tmp_path / "optimize-imputation" / "result.json").read_text())
    assert written["configuration"]["weights"] == weights
    assert written["parts"]["best"] == after
    program = load_program(Imputation(), tmp_path / "optimize-imputation" / "programs")
    ask = program.rebuild.ask
    assert ask.demos if optimizer == "bootstrap" else "Mind: " in ask.signature.instructions
