"""Train the tiny student from scratch: `python -m source2synth.studies.tiny.train corpus.jsonl.gz --out FOLDER`.

All questions of one table stand in one sequence that reads the table once. Each question sees the
table and itself only, at the positions it has when asked alone: training is exactly what inference is.
The learning rate is constant after a warm-up and falls to zero over the last third; a file named
`finish` beside the log starts that fall at once, so that a run can be ended early without losing it.
"""

import argparse
import gzip
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from .tokenizer import train_tokenizer

QUESTION_WEIGHT = 0.15
"""Weight of a question's own tokens in the loss, beside 1 for the SQL."""


@dataclass(frozen=True)
class Sheet:
    """One table's sequence: shared prefix, then branches `(question ids, SQL ids)`."""

    prefix: tuple[int, ...]
    branches: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]

    def __len__(self) -> int:
        """Count tokens."""
        return len(self.prefix) + sum(len(q) + len(s) for q, s in self.branches)


def new_model(tokenizer: Any, *, width: int = 128, layers: int = 5) -> Any:
    """Build the student with random weights: a small Llama with tied embeddings."""
    from transformers import AutoModelForCausalLM, LlamaConfig

    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=3 * width, num_hidden_layers=layers,
        num_attention_heads=width // 32, num_key_value_heads=width // 32, max_position_embeddings=4096,
        tie_word_embeddings=True, rope_theta=10_000.0, initializer_range=0.04, attention_bias=False,
        pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id, bos_token_id=None,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model


def read_pages(path: Path) -> list[Any]:
    """Read a corpus written by `source2synth.studies.tiny.corpus`."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def to_sheet(tokenizer: Any, page: Any) -> Sheet:
    """Tokenize one page in the chat form it will be asked in."""
    prefix = tokenizer(f"<|user|>{page['table']}\nq ", add_special_tokens=False)["input_ids"]
    branches = []
    for question, sql, *_ in page["questions"]:
        asked = tokenizer(f"{question}<|assistant|>", add_special_tokens=False)["input_ids"]
        branches.append((tuple(asked), tuple(tokenizer(f"{sql}<|end|>", add_special_tokens=False)["input_ids"])))
    return Sheet(tuple(prefix), tuple(branches))


def collate(sheets: list[Sheet], pad: int, device: str) -> dict[str, torch.Tensor]:
    """Lay sheets out as one batch: ids, positions, mask `(batch, 1, length, length)`, targets and their weights."""
    length = max(map(len, sheets))
    ids = torch.full((len(sheets), length), pad)
    positions = torch.zeros((len(sheets), length), dtype=torch.long)
    branch = torch.full((len(sheets), length), -1)
    weight = torch.zeros((len(sheets), length))
    for row, sheet in enumerate(sheets):
        at = len(sheet.prefix)
        ids[row, :at], positions[row, :at], branch[row, :at] = torch.tensor(sheet.prefix), torch.arange(at), 0
        for number, (asked, sql) in enumerate(sheet.branches, 1):
            end = at + len(asked) + len(sql)
            ids[row, at:end] = torch.tensor(asked + sql)
            positions[row, at:end] = torch.arange(len(sheet.prefix), len(sheet.prefix) + end - at)
            branch[row, at:end] = number
            weight[row, at + 1 : at + len(asked)] = QUESTION_WEIGHT
            weight[row, at + len(asked) : end] = 1.0
            at = end
    same = (branch[:, :, None] == branch[:, None, :]) | (branch[:, None, :] == 0)
    causal = torch.ones((length, length), dtype=torch.bool).tril()
    seen = (same & causal & (branch[:, None, :] >= 0)) | torch.eye(length, dtype=torch.bool)
    mask = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)[:, None]
    batch = {"ids": ids, "positions": positions, "mask": mask, "weight": weight}
    return {name: tensor.to(device) for name, tensor in batch.items()}


def logits_of(model: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Run the model over a batch: `(batch, length, vocabulary)`."""
    return model(  # type: ignore[no-any-return]  # transformers is untyped here
        input_ids=batch["ids"], position_ids=batch["positions"], attention_mask=batch["mask"], use_cache=False
    ).logits


