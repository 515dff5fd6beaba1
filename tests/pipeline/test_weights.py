"""What else than answerability a search for prompts counts, as a recipe says it."""

import json
from pathlib import Path
from typing import Any

import pytest

from source2synth.data.records import content_id
from source2synth.errors import ConfigError
from source2synth.pipeline.optimizing import optimize_recipe
from source2synth.pipeline.progress import silent
from source2synth.pipeline.reading import make_recipe
from source2synth.pipeline.run import opened, run_recipe
from source2synth.pipeline.stages.prompts import STAGE
from source2synth.pipeline.steps import GENERATOR, Step

from .scripted_generator import Server, answer
from .test_optimizing_recipes import SAMPLES, recipe

HUMAN = SAMPLES.parent / "questions.jsonl"

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
    first, second = found.parts
    assert set(first) == set(second) == {"answerability", "naturalness"}
    assert (first["naturalness"], str(found).splitlines()[2]) == (
        1.0,
        f"scored by 1 answerability ({first['answerability']:.2f}) + 0.5 naturalness (1.00); "
        "all but the first of what is kept",
    )
    assert str(Step.of_search(GENERATOR, found)).endswith(str(found).splitlines()[2])
    assert "scored by" not in str(plain) + str(Step.of_search(GENERATOR, plain))
    assert not any("could not" in note for note in found.notes)
    rows = [json.loads(line) for line in (tmp_path / "runs" / "optimize" / "scores.jsonl").read_text().splitlines()]
    told = [row["words"] for row in rows if "naturalness" in row.get("words", "")]
    assert told
    assert all("naturalness (33%): 1.00. Least natural: none." in words for words in told)
    assert found.best.mean >= plain.best.mean


@pytest.mark.slow
def test_weights_and_the_score_of_each_part_are_written_with_every_candidate(tmp_path: Path) -> None:
    weights = {"cost": 0.1, "diversity": 0.2, "answerability": 1, "difficulty": 0.2}
    with Server() as server:
        made = weighing(server.api_base, weights, optimizer="bootstrap", costly_tokens=20_000)
        people = {**made["curation"], "human": str(HUMAN)}
        found = optimize_recipe(make_recipe({**made, "curation": people}), tmp_path)
    named = ["answerability", "diversity", "difficulty", "cost"]  # in this order, whatever the recipe's
    assert found.configuration["metric"] == "1 answerability + 0.2 diversity + 0.2 difficulty + 0.1 cost"
    rows = [json.loads(line) for line in (tmp_path / "optimize" / "scores.jsonl").read_text().splitlines()]
    kept = [row for row in rows if row["kept"]]
    assert kept
    for row in kept:
        assert list(row["parts"]) == named
        assert row["score"] == pytest.approx(sum(weights[name] * row["parts"][name] for name in named) / 1.5)
        assert row["parts"]["cost"] == pytest.approx(1 - row["tokens"] / 20_000)
    assert all(list(row["parts"]) == ["answerability"] for row in rows if not row["kept"] and "parts" in row)
    assert len(found.candidates) > 1
    for one in found.candidates:
        file = tmp_path / "optimize" / "candidates" / one.id / "program.json"
        about = json.loads(file.read_text())["about"]
        assert (about["weights"], about["parts"]) == (weights, one.parts)
        own = [row["parts"] for row in rows if (row["candidate"], row["part"]) == (one.id, "choosing")]
        costs = [parts["cost"] for parts in own if "cost" in parts]
        assert one.parts.get("cost") == (pytest.approx(sum(costs) / len(costs)) if costs else None)
    summary = json.loads((tmp_path / "optimize" / "result.json").read_text())
    assert summary["configuration"]["weights"] == weights
    assert set(summary["parts"]) == {"baseline", "best"}
    assert summary["candidates"][0]["parts"] == found.candidates[0].parts


