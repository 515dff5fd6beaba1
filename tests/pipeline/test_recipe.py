"""Recipes: what is left out has a default, what is wrong is named with its line, what is overridden wins."""

from pathlib import Path

import pytest

from source2synth.backends.training.plan import Hyperparameters
from source2synth.errors import ConfigError
from source2synth.pipeline.reading import load_recipe, make_recipe, save_recipe
from source2synth.pipeline.training_recipe import TrainingRecipe


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def test_a_source_is_enough(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, "source: tables\n"))
    assert recipe.name == "recipe"
    assert recipe.source.path == str(tmp_path / "tables")
    assert recipe.curation.keep == "any"
    assert recipe.training.arguments == {
        "epochs": 4.0, "learning_rate": 5e-4, "batch_size": 16, "target_modules": "all-linear", "packing": False,
        "sharing": 1, "renaming": 0.0, "evaluation_share": 0.0, "merge": False, "processes": 1,
    }  # fmt: skip
    assert set(recipe.training.arguments) <= {*Hyperparameters.model_fields}
    assert set(TrainingRecipe.model_fields) - {"at_once"} <= {*Hyperparameters.model_fields}


def test_early_stop_needs_rows_to_measure_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give `evaluation_share`"):
        load_recipe(write(tmp_path, "source: tables\ntraining: {patience: 2}\n"))
    kept = load_recipe(write(tmp_path, "source: t\ntraining: {gradient_checkpointing: true, packing: yes}\n")).training
    assert (kept.gradient_checkpointing, kept.packing) == (True, True)


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    recipe = make_recipe(
        {"name": "n", "source": "/x", "curation": {"keep": ">= 4 of 8"}, "evaluation": {"human": ["/q.jsonl"]}}
    )
    assert recipe.curation.k == 8
    save_recipe(tmp_path / "saved.yaml", recipe)
    assert load_recipe(tmp_path / "saved.yaml") == recipe


FAULTS = """
2: curation.keeep: unknown field; did you mean `curation.keep`? | {curation: {k: 3, keeep: any}}
2: keep: unknown field; did you mean `curation.keep`? | keep: any
2: zzz: unknown field; known here: name, source, seed | zzz: 1
2: curation: keep: 'most' is no rule; write any, | curation:\\n  keep: most
3: curation.k: a whole number is wanted, not 'many' | curation:\\n  k: many
3: examples.count: this is true or false in YAML | examples:\\n  count: yes
2: examples.count: 1 or more is wanted, not 0 | examples: {count: 0}
2: parts.held_out: 1 or less is wanted, not 20 | parts: {held_out: 20}
2: generator: fields are wanted, one a line under it, not 'openai/gpt' | generator: openai/gpt
2: name: this is true or false in YAML | name: no
2: name: a name of letters, digits and . _ - is wanted | name: ../up
2: curation.control: true or false is wanted, not 'never' | curation: {control: never}
2: checks: 'execute' is no check; did you mean executes? | checks: [execute]
2: checks: 'zzz' is no check; known are is_not_empty, | checks: [zzz]
2: curation: keep: '>= 3 of 2' wants 3 right tries of 2 | curation: {keep: '>= 3 of 2'}
2: curation: keep: '>= 2 of 4' is about 4 tries, but k is 3 | curation: {k: 3, keep: '>= 2 of 4'}
2: parts: the shares of the three parts sum to 1.3 | parts: {held_out: 0.5}
4: generator.styles.1: 'formal', 'colloquial', 'imperative', 'concise', | generator:\\n  styles: [formal,\\n    loud]
2: generator.levels: levels are `balanced` or | generator: {levels: [1, 7]}
2: generator: `preset: paper` needs a language model | generator: {preset: paper}
2: training: give `epochs` or `max_steps` | training: {epochs: 1, max_steps: 3}
3: seed: given twice, first in line 2 | seed: 1\\nseed: 2
3: not YAML | curation:\\n  keep: >= 2
"""


