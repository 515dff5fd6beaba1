import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import source2synth.pipeline
from source2synth.cli.app import app
from source2synth.cli.demo import demo_recipe
from source2synth.cli.looking import look
from source2synth.data.datasets import write_dataset
from source2synth.data.records import ResultTable, Seed, SQLExample
from source2synth.data.sources import read_database
from source2synth.errors import ConfigError, SourceError, TrainingError
from source2synth.pipeline.progress import Event
from source2synth.pipeline.reading import load_recipe

HOME = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("cli_results", HOME / "report" / "results.py")
assert spec is not None
assert spec.loader is not None
results = importlib.util.module_from_spec(spec)
spec.loader.exec_module(results)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "mountains.csv").write_text("name,height_m\nK2,8611\nLhotse,8516\nEverest,8849\n")
    return folder


@pytest.fixture
def recipe(tmp_path: Path, tables: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text("source: tables\n")
    return path


Asked = list[tuple[Any, Path]]


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Asked]:
    def stand_in(error: BaseException | None = None) -> Asked:
        asked: Asked = []

        def run_recipe(recipe: Any, run_dir: Path, *, progress: Any) -> Any:
            asked.append((recipe, Path(run_dir)))
            progress(Event(kind="started", stage="sources"))
            progress(Event(kind="finished", stage="sources", seconds=1.0))
            if error is not None:
                raise error
            return results.a_result(run_dir)

        # the package hands the real one on lazily; asking for it, as setattr does, would import dspy
        monkeypatch.setitem(vars(source2synth.pipeline), "run_recipe", run_recipe)
        return asked

    return stand_in


