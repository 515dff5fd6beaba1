"""Reads recipes from YAML and says exactly where one is wrong: `recipe.yaml:12: curation.keep: …`."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from ..data.datasets import atomic
from ..errors import ConfigError
from .faults import worded
from .prompts_recipe import ProgramsRecipe
from .recipe import Recipe

Path_ = tuple[str, ...]


def load_recipe(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """Read a recipe; relative paths in it count from its folder and come back absolute.

    Args:
        path: A YAML file.
        overrides: Values that win over the file's, by dotted names: `{"curation.k": 5}`. Text is read as YAML;
            relative paths among them count from the working folder.

    Raises:
        ConfigError: Not readable, not YAML, or not a recipe; one line for every fault, with file, line and field.
    """
    path = Path(path)
    values, lines = _parse(_text(path), str(path))
    values.setdefault("name", path.stem)
    _resolve(values, path.resolve().parent)
    return _build(values, lines, str(path), overrides or {})


def _text(path: Path) -> str:
    """Read the file; raises ConfigError, with a hint where a source was given instead of a recipe."""
    hint = f"to make a recipe for tables: source2synth init {path}"
    if path.is_dir():
        raise ConfigError(f"{path}: this is a folder, a recipe is a YAML file; {hint}")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: this is no text, so it is no recipe; {hint}") from error
    if path.suffix.lower() in (".csv", ".tsv", ".jsonl"):
        raise ConfigError(f"{path}: this is a table, a recipe is a YAML file; {hint}")
    return text


def make_recipe(values: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> Recipe:
    """Build a recipe from plain values, with the messages that a file's would have; raises ConfigError."""
    text = yaml.safe_dump(dict(values))
    return _build(_parse(text, "recipe")[0], {}, "recipe", overrides or {})


def save_recipe(path: Path, recipe: Recipe) -> None:
    """Write a recipe with every field spelt out, atomically; `load_recipe` reads it back as it was."""
    with atomic(path) as file:
        file.write(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True).encode())


def _build(values: dict[str, Any], lines: Mapping[Path_, int], name: str, overrides: Mapping[str, Any]) -> Recipe:
    overridden: dict[str, Any] = {}
    for dotted, value in overrides.items():
        _set(overridden, dotted, _scalar(dotted, value))
    _resolve(overridden, Path.cwd())
    merged = _merge(_spelt_out(values), _spelt_out(overridden))
    try:
        return Recipe.model_validate(merged)
    except ValidationError as error:
        faults = [_fault(fault, lines, name, {tuple(key.split(".")) for key in overrides}) for fault in error.errors()]
        raise ConfigError("\n".join(dict.fromkeys(faults))) from error


def _scalar(dotted: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        # `keep=>= 2` and the like are text, although YAML takes `>` for the start of a block
        return value if value.startswith((">", "|", "%", "@", "`")) else yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"override {dotted}: {value!r} is not YAML ({error})") from error


def _set(values: dict[str, Any], dotted: str, value: Any) -> None:
    *parents, last = dotted.split(".")
    for parent in parents:
        values = values.setdefault(parent, {})
        if not isinstance(values, dict):
            raise ConfigError(f"override {dotted}: {parent} is overridden as a whole and in part")
    values[last] = value


