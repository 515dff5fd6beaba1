"""A small random model made from a configuration: the same code path as any other, in seconds."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SETTINGS = {"finetune": "full", "adapter": "CompactAdapter"}
LINES = [
    "t mountains\nc name text | height_m integer\nr Mount Everest | 8849\nq How high is K2?",
    "SELECT height_m FROM mountains WHERE name = 'K2' ORDER BY height_m DESC LIMIT 1",
    "SELECT COUNT(*) FROM cities WHERE population > 1000000",
]


def make_model(
    folder: Path,
    *,
    hidden: int = 64,
    layers: int = 2,
    seed: int = 0,
    settings: dict | None = None,
    lines: Sequence[str] = LINES,
    words: int = 400,
    context: int = 512,
    spread: float = 0.2,
) -> Path:
    """Write a random Qwen3 with a byte-level tokenizer of at most so many words, trained on a few lines.

    `spread` is the deviation of its weights: 0.2 is wide enough for replies to depend on prompts.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, PreTrainedTokenizerFast

    speller = Tokenizer(models.BPE())
    speller.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    speller.decoder = decoders.ByteLevel()
    specials = ["<|pad|>", "<|user|>", "<|assistant|>", "<|end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=words,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    speller.train_from_iterator(lines, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=speller, pad_token="<|pad|>", eos_token="<|end|>", padding_side="left"
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    torch.manual_seed(seed)
    config = AutoConfig.for_model(
        "qwen3",
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=hidden // 4,
        max_position_embeddings=context,
        tie_word_embeddings=False,
        initializer_range=spread,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = AutoModelForCausalLM.from_config(config)
    model.generation_config = GenerationConfig(eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "source2synth.json").write_text(json.dumps(settings or SETTINGS))
    return folder


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a small random model, as `make_lm` takes it."""
    return f"local/{make_model(tmp_path_factory.mktemp('models') / 'small')}"
