"""How likely a model takes texts to be: as transformers says; models that cannot say are not guessed for."""

import math
from typing import Any

import dspy
import pytest
import torch

from source2synth.backends import make_lm
from source2synth.backends.local.models import load_base
from source2synth.backends.scoring import perplexity, scores
from source2synth.errors import ConfigError

TEXTS = ("How high is K2?", "t mountains", "SELECT COUNT(*) FROM cities WHERE population > 1000000")


def expected(model: str, text: str) -> tuple[int, float]:
    tokenizer, module = load_base(model)
    ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        loss = module.eval()(input_ids=ids, labels=ids).loss
    return ids.shape[1] - 1, -float(loss) * (ids.shape[1] - 1)


def test_scores_are_those_of_transformers(small_model: str) -> None:
    found = scores(make_lm(small_model), TEXTS)
    assert found is not None
    for text, one in zip(TEXTS, found, strict=True):
        tokens, total = expected(small_model, text)
        assert one.tokens == tokens
        assert one.log_probability == pytest.approx(total, rel=1e-4)


def test_perplexity_counts_every_token_once(small_model: str) -> None:
    lm = make_lm(small_model)
    every = [expected(small_model, text) for text in TEXTS]
    mean = sum(total for _, total in every) / sum(tokens for tokens, _ in every)
    assert perplexity(lm, TEXTS) == pytest.approx(math.exp(-mean), rel=1e-4)
    assert perplexity(lm, []) is None


def test_what_is_longer_than_the_context_is_cut(small_model: str) -> None:
    (found,) = scores(make_lm(small_model), ["K2 " * 2_000]) or ()
    assert found.tokens == 511


def test_a_text_of_one_token_has_no_score(small_model: str) -> None:
    (found,) = scores(make_lm(small_model), ["t"]) or ()
    assert (found.tokens, found.log_probability) == (0, 0.0)


def test_engines_that_cannot_score_say_nothing() -> None:
    class Engine:
        def complete(self, request: Any) -> Any:
            raise AssertionError("not asked")

    assert scores(dspy.LM("scripted/base", engine=Engine()), TEXTS) is None
    assert perplexity(dspy.LM("scripted/base", engine=Engine()), TEXTS) is None


def test_a_model_that_is_not_there_is_said(tmp_path: Any) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match="cannot be loaded"):
        scores(make_lm(f"local/{tmp_path}"), TEXTS)
