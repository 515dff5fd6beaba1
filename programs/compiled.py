"""Compiled programs on disk: what an optimizer found, as JSON, one file a stage, without any model or key.

    save_program(program, Path("programs/"))
    program = load_program(TableQuestions(), Path("programs/"))

Only text is read back, by a reader that knows every field: nothing in a file is ever run. A stage is a part of a
program that asks a model: `seeds`, `sql`, `repair`, `question` of `TableQuestions`, `ask` of a solver.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import dspy
from pydantic import BaseModel, Field, JsonValue, ValidationError

from ..data.datasets import atomic
from ..data.records import Record, content_id
from ..errors import ConfigError

SCHEMA: Literal[1] = 1
"""Version of these files; raised when an older one can no longer be read."""
LARGEST = 4_000_000
"""Bytes of a file that is read at all."""


class Prompt(Record):
    """What one predictor says to its model."""

    inputs: dict[str, str]
    """Fields that it is given, with their types; they must be those of the program."""
    outputs: dict[str, str]
    instructions: str
    demos: tuple[dict[str, JsonValue], ...] = ()
    """Demonstrations: values by field, in the order in which they are shown."""


class StagePrompts(Record):
    """One file: a stage of a program."""

    schema_version: Literal[1] = SCHEMA
    stage: str = Field(min_length=1)
    prompts: dict[str, Prompt]
    """By the predictor's path in the program: `question.word`."""

    @property
    def id(self) -> str:
        """Hash of what the stage says."""
        return content_id(self.model_dump(mode="json"))


class Manifest(Record):
    """`program.json`: what the folder holds."""

    schema_version: Literal[1] = SCHEMA
    program: str
    """Class of the program."""
    id: str
    """The hash that the provenance of its examples carries."""
    stages: dict[str, str]
    """Hash of each stage."""
    about: dict[str, JsonValue] = {}
    """How it was found: optimizer, seed, scores."""


def predictors_of(program: Any) -> dict[str, Any]:
    """Return all predictors of a program by their path, frozen ones (`_compiled`) too, which DSPy itself leaves out."""
    found = {path.partition(".")[2]: one for path, one in program.named_sub_modules(dspy.Predict)}
    return dict(sorted(found.items()))


def stages_of(program: Any) -> tuple[str, ...]:
    """Name the stages of a program that ask a model, in alphabetical order; none of an offline program."""
    return tuple(sorted({path.partition(".")[0] for path in predictors_of(program)}))


def prompts_of(program: Any) -> dict[str, StagePrompts]:
    """Return what each stage says to its model."""
    found: dict[str, dict[str, Prompt]] = {}
    for path, predictor in predictors_of(program).items():
        found.setdefault(path.partition(".")[0], {})[path] = prompt_of(predictor)
    return {stage: StagePrompts(stage=stage, prompts=prompts) for stage, prompts in found.items()}


def prompt_of(predictor: Any) -> Prompt:
    """Return what a predictor says to its model."""
    signature = predictor.signature
    demos = [{name: _plain(demo[name]) for name in signature.fields if name in demo} for demo in predictor.demos]
    return Prompt(
        inputs=_types(signature.input_fields),
        outputs=_types(signature.output_fields),
        instructions=signature.instructions,
        demos=tuple(demos),
    )


def with_prompts(program: Any, stages: Mapping[str, StagePrompts]) -> Any:
    """Return a copy of a program that says what these stages say; what they do not name stays as it is.

    Raises:
        ConfigError: a stage or predictor is not in the program, or asks for other fields; the message says which.
    """
    copied = program.deepcopy()
    known = predictors_of(copied)
    for stage in stages.values():
        _check_stage(stage, known, type(program).__name__)
        for path, prompt in stage.prompts.items():
            known[path].signature = known[path].signature.with_instructions(prompt.instructions)
            known[path].demos = [dspy.Example(**demo) for demo in prompt.demos]
    return copied


def save_program(program: Any, folder: str | Path, about: Mapping[str, JsonValue] | None = None) -> str:
    """Write a compiled program, one file a stage and `program.json`; returns its hash.

    Args:
        program: Its models are not written.
        folder: Made if it is not there; files of stages that the program has not are left alone.
        about: How it was found.
    """
    from .provenance import program_id

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stages = prompts_of(program)
    for name, stage in stages.items():
        _write(folder / f"{name}.json", stage)
    identity = program_id(program)
    ids = {name: stage.id for name, stage in stages.items()}
    _write(
        folder / "program.json",
        Manifest(program=type(program).__name__, id=identity, stages=ids, about=dict(about or {})),
    )
    return identity


