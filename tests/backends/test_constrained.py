"""Local models held to a JSON schema: even a random one replies in form."""

import asyncio
import json
from typing import Annotated, Any, Literal

import dspy
import pytest
from pydantic import BaseModel, Field

from source2synth.backends import adapter_for, make_lm, speaking
from source2synth.backends.local import constraints
from source2synth.errors import ConfigError

from .conftest import make_model

pytest.importorskip("llguidance")


class Town(BaseModel):
    size: Literal["small", "large"]
    people: list[Annotated[int, Field(ge=0, le=99)]] = Field(max_length=3)


class FindTown(dspy.Signature):
    """Find the town."""

    text: str = dspy.InputField()
    town: Town = dspy.OutputField()
    sure: bool = dspy.OutputField()


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A random model that is asked as prompted ones are, with room for their prompts."""
    folder = make_model(tmp_path_factory.mktemp("models") / "chatty", settings={"finetune": "full"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 4096}))
    return make_lm(f"local/{folder}", structured=True, max_tokens=200, temperature=0.0)


async def test_a_random_model_replies_in_form(chatty: Any) -> None:
    assert type(adapter_for(chatty)).__name__ == "PromptedJSON"
    with speaking(chatty):
        predict = dspy.Predict(FindTown)
        found = await asyncio.gather(*(predict.acall(text=f"Ulm {n}") for n in range(6)))
    for one in found:
        assert one.town.size in {"small", "large"}
        assert len(one.town.people) <= 3
        assert isinstance(one.sure, bool)


def test_without_the_extra_it_says_what_to_install(small_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constraints, "can_constrain", lambda: False)
    with pytest.raises(ConfigError, match=r"pip install 'source2synth\[constrained\]'"):
        make_lm(small_model, structured=True)


def test_neighbours_without_a_schema_are_left_alone(small_model: str) -> None:
    from source2synth.backends.local.engine import shared_engines
    from source2synth.backends.local.worker import Ask

    engine, _ = shared_engines()
    free = Ask(small_model, (("user", "Höhe?"),), 24, 0.0, 1.0, None)
    held = Ask(small_model, (("user", "Höhe?"),), 24, 0.0, 1.0, None, schema=json.dumps({"enum": ["yes", "no"]}))
    alone = engine._worker.submit(free).result()
    together = [one.result().text for one in [engine._worker.submit(ask) for ask in (held, free, held)]]
    assert together[1] == alone.text
    assert together[0] == together[2]
    assert json.loads(together[0]) in {"yes", "no"}