def test_weights_that_cannot_be_are_refused_before_anything_is_paid(tmp_path: Path) -> None:
    nobody = make_recipe(weighing("http://127.0.0.1:9/v1", {"answerability": 1, "naturalness": 0.2}))
    alike = weighing("http://127.0.0.1:9/v1", {"answerability": 1, "diversity": 0.2})
    missing = make_recipe({**alike, "curation": {**alike["curation"], "human": str(tmp_path / "none.jsonl")}})
    for go in (optimize_recipe, run_recipe):
        with pytest.raises(ConfigError, match=r"optimize\.weights: naturalness is rated by a judge, and there is none"):
            go(nobody, tmp_path / go.__name__)
        with pytest.raises(
            ConfigError, match=r"optimize\.weights: diversity .* name a file of them as `curation\.human`"
        ):
            go(make_recipe(alike), tmp_path / go.__name__)
        with pytest.raises(ConfigError, match=r"none\.jsonl: no such file of human questions"):
            go(missing, tmp_path / go.__name__)


@pytest.mark.parametrize(
    ("weights", "optimize", "message"),
    [
        ({"difficulty": 1}, {}, "give that one too"),
        ({"answerability": 1, "difficulty": 0}, {}, r"optimize\.weights: more than 0 is wanted"),
        ({"answerability": 1, "cost": -1}, {}, r"optimize\.weights: more than 0 is wanted"),
        ({"answerability": 1, "naturalnes": 1}, {}, r"'naturalnes' cannot be weighed; did you mean naturalness\?"),
        ({"answerability": 1, "beauty": 1}, {}, "'beauty' cannot be weighed; known are answerability, naturalness, "),
        ({"answerability": 1}, {"what": "solver"}, "a solver is measured by its accuracy"),
        ({"answerability": 1, "cost": 1}, {"what": "imputation"}, "the tokens of an imputation are not counted"),
        ({"answerability": 1}, {"costly_tokens": 5}, "`costly_tokens` is for the weight `cost`"),
    ],
)
def test_other_weights_are_none(weights: dict[str, float], optimize: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_recipe(weighing("http://127.0.0.1:9/v1", weights, **optimize))


def test_a_student_whose_prompt_is_tuned_is_measured_by_accuracy_alone() -> None:
    made = {**weighing("http://127.0.0.1:9/v1", {"answerability": 1, "difficulty": 0.2}), "student": "prompt"}
    with pytest.raises(ConfigError, match=r"optimize\.weights: .* is tuned by its accuracy; leave them out"):
        make_recipe({name: value for name, value in made.items() if name != "training"})


def test_without_weights_the_section_is_what_it_was() -> None:
    """Keys of stages hash it: runs made before there were weights are not made again."""
    plain = make_recipe(weighing("http://127.0.0.1:9/v1", {})).optimize
    assert not {"weights", "costly_tokens"} & set(plain.model_dump(mode="json"))
    weighed = make_recipe(weighing("http://127.0.0.1:9/v1", {"answerability": 1, "difficulty": 0.2})).optimize
    assert weighed.model_dump(mode="json")["weights"] == {"answerability": 1, "difficulty": 0.2}
    assert "costly_tokens" not in weighed.model_dump(mode="json")
    assert content_id(plain.model_dump(mode="json")) != content_id(weighed.model_dump(mode="json"))


def test_who_rates_and_what_is_known_decide_whether_a_search_is_made_again(tmp_path: Path) -> None:
    def key(weights: dict[str, float], **sections: Any) -> Any:
        made = {**weighing("http://127.0.0.1:9/v1", weights, alternate=True), **sections}
        with opened(make_recipe(made), tmp_path, silent, {}) as run:
            return STAGE.settings(run)

    both = {"answerability": 1, "naturalness": 0.2}
    judges = [{"judge": {"model": f"openai/{name}", "api_base": "http://127.0.0.1:9/v1"}} for name in ("one", "other")]
    assert key(both, **judges[0]) != key(both, **judges[1])
    assert key({}, **judges[0]) == key({}, **judges[1])
    people = tmp_path / "people.jsonl"
    known = {"curation": {"human": str(people)}}
    people.write_text(HUMAN.read_text())
    before = key({"answerability": 1, "diversity": 1}, **known)
    people.write_text(HUMAN.read_text().splitlines()[0])
    assert key({"answerability": 1, "diversity": 1}, **known) != before
