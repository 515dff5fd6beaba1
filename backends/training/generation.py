"""What the folder of a model says about generating with it: valid to be saved, and where a reply ends."""

from typing import Any

from ..local.templates import turn_end


def make_valid(model: Any) -> None:
    """Mend a base's generation settings that transformers reads but does not write, before any work is done.

    Sampling values without `do_sample` mean to sample; of settings that are wrong in another way the tokens stay.
    """
    given = model.generation_config
    if given is None or _valid(given):
        return
    given.do_sample = True
    if not _valid(given):
        from transformers import GenerationConfig

        tokens = {name: getattr(given, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
        model.generation_config = GenerationConfig(**tokens)


def _valid(settings: Any) -> bool:
    try:
        settings.validate(strict=True)
    except ValueError:
        return False
    return True


def end_with_turns(model: Any, tokenizer: Any) -> None:
    """Add the token that ends a turn to those that end a reply: a base model's own is that of texts."""
    end, settings = turn_end(tokenizer), model.generation_config
    if end is None or settings is None:
        return
    known = settings.eos_token_id
    ends = known if isinstance(known, list) else [] if known is None else [known]
    if end not in ends:
        settings.eos_token_id = [*ends, end] if ends else end


def said_of_adapters(model: Any, tokenizer: Any) -> dict[str, str]:
    """Return what a fingerprint says of where replies end, if the folder has no generation settings to say it."""
    end = turn_end(tokenizer) if hasattr(model, "peft_config") else None
    unsaid = end is not None and end != tokenizer.eos_token_id
    return {"turn_end": tokenizer.convert_ids_to_tokens(end)} if unsaid else {}