def call(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_run_carries_out_the_recipe_and_shows_and_writes_the_report(
    recipe: Path, tmp_path: Path, running: Callable[..., Asked]
) -> None:
    asked = running()
    ran = call("run", recipe, "--set", "curation.k=5", "--set", "examples.count=77", "--out", tmp_path / "runs")
    assert ran.exit_code == 0, ran.output
    (made, folder), *none = asked
    assert not none
    assert (made.curation.k, made.examples.count) == (5, 77)
    assert folder == tmp_path / "runs" / "recipe"
    assert "LLMCurated" in ran.stdout
    assert "reading the sources: 1.0 s" in ran.stderr
    assert (folder / "curated" / "DATASET_CARD.md").read_text().startswith("---\n")


def test_run_takes_another_source_even_if_it_looks_like_a_number(
    recipe: Path, tmp_path: Path, running: Callable[..., Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = running()
    monkeypatch.chdir(tmp_path)
    assert call("run", recipe, "--source", "2024").exit_code == 0
    assert asked[0][0].source.path == str(tmp_path / "2024")


def test_run_json_is_the_result_alone(recipe: Path, tmp_path: Path, running: Callable[..., Asked]) -> None:
    running()
    ran = call("run", recipe, "--json", "--out", tmp_path)
    assert json.loads(ran.stdout)["funnel"]["kept"] == 240


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (ConfigError("the folder is in use"), 2, "error: the folder is in use\n"),
        (SourceError("a.csv, row 3:\nnot a table"), 2, "error: a.csv, row 3: not a table\n"),
        (TrainingError("the loss is\nno number"), 1, "failed: the loss is no number\n"),
        (KeyboardInterrupt(), 130, "Interrupted; the same command goes on from there.\n"),
    ],
)
def test_failures_are_one_line_and_a_code(
    error: BaseException, code: int, says: str, recipe: Path, running: Callable[..., Asked]
) -> None:
    running(error)
    ran = call("run", recipe)
    assert ran.exit_code == code
    assert ran.stderr.endswith(says)
    assert "Traceback" not in ran.output


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("curation.k", "write FIELD=VALUE"),
        ("curation.kk=5", "curation.kk: unknown field"),
        (".=5", "write FIELD=VALUE"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, says: str, recipe: Path, running: Callable[..., Asked]) -> None:
    asked = running()
    ran = call("run", recipe, "--set", setting)
    assert ran.exit_code == 2
    assert says in ran.stderr
    assert not asked


def test_a_folder_that_cannot_be_written_is_named(recipe: Path, tables: Path) -> None:
    under_a_file = recipe / "runs"
    for arguments in (("run", recipe, "--out", under_a_file), ("init", tables, "-o", under_a_file / "r.yaml")):
        done = call(*arguments)
        assert done.exit_code == 2
        assert done.stderr.splitlines()[-1].startswith(f"error: {recipe}")
        assert "what was done is kept" in done.stderr


def test_an_unknown_option_is_the_users_to_mend() -> None:
    assert call("run", "recipe.yaml", "--sauce", "x").exit_code == 2


def test_init_writes_a_recipe_that_loads_and_says_what_is_there(tables: Path, tmp_path: Path) -> None:
    output = tmp_path / "mine.yaml"
    ran = call("init", tables, "-o", output)
    assert ran.exit_code == 0, ran.output
    made = load_recipe(output)
    assert made.source.path == str(tables)
    assert (made.name, made.student.model, made.generator.model) == ("tables", "tiny", "offline")
    assert yaml.safe_load(output.read_text())["source"]["path"] == "tables"
    assert "#   mountains: 3 rows, name, height_m" in output.read_text()
    assert "Found 1 table, 3 rows." in ran.stdout


def test_init_spells_what_the_recipe_has_by_default(tables: Path, tmp_path: Path) -> None:
    output = tmp_path / "mine.yaml"
    call("init", tables, "-o", output)
    plain = tmp_path / "plain.yaml"
    plain.write_text("name: tables\nsource: tables\nexamples: {count: 200}\ntraining: {epochs: 4}\n")
    assert load_recipe(output) == load_recipe(plain)


def test_init_replaces_nothing_unasked(tables: Path, tmp_path: Path) -> None:
    output = tmp_path / "mine.yaml"
    output.write_text("precious")
    assert call("init", tables, "-o", output).exit_code == 2
    assert output.read_text() == "precious"
    assert call("init", tables, "-o", output, "--force").exit_code == 0
    assert load_recipe(output)


def test_init_json_and_a_source_that_is_not_there(tables: Path, tmp_path: Path) -> None:
    found = json.loads(call("init", tables, "-o", tmp_path / "r.yaml", "--json").stdout)
    assert found["tables"] == [{"name": "mountains", "rows": 3, "columns": ["name", "height_m"]}]
    missing = call("init", tmp_path / "nothing", "-o", tmp_path / "s.yaml")
    assert missing.exit_code in (1, 2)
    assert "nothing" in missing.stderr
    assert not (tmp_path / "s.yaml").exists()


def test_the_demo_is_offline_on_the_samples_and_can_be_changed(tmp_path: Path, running: Callable[..., Asked]) -> None:
    asked = running()
    ran = call("demo", "tables", "--out", tmp_path, "--set", "examples.count=9")
    assert ran.exit_code == 0, ran.output
    made, folder = asked[0]
    assert made.examples.count == 9
    assert folder == tmp_path / "demo-tables"
    assert call("demo", "paintings").exit_code == 2


def test_the_demos_recipe() -> None:
    made = demo_recipe()
    assert (made.generator.model, made.student.model, made.examples.count) == ("offline", "tiny", 1_600)
    assert len(list(Path(made.source.path).iterdir())) >= 12
    assert all(Path(path).is_file() for path in made.evaluation.human)


def test_the_recipe_for_the_sample_documents() -> None:
    made = demo_recipe("documents")
    assert (made.name, made.source.kind, made.generator.model) == ("demo-documents", "documents", "offline")
    assert len(list(Path(made.source.path).iterdir())) >= 350
    assert made.generator.shapes == ("chain", "join", "comparison")
    assert (made.parts.held_out, made.parts.slice_0, made.parts.slice_1) == (0.3, 0.35, 0.35)
    assert (made.curation.half, made.curation.k, made.curation.ablation) == ("both", 4, True)
    assert [Path(path).name for path in made.evaluation.human] == ["multihop_questions.jsonl"]


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "danube.md").write_text("# Danube\n\nThe Danube flows through [Ulm](ulm.md).\n")
    (folder / "ulm.md").write_text("# Ulm\n\nUlm is a town.\n")
    (folder / "lengths.csv").write_text("river,km\nDanube,2850\n")
    return folder


def test_init_tells_documents_from_tables(documents: Path, tmp_path: Path) -> None:
    output = tmp_path / "mine.yaml"
    ran = call("init", documents, "-o", output)
    assert ran.exit_code == 0, ran.output
    assert "Found 2 documents, " in ran.stdout
    plain = tmp_path / "plain.yaml"
    plain.write_text(
        "name: notes\nsource: {path: notes, kind: documents}\nexamples: {count: 200}\ntraining: {epochs: 4}\n"
    )
    assert load_recipe(output) == load_recipe(plain)
    found = json.loads(call("init", documents, "-o", tmp_path / "o.yaml", "--json").stdout)
    assert found["documents"] == ["Danube", "Ulm"]
    assert [notice["file"] for notice in found["notices"]] == ["notes"]  # the table that is no document


