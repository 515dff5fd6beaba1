"""One table and a model behind a server: many goes at a time, and the examples of one after another."""

from pathlib import Path
from typing import Any

import pytest

from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.run import run_recipe

from ..backends.misbehaving import Misbehaving
from .scripted_generator import answer

COUNTRIES = Path(__file__).parents[2] / "data" / "samples" / "tables" / "countries.csv"
RECIPE: dict[str, Any] = {
    "name": "one",
    "source": str(COUNTRIES),
    "examples": {"count": 40},
    "training": {"max_steps": 1, "batch_size": 2},
    "curation": {"k": 1, "control": False},
    "evaluation": {"held_out_limit": 2},
}


def examples(folder: Path, concurrency: int, seeds: str = "statistics", delay: float = 0.0) -> tuple[list[bytes], int]:
    """Run against a server that takes `delay` seconds; return the stored examples and the most requests at a time."""
    with Misbehaving(lambda body: answer(body["messages"])) as server:
        server.delay = delay
        generator = {"model": "openai/x", "api_base": server.api_base, "concurrency": concurrency, "seeds": seeds}
        run_recipe(make_recipe({**RECIPE, "generator": generator}), folder)
        made = [path.read_bytes() for path in sorted((folder / "examples").glob("*.parquet"))]
        return made, server.most_at_once


@pytest.mark.slow
def test_a_server_is_kept_busy_by_one_table_too(tmp_path: Path) -> None:
    after_another, one = examples(tmp_path / "one", 1)
    at_a_time, most = examples(tmp_path / "eight", 8, delay=0.1)
    assert one == 1
    assert 6 <= most <= 8
    assert at_a_time == after_another


@pytest.mark.slow
def test_seeds_that_look_at_what_was_used_follow_each_other(tmp_path: Path) -> None:
    assert examples(tmp_path, 8, seeds="coverage", delay=0.02)[1] == 1
