"""Values spelled and read as dspy spells and reads them, with what it works out anew every time kept."""

import json
from functools import lru_cache
from typing import Any

import json_repair
from dspy.adapters.utils import format_field_value, parse_value
from pydantic import BaseModel, TypeAdapter


def spell(info: Any, value: Any) -> str:
    """Spell the value of a field; the same text as dspy's `format_field_value`, which builds a validator each time."""
    if type(value) is str or type(value) is int:
        return str(value)
    if type(value) is list and info.annotation is not str and all(type(item) is str for item in value):
        return json.dumps(value, ensure_ascii=False)
    return str(format_field_value(field_info=info, value=value))


def read(text: Any, annotation: Any) -> Any:
    """Read the value of a field; the same as dspy's `parse_value`, which builds a validator each time.

    Raises:
        ValueError: the text is no such value.
    """
    if annotation is str:
        return str(text)
    if not isinstance(text, str) or not _is_plain(annotation):
        return parse_value(text, annotation)
    found = json_repair.loads(text)
    if found == "" and text != "":  # dspy tries Python's own notation next
        return parse_value(text, annotation)
    return _validator(annotation).validate_python(found)


@lru_cache(maxsize=512)
def _is_plain(annotation: Any) -> bool:
    """Tell whether a type is a model of pydantic's or a list of texts or of such models."""
    from dspy.adapters.types.base_type import Type

    arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
    inner = arguments[0] if getattr(annotation, "__origin__", None) is list and len(arguments) == 1 else annotation
    if inner is str and inner is not annotation:
        return True
    return isinstance(inner, type) and issubclass(inner, BaseModel) and not issubclass(inner, Type)


@lru_cache(maxsize=512)
def _validator(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)