def load_program(program: Any, folder: str | Path) -> Any:
    """Return a copy of a program with the prompts of a folder; stages without a file stay as they are.

    Raises:
        ConfigError: there is no such folder or no stage in it; a file is not one of ours, from another version, or was
            changed since; or its signature is not the program's. The message says what differs.
    """
    return with_prompts(program, read_stages(folder))


def read_stages(folder: str | Path) -> dict[str, StagePrompts]:
    """Read the stages of a folder; raises ConfigError as `load_program` does."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such folder of compiled programs")
    files = [path for path in sorted(folder.glob("*.json")) if path.name != "program.json"]
    stages = {path.stem: _read(path, StagePrompts) for path in files}
    if not stages:
        raise ConfigError(f"{folder}: holds no stage of a compiled program, like `question.json`")
    for name, stage in stages.items():
        if stage.stage != name:
            raise ConfigError(f"{folder / name}.json: is of the stage {stage.stage!r}; name it {stage.stage}.json")
    _check_manifest(folder, stages)
    return stages


def _check_manifest(folder: Path, stages: Mapping[str, StagePrompts]) -> None:
    path = folder / "program.json"
    if not path.is_file():
        return
    known = _read(path, Manifest).stages
    changed = [name for name, stage in stages.items() if known.get(name) not in (None, stage.id)]
    if changed:
        raise ConfigError(
            f"{folder / changed[0]}.json: was changed since it was saved; if you did that, delete {path} to use it"
        )


def _check_stage(stage: StagePrompts, known: Mapping[str, Any], program: str) -> None:
    for path, prompt in stage.prompts.items():
        if path not in known:
            others = ", ".join(known) or "none, it is offline"
            raise ConfigError(
                f"compiled stage {stage.stage!r}: {program} asks no model at {path!r} (it does at {others})"
            )
        own = prompt_of(known[path])
        for side, saved, wanted in (("inputs", prompt.inputs, own.inputs), ("outputs", prompt.outputs, own.outputs)):
            if saved != wanted:
                raise ConfigError(f"compiled stage {stage.stage!r}: {path}: {_difference(side, saved, wanted)}")
        unknown = [name for demo in prompt.demos for name in demo if name not in {**own.inputs, **own.outputs}]
        if unknown:
            raise ConfigError(
                f"compiled stage {stage.stage!r}: {path}: a demonstration has an unknown field {unknown[0]!r}"
            )


def _difference(side: str, saved: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    gone = [name for name in saved if name not in wanted]
    new = [name for name in wanted if name not in saved]
    other = [
        f"{name} ({saved[name]}, now {wanted[name]})"
        for name in saved
        if name in wanted and saved[name] != wanted[name]
    ]
    parts = (("no longer has", gone), ("now has", new), ("has another type for", other))
    told = "; ".join(f"{what} {', '.join(names)}" for what, names in parts if names)
    return f"was compiled for another signature, which {told or 'orders its fields otherwise'} ({side})"


def _read(path: Path, kind: type[Any]) -> Any:
    if path.stat().st_size > LARGEST:
        raise ConfigError(f"{path}: is larger than any compiled program ({LARGEST:,} bytes)")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(values, ensure_ascii=False).encode()  # half a character, spelt as \\ud83c, is JSON and yet no text
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is not JSON, or not in UTF-8") from error
    version = values.get("schema_version") if isinstance(values, dict) else None
    if version != SCHEMA:
        raise ConfigError(f"{path}: has schema version {version}, and this source2synth reads {SCHEMA}")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise ConfigError(f"{path}: {where}: {first['msg']}") from error


def _write(path: Path, record: Record) -> None:
    with atomic(path) as file:
        text = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=2)
        file.write(text.encode("utf-8", "surrogatepass") + b"\n")


def _types(fields: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: getattr(field.annotation, "__name__", None) or str(field.annotation) for name, field in fields.items()
    }


def _plain(value: Any) -> JsonValue:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)
