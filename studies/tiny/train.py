"""Train the tiny student from scratch: `python -m source2synth.studies.tiny.train corpus.jsonl.gz --out FOLDER`.

Matrices inside the layers are trained by Muon, the rest by AdamW. The learning rate is constant after a
warm-up of one minute and falls to zero over the last `--decay` of the time.
"""

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from ...backends.training.renaming import Renaming
from .circuit import with_copying
from .corpus import Page
from .sheets import Sheet, batches, collate, is_table, read_pages, table_page, to_sheet
from .tokenizer import grown, train_tokenizer

SETTINGS = {"finetune": "full", "adapter": "CompactAdapter"}
"""What the folder says of the student: how it is fine-tuned, and the form it was trained to be asked in."""
LONGEST = 1500
"""Tokens of a sheet at most; longer pages are left out."""


def new_model(tokenizer: Any, *, width: int = 128, layers: int = 5) -> Any:
    """Build the student: a small SmolLM3 with tied embeddings, every other layer without positions, able to copy."""
    from transformers import AutoModelForCausalLM, SmolLM3Config

    config = SmolLM3Config(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=3 * width, num_hidden_layers=layers,
        num_attention_heads=4, num_key_value_heads=4, max_position_embeddings=4096, tie_word_embeddings=True,
        no_rope_layers=[(at + 1) % 2 for at in range(layers)], attention_bias=True, initializer_range=0.04,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id, bos_token_id=None,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return with_copying(model)


def logits_of(model: Any, batch: dict[str, torch.Tensor], picked: torch.Tensor) -> torch.Tensor:
    """Run the model over a batch and give the logits of the picked positions only: `(picked, vocabulary)`."""
    states = model.model(
        input_ids=batch["ids"], position_ids=batch["positions"], attention_mask=batch["mask"], use_cache=False
    ).last_hidden_state
    return model.lm_head(states[:, :-1][picked])  # type: ignore[no-any-return]  # transformers is untyped here


def loss_of(model: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the weighted mean loss of a batch; a branch's first token follows another branch and is not asked for."""
    targets, weight = batch["ids"][:, 1:], batch["weight"][:, 1:]
    picked = weight > 0
    losses = cross_entropy(logits_of(model, batch, picked).float(), targets[picked], reduction="none")
    return (losses * weight[picked]).sum() / weight[picked].sum()


@torch.no_grad()
def exact_share(model: Any, sheets: list[Sheet], pad: int, device: str) -> float:
    """Return the share of questions whose whole SQL greedy decoding would write to the letter."""
    right = total = 0
    for start in range(0, len(sheets), 4):
        batch = collate(sheets[start : start + 4], pad, device, 0.0)
        asked = batch["weight"][:, 1:] > 0
        hits = iter((logits_of(model, batch, asked).argmax(-1) == batch["ids"][:, 1:][asked]).tolist())
        for _, sql in (branch for sheet in sheets[start : start + 4] for branch in sheet.branches):
            right, total = right + all([next(hits) for _ in sql]), total + 1
    return right / max(total, 1)


def optimizers_of(model: Any, rate: float) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices inside the layers and AdamW for embeddings and norms, both at `rate`."""
    inner = [weight for name, weight in model.named_parameters() if ".layers." in name and weight.ndim == 2]
    rest = [weight for name, weight in model.named_parameters() if not (".layers." in name and weight.ndim == 2)]
    return [
        torch.optim.Muon(inner, lr=rate, weight_decay=0.01, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def save(model: Any, tokenizer: Any, out: Path, log: list[dict[str, float]]) -> None:
    """Write weights, tokenizer and learning curve."""
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    (out / "source2synth.json").write_text(json.dumps(SETTINGS, indent=1) + "\n")
    (out / "learning_curve.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log))


def rate_at(minutes: float, *, peak: float, total: float, decay: float) -> float:
    """Return the learning rate: one minute of warm-up, constant, then linear to zero over the last `decay` (share)."""
    return peak * max(0.0, min(minutes + 0.02, 1.0, (total - minutes) / (total * decay)))


def new_tokenizer(pages: list[Page], vocabulary: int) -> Any:
    """Learn a tokenizer from the first pages of a corpus."""
    texts = (page["table"] + "".join(f"\n{q}\n{s}" for q, s, *_ in page["questions"]) for page in pages[:6000])
    return train_tokenizer(texts, vocabulary=vocabulary)


def train(asked: argparse.Namespace) -> None:
    """Run the training that the arguments ask for."""
    torch.manual_seed(asked.seed)
    pages = [page for path in asked.corpus for page in read_pages(path)]
    held = [page for kind in (True, False) for page in [p for p in pages if is_table(p) is kind][: asked.held]]
    pages = [page for page in pages if page not in held]
    if asked.start is not None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(asked.start)
        model = AutoModelForCausalLM.from_pretrained(asked.start, attn_implementation="sdpa").to(asked.device)
        if asked.grow:
            tokenizer = grow(model, tokenizer, pages, asked.grow)
    else:
        tokenizer = new_tokenizer(pages, asked.vocabulary)
        model = new_model(tokenizer, width=asked.width, layers=asked.layers).to(asked.device)
    fit(model, tokenizer, pages, held, asked)


@torch.no_grad()
def grow(model: Any, tokenizer: Any, pages: list[Page], more: int) -> Any:
    """Give tokenizer and model `more` tokens for running English; each begins as the mean of what it is made of."""
    from pydoc_data.topics import topics

    read = [page["table"] for page in pages if not is_table(page)]
    bigger = grown(tokenizer, [*read[:3000], *topics.values()], more)
    old = model.get_input_embeddings().weight.clone()
    model.resize_token_embeddings(len(bigger), mean_resizing=False)
    new = model.get_input_embeddings().weight
    for id in range(len(tokenizer), len(bigger)):
        new[id] = old[tokenizer(bigger.decode([id]), add_special_tokens=False)["input_ids"]].mean(0)
    return bigger


def fit(model: Any, tokenizer: Any, pages: list[Page], held: list[Page], asked: argparse.Namespace) -> None:
    """Take optimizer steps until the minutes are over, reporting and saving every `asked.report` minutes."""
    optimizers = optimizers_of(model, asked.rate)
    pad = tokenizer.pad_token_id
    measured = {
        name: [to_sheet(tokenizer, page) for page in held if is_table(page) is kind]
        for name, kind in (("tables", True), ("documents", False))
    }
    names = Renaming(tokenizer.get_vocab(), [table_page(page) for page in pages if is_table(page)])
    source = batches(tokenizer, pages, names, asked.batch, LONGEST, random.Random(asked.seed))
    log: list[dict[str, float]] = []
    losses: list[float] = []
    start, tokens, step = time.monotonic(), 0, 0
    while (minutes := (time.monotonic() - start) / 60) < asked.minutes or losses:
        if minutes >= asked.minutes or minutes > asked.report * (len(log) + 1):
            log.append(
                {
                    "step": step, "tokens": tokens, "minutes": round(minutes, 2),
                    "loss": round(sum(losses) / max(1, len(losses)), 4),
                    **{name: round(exact_share(model, some, pad, asked.device), 4) for name, some in measured.items()},
                }
            )  # fmt: skip
            print(json.dumps(log[-1]), flush=True)
            asked.out.mkdir(parents=True, exist_ok=True)
            save(model, tokenizer, asked.out, log)
            losses = []
            continue
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate_at(minutes, peak=asked.rate, total=asked.minutes, decay=asked.decay)
        chosen = next(source)
        with torch.autocast(asked.device, torch.bfloat16, enabled=asked.device == "cuda" or asked.half):
            loss = loss_of(model, collate(chosen, pad, asked.device, asked.question_weight))
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step, tokens = step + 1, tokens + sum(map(len, chosen))
        losses.append(float(loss.detach()))


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="+", help="made by `studies.tiny.corpus`; several are one")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="folder of a model to go on from, with its tokenizer")
    parser.add_argument("--grow", type=int, default=0, help="tokens that are added to the tokenizer of --start")
    parser.add_argument("--half", action="store_true", help="multiply in bfloat16 on a CPU too")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--batch", type=int, default=4, help="tables a step")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--decay", type=float, default=1 / 3, help="share of the time in which the rate falls to zero")
    parser.add_argument("--question-weight", type=float, default=0.3, help="of a question's own tokens in the loss")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=5)
    parser.add_argument("--vocabulary", type=int, default=2048)
    parser.add_argument("--held", type=int, default=60, help="tables kept out to measure on")
    parser.add_argument("--report", type=float, default=5, help="minutes between measurements")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