@pytest.mark.parametrize("case", FAULTS.strip().splitlines())
def test_a_fault_is_named_with_its_line(tmp_path: Path, case: str) -> None:
    message, _, text = case.partition(" | ")
    if text.startswith("{"):
        text = text[1:-1]
    path = write(tmp_path, "source: t\n" + text.replace("\\n", "\n") + "\n")
    with pytest.raises(ConfigError) as caught:
        load_recipe(path)
    assert f"{path}:{message}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x", ": source: is missing"),
        ("source: [", ":1: not YAML"),
        ("- a", ":1: a recipe is"),
        ("", ":1: a recipe is"),
    ],
)
def test_what_is_no_recipe_at_all_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_recipe(path)
    assert str(caught.value).startswith(f"{path}{message}")


def test_a_source_given_for_a_recipe_is_told(tmp_path: Path) -> None:
    (tmp_path / "rivers.csv").write_text("river,km\nNile,6650\n")
    (tmp_path / "shop.sqlite").write_bytes(b"SQLite format 3\0\xff")
    for name, what in ((".", "a folder"), ("rivers.csv", "a table"), ("shop.sqlite", "no text")):
        path = tmp_path / name
        with pytest.raises(ConfigError) as caught:
            load_recipe(path)
        assert str(caught.value).startswith(f"{path}: this is {what}")
        assert str(caught.value).endswith(f"source2synth init {path}")


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_recipe(write(tmp_path, "source: t\nseeed: 1\nexamples: {count: 0}\n"))
    assert len(str(caught.value).splitlines()) == 2


def test_overrides_win_and_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "source: t\ncuration:\n  k: 3\n")
    recipe = load_recipe(path, {"curation.k": "5", "curation.keep": ">= 2 of 5", "evaluation.human": "[a.jsonl]"})
    assert (recipe.curation.k, recipe.curation.keep) == (5, ">= 2 of 5")
    assert recipe.evaluation.human == (str(Path.cwd() / "a.jsonl"),)
    assert load_recipe(path, {"source": "other"}).source.path == str(Path.cwd() / "other")
    with pytest.raises(ConfigError, match=r"^override: curation\.kk: unknown field; did you mean `curation\.k`\?$"):
        load_recipe(path, {"curation.kk": 5})
    with pytest.raises(ConfigError, match=r"recipe\.yaml: cannot be read"):
        load_recipe(tmp_path / "no" / "recipe.yaml")


def test_a_recipe_goes_offline_by_the_name_of_its_model_alone() -> None:
    asked = {"model": "openai/gpt-5-mini", "temperature": 0.2, "max_tokens": 900, "concurrency": 8}
    recipe = make_recipe({"name": "n", "source": "/s", "generator": asked}, {"generator.model": "offline"})
    assert recipe == make_recipe({"name": "n", "source": "/s"})
    with pytest.raises(ConfigError, match="`temperature` needs a language model"):  # nobody chose to go offline
        make_recipe({"name": "n", "source": "/s", "generator": {"temperature": 0.2}})


def test_an_address_goes_with_a_model() -> None:
    served = {"model": "openai/mine", "api_base": "http://localhost:8000/v1"}
    assert make_recipe({"name": "n", "source": "/s", "generator": served}).generator.api_base == served["api_base"]
    with pytest.raises(ConfigError, match="`api_base` needs a language model"):
        make_recipe({"name": "n", "source": "/s", "generator": {"api_base": served["api_base"]}})
    with pytest.raises(ConfigError, match=r"generator\.api_base: write the server's address"):
        make_recipe({"name": "n", "source": "/s", "generator": {**served, "api_base": "localhost:8000"}})
    with pytest.raises(ConfigError, match=r"'Tiny' is not the name of a model; did you mean `tiny`"):
        make_recipe({"name": "n", "source": "/s", "student": {"model": "Tiny"}})
