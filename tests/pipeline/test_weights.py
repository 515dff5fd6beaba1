"""What else than answerability a search for prompts counts, as a recipe says it."""

import json
from pathlib import Path
from typing import Any

import pytest

from source2synth.data.records import content_id
from source2synth.errors import ConfigError
from source2synth.pipeline.optimizing import optimize_recipe
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.run import run_recipe

from .scripted_generator import Server, answer
from .test_optimizing_recipes import recipe

pytestmark = pytest.mark.usefixtures("alone")


def weighing(api_base: str, weights: Any, **optimize: Any) -> dict[str, Any]:
    made = recipe(api_base)
    return {**made, "optimize": {**made["optimize"], "optimizer": "none", "weights": weights, **optimize}}


def judging(messages: list[dict[str, str]]) -> str:
    """Rate every question as natural, and do everything else as the scripted generator does."""
    if "[[ ## rating ## ]]" in messages[0]["content"]:
        return "[[ ## fault ## ]]\nnone\n\n[[ ## rating ## ]]\n5\n\n[[ ## completed ## ]]"
    return answer(messages)


@pytest.mark.slow
def test_a_search_counts_what_the_recipe_weighs(tmp_path: Path) -> None:
    with Server(judging) as server:
        judge = {"model": "openai/judge", "api_base": server.api_base}
        weights = {"answerability": 1, "naturalness": 0.5}
        plain = optimize_recipe(make_recipe(weighing(server.api_base, {})), tmp_path / "plain")
        found = optimize_recipe(make_recipe({**weighing(server.api_base, weights), "judge": judge}), tmp_path / "runs")
    assert plain.configuration["metric"] == "Answerability"
    assert found.configuration["metric"] == "1 answerability + 0.5 naturalness"
    assert str(found).endswith("scored by 1 answerability + 0.5 naturalness")
    assert "scored by" not in str(plain)
    assert not any("could not" in note for note in found.notes)
    rows = [json.loads(line) for line in (tmp_path / "runs" / "optimize" / "scores.jsonl").read_text().splitlines()]
    told = [row["words"] for row in rows if "naturalness" in row.get("words", "")]
    assert told
    assert all("naturalness (33%): 1.00. Least natural: none." in words for words in told)
    assert found.best.mean >= plain.best.mean


def test_weights_that_cannot_be_are_refused_before_anything_is_paid(tmp_path: Path) -> None:
    nobody = make_recipe(weighing("http://127.0.0.1:9/v1", {"answerability": 1, "naturalness": 0.2}))
    for go in (optimize_recipe, run_recipe):
        with pytest.raises(ConfigError, match=r"optimize\.weights: naturalness is rated by a judge, and there is none"):
            go(nobody, tmp_path / go.__name__)


@pytest.mark.parametrize(
    ("weights", "optimize", "message"),
    [
        ({"difficulty": 1}, {}, "give that one too"),
        ({"answerability": 1, "difficulty": 0}, {}, r"optimize\.weights: more than 0 is wanted"),
        ({"answerability": 1, "beauty": 1}, {}, "beauty"),
        ({"answerability": 1}, {"what": "solver"}, "a solver is measured by its accuracy"),
    ],
)
def test_other_weights_are_none(weights: dict[str, float], optimize: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_recipe(weighing("http://127.0.0.1:9/v1", weights, **optimize))


def test_without_weights_the_section_is_what_it_was() -> None:
    """Keys of stages hash it: runs made before there were weights are not made again."""
    plain = make_recipe(weighing("http://127.0.0.1:9/v1", {})).optimize
    assert "weights" not in plain.model_dump(mode="json")
    weighed = make_recipe(weighing("http://127.0.0.1:9/v1", {"answerability": 1, "difficulty": 0.2})).optimize
    assert weighed.model_dump(mode="json")["weights"] == {"answerability": 1, "difficulty": 0.2}
    assert content_id(plain.model_dump(mode="json")) != content_id(weighed.model_dump(mode="json"))
