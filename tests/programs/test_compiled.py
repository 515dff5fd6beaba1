"""Compiled programs on disk: what comes back is what went in, and nothing in a file is ever run."""

import json
import os
from pathlib import Path
from typing import Any

import dspy
import pytest

from source2synth.errors import ConfigError
from source2synth.programs import HopReasoner, Imputation, MultiHopQuestions, SQLReasoner, TableQuestions, program_id
from source2synth.programs.compiled import load_program, predictors_of, save_program, stages_of
from source2synth.signatures import SQLText

PROGRAMS = [TableQuestions, MultiHopQuestions, SQLReasoner, HopReasoner, Imputation]


def compiled() -> Any:
    program = TableQuestions()
    write = program.sql.write
    write.signature = write.signature.with_instructions("Write SQL. Größe 🌍 counts.")
    query = SQLText(sql="SELECT 1")
    given = {"table": "t", "fact": "f", "level": "1", "dialect": "sqlite"}
    write.demos = [dspy.Example(**given, reasoning="r", query=query, augmented=True)]
    return program


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_program(compiled(), tmp_path / "programs", {"optimizer": "gepa"})
    return tmp_path / "programs"


@pytest.mark.parametrize("kind", PROGRAMS)
def test_every_program_comes_back_the_same(kind: Any, tmp_path: Path) -> None:
    program = kind()
    for number, one in enumerate(predictors_of(program).values()):
        one.signature = one.signature.with_instructions(f"Instruction {number}.")
    identity = save_program(program, tmp_path)
    assert {path.stem for path in tmp_path.glob("*.json")} == {*stages_of(program), "program"}
    assert program_id(kind()) != program_id(load_program(kind(), tmp_path)) == identity


def test_demonstrations_render_the_same_prompt(folder: Path) -> None:
    given = {"table": "t", "fact": "g", "level": "1", "dialect": "sqlite"}
    prompts = [
        dspy.ChatAdapter().format(one.sql.write.signature, one.sql.write.demos, given)
        for one in (compiled(), load_program(TableQuestions(), folder))
    ]
    assert prompts[0] == prompts[1]


def test_no_model_and_no_key_is_written(tmp_path: Path) -> None:
    program = compiled()
    program.set_lm(dspy.LM("openai/secret-model", api_key="sk-secret", api_base="http://hidden"))
    save_program(program, tmp_path)
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    assert "secret" not in text
    assert "hidden" not in text


def test_a_stage_can_be_taken_alone(folder: Path) -> None:
    for name in ("seeds", "repair", "question"):
        (folder / f"{name}.json").unlink()
    assert load_program(TableQuestions(), folder).sql.write.signature.instructions.startswith("Write SQL. Gr")


def test_frozen_stages_are_saved_and_hashed_too() -> None:
    program = compiled()
    before = program_id(program)
    program.sql._compiled = True  # dspy itself leaves it out of named_predictors() from here on
    assert "sql.write" not in dict(program.named_predictors())
    assert program_id(program) == before


def tampered(change: Any) -> Any:
    def change_file(folder: Path) -> None:
        path = folder / "sql.json"
        values = json.loads(path.read_text())
        change(values)
        path.write_text(json.dumps(values))

    return change_file


WRITE = "sql.write"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (tampered(lambda v: v.update(schema_version=7)), r"sql\.json: has schema version 7, and this .* reads 1"),
        (tampered(lambda v: v["prompts"][WRITE]["inputs"].pop("fact")), "now has fact"),
        (tampered(lambda v: v["prompts"][WRITE]["outputs"].update(query="str")), r"query \(str, now SQLText\)"),
        (tampered(lambda v: v["prompts"].update(gone=v["prompts"].pop(WRITE))), "asks no model at 'gone'"),
        (tampered(lambda v: v["prompts"][WRITE].update(lm={"class": "os.system"})), "Extra inputs are not permitted"),
        (tampered(lambda v: v["prompts"][WRITE].update(instructions="Other.")), "was changed since it was saved"),
        (tampered(lambda v: v["prompts"][WRITE]["demos"][0].update(x=1)), "unknown field 'x'"),
        (lambda folder: (folder / "sql.json").write_bytes(b"\x80\x04cos\nsystem\n."), "is not JSON, or not in UTF-8"),
        (lambda folder: (folder / "sql.json").write_text("[" * 100_000), "is not JSON"),
        (tampered(lambda v: v["prompts"][WRITE].update(instructions="\ud83c")), "is not JSON, or not in UTF-8"),
        (lambda folder: [path.unlink() for path in folder.iterdir()], "holds no stage of a compiled program"),
    ],
)
def test_what_differs_is_said(folder: Path, spoil: Any, said: str) -> None:
    if "changed since" not in said:
        (folder / "program.json").unlink()
    spoil(folder)
    with pytest.raises(ConfigError, match=said):
        load_program(TableQuestions(), folder)


def test_a_tampered_file_runs_no_code(folder: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    code = f"__import__('os').system('touch {trap}')"

    def poison(values: Any) -> None:
        prompt = values["prompts"][WRITE]
        prompt["instructions"] = f"{{{code}}} {code} {{{{{code}}}}}"
        demo = {"__reduce__": code, "py/object": "os.system", "!!python/object/apply:os.system": [f"touch {trap}"]}
        prompt["demos"] = [{"table": code, "fact": demo, "query": demo}]

    tampered(poison)(folder)
    (folder / "program.json").unlink()
    (folder / "sql.pkl").write_bytes(b"cos\nsystem\n(S'touch " + os.fsencode(trap) + b"'\ntR.")
    program = load_program(TableQuestions(), folder)
    given = {"table": "t", "fact": "g", "level": "1", "dialect": "sqlite"}
    turns = dspy.ChatAdapter().format(program.sql.write.signature, program.sql.write.demos, given)
    assert code in "".join(turn["content"] for turn in turns)
    assert not trap.exists()


def test_there_is_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such folder"):
        load_program(TableQuestions(), tmp_path / "nowhere")
