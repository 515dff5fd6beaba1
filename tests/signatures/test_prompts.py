"""Prompts: every signature says what it wants, and SQL is taken out of what models wrap it in."""

from typing import get_args

import pytest
from dspy.adapters.utils import parse_value
from pydantic import ValidationError

from source2synth import signatures
from source2synth.data.document_records import Shape
from source2synth.data.records import STYLES
from source2synth.signatures import LEVELS_IN_WORDS, SHAPES_IN_WORDS, STYLES_IN_WORDS, SQLText, bare_sql

ASKED = [getattr(signatures, name) for name in signatures.__all__ if hasattr(getattr(signatures, name), "instructions")]


@pytest.mark.parametrize("signature", ASKED, ids=lambda one: one.__name__)
def test_every_prompt_has_instructions_and_described_fields(signature: type) -> None:
    assert not signature.instructions.startswith("Given the fields")
    for name, field in signature.fields.items():
        assert field.json_schema_extra["desc"] != f"${{{name}}}", name


def test_all_prompts_are_looked_at() -> None:
    assert len(ASKED) == 26


def test_every_level_and_style_is_put_in_words() -> None:
    assert set(LEVELS_IN_WORDS) == {1, 2, 3, 4}
    assert tuple(STYLES_IN_WORDS) == STYLES
    assert tuple(SHAPES_IN_WORDS) == get_args(Shape)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("SELECT 1", "SELECT 1"),
        (" SELECT 1 ;\n", "SELECT 1"),
        ("```sql\nSELECT a\nFROM t;\n```", "SELECT a\nFROM t"),
        ("```\nSELECT 1\n```", "SELECT 1"),
        ("```SQL SELECT 1```", "SELECT 1"),
        ("```sqlite\nSELECT 1", "SELECT 1"),
        ("Here it is:\n```sql\nSELECT 1\n```\nDone.", "SELECT 1"),
        ("SQL: SELECT 1", "SELECT 1"),
        ("SELECT ';' FROM sql", "SELECT ';' FROM sql"),
    ],
)
def test_bare_sql(text: str, sql: str) -> None:
    assert bare_sql(text) == sql
    assert parse_value(text, SQLText).sql == sql
    assert SQLText.model_validate({"sql": text}).sql == sql


@pytest.mark.parametrize("value", ["", "```sql\n```", " ; ", {"sql": ""}, {"sql": None}, {"query": "SELECT 1"}, 7])
def test_what_holds_no_sql_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        SQLText.model_validate(value)