def loss_of(model: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the weighted mean loss of a batch; a branch's first token follows another branch and is not asked for."""
    logits, targets, weight = logits_of(model, batch)[:, :-1], batch["ids"][:, 1:], batch["weight"][:, 1:]
    picked = weight > 0
    losses = cross_entropy(logits[picked].float(), targets[picked], reduction="none")
    return (losses * weight[picked]).sum() / weight[picked].sum()


@torch.no_grad()
def exact_share(model: Any, sheets: list[Sheet], pad: int, device: str) -> float:
    """Return the share of questions whose whole SQL greedy decoding would write to the letter."""
    right = total = 0
    for start in range(0, len(sheets), 8):
        group = sheets[start : start + 8]
        batch = collate(group, pad, device)
        hit = logits_of(model, batch)[:, :-1].argmax(-1) == batch["ids"][:, 1:]
        for row, sheet in enumerate(group):
            at = len(sheet.prefix)
            for asked, sql in sheet.branches:
                first, at = at + len(asked), at + len(asked) + len(sql)
                right, total = right + int(hit[row, first - 1 : at - 1].all()), total + 1
    return right / max(total, 1)


def batches(sheets: list[Sheet], size: int, rng: random.Random) -> Iterator[list[Sheet]]:
    """Yield batches for ever, each of sheets of like length, in random order."""
    while True:
        order = sorted(sheets, key=lambda sheet: len(sheet) * rng.uniform(0.9, 1.1))
        groups = [order[at : at + size] for at in range(0, len(order) - size + 1, size)]
        rng.shuffle(groups)
        yield from groups


def save(model: Any, tokenizer: Any, out: Path, log: list[dict[str, float]]) -> None:
    """Write weights, tokenizer and learning curve."""
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    (out / "source2synth.json").write_text(json.dumps({"finetune": "full"}, indent=1) + "\n")
    (out / "learning_curve.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log))


def rate_at(step: int, *, peak: float, steps: int, decay: int) -> float:
    """Return the learning rate: 200 steps of warm-up, constant, then linear to zero over the last `decay` steps."""
    return peak * min((step + 1) / 200, 1.0, max(steps - step, 0) / decay)


def new_tokenizer(pages: list[Any], vocabulary: int) -> Any:
    """Learn a tokenizer from the first pages of a corpus."""
    texts = (page["table"] + "".join(f"\n{q}\n{s}" for q, s, *_ in page["questions"]) for page in pages[:6000])
    return train_tokenizer(texts, vocabulary=vocabulary)


def train(asked: argparse.Namespace) -> None:
    """Run the training that the arguments ask for, saving at every report."""
    torch.manual_seed(asked.seed)
    rng = random.Random(asked.seed)
    pages = read_pages(asked.corpus)
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.start is not None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(asked.start)
        model = AutoModelForCausalLM.from_pretrained(asked.start, attn_implementation="sdpa").to(asked.device)
    else:
        tokenizer = new_tokenizer(pages, asked.vocabulary)
        model = new_model(tokenizer, width=asked.width, layers=asked.layers).to(asked.device)
    sheets = [sheet for sheet in (to_sheet(tokenizer, page) for page in pages) if len(sheet) < 1400]
    held, sheets = sheets[: asked.held], sheets[asked.held :]
    fit(model, tokenizer, sheets, held, asked, rng)


def fit(
    model: Any, tokenizer: Any, sheets: list[Sheet], held: list[Sheet], asked: argparse.Namespace, rng: random.Random
) -> None:
    """Take optimizer steps until the schedule ends, reporting every `asked.report` steps."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=asked.rate, betas=(0.9, 0.98), weight_decay=0.01)
    pad, log, tokens, start, steps = tokenizer.pad_token_id, [], 0, time.monotonic(), asked.steps
    decay = max(1, asked.steps // 3)
    source = batches(sheets, asked.batch, rng)
    step, losses = 0, 0.0
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, peak=asked.rate, steps=steps, decay=decay)
        chosen = next(source)
        with torch.autocast(asked.device, torch.bfloat16, enabled=asked.device == "cuda"):
            loss = loss_of(model, collate(chosen, pad, asked.device))
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step, tokens, losses = step + 1, tokens + sum(map(len, chosen)), losses + float(loss.detach())
        if step % asked.report == 0 or step == steps:
            line = {"step": step, "tokens": tokens, "minutes": round((time.monotonic() - start) / 60, 2)}
            log.append(
                {**line, "loss": round(losses / asked.report, 4), "exact": exact_share(model, held, pad, asked.device)}
            )
            print(json.dumps(log[-1]), flush=True)
            losses = 0.0
            save(model, tokenizer, asked.out, log)
        if steps == asked.steps and (asked.out / "finish").exists():
            decay = max(1, step // 3)
            steps = step + decay


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="folder of a model to go on from, with its tokenizer")
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--batch", type=int, default=8, help="tables a step")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=5)
    parser.add_argument("--vocabulary", type=int, default=2048)
    parser.add_argument("--held", type=int, default=50, help="tables kept out to measure on")
    parser.add_argument("--report", type=int, default=250, help="steps between measurements")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