def test_init_takes_the_users_word_for_what_is_there(documents: Path, tmp_path: Path) -> None:
    output = tmp_path / "mine.yaml"
    assert call("init", documents, "-o", output, "--kind", "tables").exit_code == 0
    made = load_recipe(output)
    assert made.source.kind == "tables"
    assert "lengths: 1 rows, river, km" in output.read_text()


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.txt", "Ulm\n\nUlm lies on the Danube, a river.\n", "documents"),
        ("a.txt", "river\tkm\nDanube\t2850\n", "tables"),
        ("a.jsonl", '{"title": "Ulm", "text": "Ulm is a town."}\n', "documents"),
        ("a.jsonl", '{"river": "Danube", "km": 2850}\n', "tables"),
        ("a.jsonl", "not JSON\n", "tables"),
        ("a.pdf", "", "documents"),
        ("a.sqlite", "", "tables"),
        ("a.unknown", "", "tables"),
    ],
)
def test_files_are_looked_into_where_their_ending_does_not_tell(
    name: str, text: str, kind: str, tmp_path: Path
) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / name).write_text(text)
    (tmp_path / "some" / ".hidden.md").write_text("")
    assert look(str(tmp_path / "some")) == kind
    assert look(str(tmp_path / "some" / name)) == kind


def test_an_address_is_a_database() -> None:
    assert look("postgresql://localhost/shop") == "tables"


@pytest.fixture
def dataset(tables: Path, tmp_path: Path) -> Path:
    database = read_database(tables)

    def example(name: str, height: int) -> SQLExample:
        return SQLExample.of(
            question=f"How high is {name}?",
            sql=f"SELECT height_m FROM mountains WHERE name = '{name}'",
            answer=ResultTable(columns=("height_m",), rows=((height,),)),
            level=1,
            database_id=database.id,
            seed=Seed(kind="filter", text="", source_ids=("mountains",)),
        )

    home = tmp_path / "curated"
    home.mkdir()
    write_dataset(home / "kept", [example("K2", 8611), example("Lhotse", 8516)], SQLExample)
    return home / "kept.parquet"


def test_validate_finds_every_answer_again(dataset: Path, tables: Path) -> None:
    ran = call("validate", dataset, "--source", tables)
    assert (ran.exit_code, ran.stdout) == (0, "2 of 2 examples hold.\n")


def test_validate_names_what_no_longer_holds_after_one_cell_changed(dataset: Path, tables: Path) -> None:
    file = tables / "mountains.csv"
    file.write_text(file.read_text().replace("8516", "8517"))
    ran = call("validate", dataset.parents[1], "--source", tables)  # the folder of the run does too
    assert ran.exit_code == 1
    assert "How high is Lhotse?" in ran.stdout
    assert "K2" not in ran.stdout
    assert "1 of 2 examples hold." in ran.stdout
    found = json.loads(call("validate", dataset, "--source", tables, "--json").stdout)
    assert (found["examples"], found["hold"]) == (2, 1)
    assert found["fallen"][0]["question"] == "How high is Lhotse?"


def test_validate_of_nothing_proves_nothing(tables: Path, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("")
    done = call("validate", tmp_path / "none.jsonl", "--source", tables)
    assert done.exit_code == 2
    assert "there is no example in it" in done.stderr


def test_validate_without_a_dataset_is_the_users_to_mend(tables: Path, tmp_path: Path) -> None:
    ran = call("validate", tmp_path / "none.parquet", "--source", tables)
    assert ran.exit_code == 2
    assert "no dataset there" in ran.stderr


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "error: empty.csv: the file is empty"),
        ("head.csv", b"a,b\n", "error: head.csv, line 1: there is a header"),
        ("broken.jsonl", b'{"a":1}\n{"a":\n', "error: broken.jsonl, line 2: no JSON"),
        ("broken.sqlite", b"SQLite format 3\0junk", "error: broken.sqlite: SQLite cannot read the file"),
    ],
)
def test_a_source_that_cannot_be_read_is_for_the_user_to_mend(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    ran = CliRunner().invoke(app, ["init", str(tmp_path / name), "-o", str(tmp_path / "recipe.yaml")])
    assert ran.exit_code == 2
    assert ran.stderr.startswith(message)
    assert ran.stderr.count("\n") == 1