def _merge(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _spelt_out(values: dict[str, Any]) -> dict[str, Any]:
    """Spell out short forms, so that a field of theirs can be overridden alone."""
    long: dict[str, Any] = {
        "source": {"path": values.get("source")},
        "optimize": {"alternate": True},
        "programs": {"generator": values.get("programs")},
    }
    short = {
        "source": isinstance(values.get("source"), str),
        "optimize": values.get("optimize") == "alternate",
        "programs": isinstance(values.get("programs"), str),
    }
    return {**values, **{name: long[name] for name, is_short in short.items() if is_short}}


def _resolve(values: dict[str, Any], folder: Path) -> None:
    """Make the paths in a recipe's values absolute, in place; whatever is not a path there is left to validation."""

    def absolute(value: Any) -> Any:
        if isinstance(value, list):
            return [absolute(item) for item in value]
        # an address of a database is no path
        return str(folder / Path(value).expanduser()) if isinstance(value, str) and "://" not in value else value

    for name in ("source", "programs"):
        if isinstance(values.get(name), str):
            values[name] = absolute(values[name])
    for section, field in (
        ("source", "path"),
        ("curation", "human"),
        ("evaluation", "human"),
        ("optimize", "questions"),
        *(("programs", name) for name in ProgramsRecipe.model_fields),
    ):
        inner = values.get(section)
        if isinstance(inner, dict) and field in inner:
            inner[field] = absolute(inner[field])


def _parse(text: str, name: str) -> tuple[dict[str, Any], dict[Path_, int]]:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(f"{name}:{mark.line + 1 if mark else 1}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not YAML: {error}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{name}:1: a recipe is a mapping of fields to values, like `source: tables/`")
    lines: dict[Path_, int] = {}
    _mark(node, (), lines, name)
    return values, lines


def _mark(node: Any, at: Path_, lines: dict[Path_, int], name: str) -> None:
    """Note the line of every field and item; raises ConfigError for a field that is given twice."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here, line = (*at, str(key.value)), key.start_mark.line + 1
            if here in lines:
                raise ConfigError(f"{name}:{line}: {'.'.join(here)}: given twice, first in line {lines[here]}")
            lines[here] = line
            _mark(value, here, lines, name)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines[(*at, str(index))] = value.start_mark.line + 1
            _mark(value, (*at, str(index)), lines, name)


def _fault(fault: Any, lines: Mapping[Path_, int], name: str, overrides: set[Path_]) -> str:
    """Word one of pydantic's errors: place, field, what is wrong, and what was meant."""
    found = tuple(str(part) for part in fault["loc"])
    at = _known(found, lines, overrides)
    field = ".".join(at) or "recipe"
    if any(at == key[: len(at)] or at[: len(key)] == key for key in overrides):
        place = "override"
    else:
        line = next((lines[at[:end]] for end in range(len(at), 0, -1) if at[:end] in lines), None)
        place = f"{name}:{line}" if line else name
    if fault["type"] == "extra_forbidden":
        return f"{place}: {field}: unknown field{_nearest(at)}"
    return f"{place}: {field}: {worded(fault)}"


def _known(found: Path_, lines: Mapping[Path_, int], overrides: set[Path_]) -> Path_:
    """Drop what pydantic adds to a place to tell the members of a union apart."""
    given = {*lines, *overrides}
    kept: Path_ = ()
    model: Any = Recipe
    for part in found:
        fields = model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
        if (*kept, part) in given or part in fields or not kept:
            kept = (*kept, part)
            model = _inner(fields[part].annotation) if part in fields else None
    return kept


def _inner(annotation: Any) -> Any:
    """Return the model of a field that may be left out, else the annotation itself."""
    present = [part for part in get_args(annotation) if part is not NoneType]
    return present[0] if len(present) == 1 else annotation


def _nearest(at: Path_) -> str:
    """Suggest the field that was meant: one of this section, or one of the same name elsewhere."""
    *parents, last = at
    model: Any = Recipe
    for parent in parents:
        model = _inner(model.model_fields[parent].annotation)
    homes = [f"{section}.{last}" for section, inner in _sections().items() if last in inner.model_fields]
    close = difflib.get_close_matches(last, list(model.model_fields), n=1, cutoff=0.5)
    if homes and not parents:
        return f"; did you mean `{homes[0]}`?"
    if close:
        return f"; did you mean `{'.'.join([*parents, close[0]])}`?"
    return f"; did you mean `{homes[0]}`?" if homes else f"; known here: {', '.join(model.model_fields)}"


def _sections() -> dict[str, type[BaseModel]]:
    """Return the sections of a recipe and their models."""
    inner = {name: _inner(field.annotation) for name, field in Recipe.model_fields.items()}
    return {name: kind for name, kind in inner.items() if isinstance(kind, type) and issubclass(kind, BaseModel)}
