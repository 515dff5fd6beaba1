"""Our own forward pass gives the logits of transformers, for every architecture it is for, adapters included."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from source2synth.backends.local.blocks import Trunk
from source2synth.backends.local.decoding import Row
from source2synth.backends.local.lean import KINDS, Lean
from source2synth.backends.local.sharing import SharingBatch
from source2synth.backends.local.trunks import Remembered

WORDS = 97
SHARED = tuple(range(1, 30))
LATER = [(5, 6), tuple(range(60, 90)), (*SHARED, 50, 51)]
PROMPTS = [(*SHARED, *range(40, 40 + more)) for more in (1, 4, 9)] + LATER
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
    rows = [Row(prompt, STEPS + 3, temperature=0.9, seed=seed) for prompt in PROMPTS for seed in range(3)]
    batch.add(rows[:9])
    for _ in range(2):
        batch.step()
    batch.add(rows[9:])
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


def trunk(length: int) -> Trunk:
    state = torch.arange(float(length))
    return Trunk([(state.view(1, 1, length), state.view(1, length, 1))])


def test_a_beginning_read_before_is_read_no_more() -> None:
    model: Any = SimpleNamespace(module=make("llama"), device=torch.device("cpu"), eos=frozenset())
    batch = SharingBatch(model)
    read: list[int] = []
    whole = batch._lean.read

    def count(ids: Any, *args: Any, **options: Any) -> Any:
        read.append(ids.shape[1])
        return whole(ids, *args, **options)

    batch._lean.read = count  # type: ignore[method-assign]
    batch.add([Row((*SHARED, 40, 41, 42), 5)])
    batch.add([Row((*SHARED, 50, 51), 5), Row((*SHARED, 60, 61, 62), 5)])
    assert read == [len(SHARED) + 2, 1, 3]  # the second time only what is new: no passage of the beginning


def test_beginnings_are_remembered_until_there_is_no_room() -> None:
    known = Remembered(room=8 * 25)  # bytes: two numbers of four bytes for each token
    known.add(tuple(range(10)), trunk(10))
    known.add(tuple(range(20, 32)), trunk(12))
    assert known.worth((*range(9), 77), 1) == 9
    assert known.worth((*range(9), 77), 6) == 10  # to read the last one for six prompts is no less
    assert known.worth((1, 2, 3), 1) == 3
    assert known.has(tuple(range(8)))
    assert known.get(tuple(range(8))).layers[0][1].flatten().tolist() == list(range(8))
    known.add((90, 91, 92, 93), trunk(4))
    assert known.has(tuple(range(10)))  # used last
    assert not known.has(tuple(range(20, 32)))
