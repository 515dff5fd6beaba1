"""Our own forward pass gives the logits of transformers, for every architecture it is for, adapters included."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from source2synth.backends.local.decoding import Row
from source2synth.backends.local.lean import KINDS, Lean
from source2synth.backends.local.sharing import SharingBatch

WORDS = 97
SHARED = tuple(range(1, 30))
PROMPTS = [(*SHARED, *range(40, 40 + more)) for more in (1, 4, 9)] + [(5, 6), tuple(range(60, 90))]
STEPS = 4


def make(kind: str) -> Any:
    torch.manual_seed(3)
    config = AutoConfig.for_model(
        kind,
        vocab_size=WORDS,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=5,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        initializer_range=0.3,
        pad_token_id=0,
        eos_token_id=0,
        **({"attention_bias": True} if kind in ("llama", "smollm3") else {}),
    )
    return AutoModelForCausalLM.from_config(config).eval()


def adapted(module: Any) -> Any:
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(4)
    lora = LoraConfig(r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    return get_peft_model(module, lora).eval()


class Watched(SharingBatch):
    """A batch that keeps the logits of every token it chose."""

    seen: dict[int, list[Any]]

    def _choose(self, rows: Any, logits: Any) -> None:
        for row, own in zip(rows, logits, strict=True):
            self.seen.setdefault(id(row), []).append(own)
        super()._choose(rows, logits)


def check(module: Any) -> None:
    """Read prompts together, let some join half way, and compare with each of them alone."""
    model: Any = SimpleNamespace(module=module, device=torch.device("cpu"), eos=frozenset())
    batch = Watched(model)
    batch.seen = {}
    rows = [Row(prompt, STEPS + 3, temperature=0.9, seed=seed) for prompt in PROMPTS for seed in range(2)]
    batch.add(rows[:6])
    for _ in range(2):
        batch.step()
    batch.add(rows[6:])
    for _ in range(STEPS):
        batch.step()
    for row in rows:
        logits = torch.stack(batch.seen[id(row)])
        ids = torch.tensor([[*row.prompt, *row.tokens[:-1]]])
        with torch.inference_mode():
            alone = module(ids).logits[0, len(row.prompt) - 1 :]
        assert len(logits) >= STEPS + 1
        torch.testing.assert_close(logits, alone, atol=2e-4, rtol=2e-4)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_logits_are_those_of_transformers(kind: str) -> None:
    check(make(kind))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_adapters_are_heard_even_if_they_came_after_the_base_was_read(kind: str) -> None:
    module = make(kind)
    check(module)
    tuned = adapted(module)
    check(tuned)
    with tuned.disable_adapter():
        check(tuned)


def test_weights_laid_together_are_not_there_twice() -> None:
    module = make("qwen2")
    before = {name: weights.clone() for name, weights in module.state_dict().items()}
    Lean(module)
    attention = module.model.layers[0].self_attn
    stores = {part.weight.untyped_storage().data_ptr() for part in (attention.q_proj, attention.k_proj)}
    assert len(stores) == 1
    for name, weights in module.state_dict().items():
        assert torch.equal(weights, before[name])
    joint = attention.__dict__["_source2synth_joint"]
    Lean(module)
    assert attention.__dict__["_source2synth_joint"] is joint
