"""A key that is missing ends a run with the name of its variable, whatever the provider's library calls it."""

from pathlib import Path

import dspy
import pytest

from source2synth.backends import make_lm
from source2synth.errors import ConfigError
from source2synth.pipeline.failing import answering


@pytest.mark.parametrize(
    ("model", "variable"),
    [("openai/gpt-5-mini", "OPENAI_API_KEY"), ("anthropic/claude-haiku-4-5", "ANTHROPIC_API_KEY")],
)
def test_a_missing_key_is_named(model: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    lm = make_lm(model)
    with pytest.raises(ConfigError) as caught, answering(Path("runs/shop")), dspy.context(lm=lm):
        lm("hello")
    assert str(caught.value).startswith(f"The model needs a key: set the environment variable {variable} and run ")
    assert "runs/shop" in str(caught.value)
