r"""Measures training and asking on a GPU: our provider beside a plain TRL script, our engine beside vLLM; one run.

    python benchmarks/gpu.py                          # about 120 million weights, 200 steps, 8 tries of 1,000 prompts
    python benchmarks/gpu.py --hidden 1536 --layers 28    # about 1 billion
    python benchmarks/gpu.py --dry-run                # tiny sizes, to see on a CPU that it works; no figures to keep

The model is made from a configuration with random weights and the embedded student's tokenizer; rows and prompts are
offline questions on the samples. Tokens count without padding. Memory is the GPU's at its height (of the process
without one). Every part runs in a process of its own, so that none finds the other's memory.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from source2synth.backends import close_engines, make_lm
from source2synth.data import read_database
from source2synth.data.records import STYLES
from source2synth.optimizers.training import training_rows
from source2synth.programs import SQLReasoner, TableQuestions

SAMPLES = Path(__file__).parents[1] / "data" / "samples" / "tables"
TINY = Path(__file__).parents[1] / "data" / "models" / "tiny"
LIMIT = 64
"""Tokens of every try: a random model never ends of itself."""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", type=int, default=768, help="width of the model")
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--method", choices=("full", "lora", "dora"), default="full")
    parser.add_argument("--prompts", type=int, default=1000)
    parser.add_argument("--k", type=int, default=8, help="tries of each prompt")
    parser.add_argument("--dry-run", action="store_true", help="tiny sizes")
    parser.add_argument("--part", choices=tuple(PARTS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.dry_run:
        options.hidden, options.layers, options.steps, options.batch_size = 64, 2, 4, 4
        options.prompts, options.k = 8, 2
    return options


def make_model(options: argparse.Namespace, folder: Path) -> int:
    """Write a random model and return how many weights it has."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "source2synth.json"):
        shutil.copyfile(TINY / name, folder / name)
    known = json.loads((TINY / "config.json").read_text())
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        "qwen3",
        vocab_size=known["vocab_size"],
        hidden_size=options.hidden,
        intermediate_size=4 * options.hidden,
        num_hidden_layers=options.layers,
        num_attention_heads=max(1, options.hidden // 64),
        num_key_value_heads=max(1, options.hidden // 256),
        head_dim=64,
        max_position_embeddings=4096,
        eos_token_id=known["eos_token_id"],
        pad_token_id=known["pad_token_id"],
    )
    model = AutoModelForCausalLM.from_config(config)
    model.save_pretrained(folder)
    return int(model.num_parameters())


def rows_of(options: argparse.Namespace, count: int) -> list[dict[str, Any]]:
    """Return conversations: offline questions on the samples, in the form students learn."""
    database = read_database(SAMPLES)
    made = TableQuestions.offline().many(database, count, seed=1, levels=(1, 2, 3, 4), styles=STYLES)
    rows, _ = training_rows(SQLReasoner(reasoning=False), make_lm(f"local/{options.folder}"), made, database)
    return rows


def tokens_a_row(options: argparse.Namespace, rows: Sequence[dict[str, Any]]) -> float:
    """Return the mean tokens of a row."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(options.folder))
    lengths = [
        len(tokenizer(tokenizer.apply_chat_template(row["messages"], tokenize=False))["input_ids"]) for row in rows
    ]
    return sum(lengths) / len(lengths)


def ours(options: argparse.Namespace) -> dict[str, float]:
    """Train through our provider."""
    from source2synth.backends import train

    rows, times = rows_of(options, 20 * options.batch_size), list[tuple[int, float]]()
    train(
        make_lm(f"local/{options.folder}"), rows, output_dir=options.folder / "trained", max_steps=options.steps,
        batch_size=options.batch_size, method=options.method, checkpoint_seconds=1e9,
        progress=lambda step, *_: times.append((step, time.perf_counter())),
    )  # fmt: skip
    return _pace(options, rows, times)


def plain(options: argparse.Namespace) -> dict[str, float]:
    """Train by a TRL script as its documentation writes it."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    rows, times = rows_of(options, 20 * options.batch_size), list[tuple[int, float]]()

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            times.append((state.global_step, time.perf_counter()))

    gpu = torch.cuda.is_available()
    config = SFTConfig(
        output_dir=str(options.folder / "plain"), max_steps=options.steps, save_strategy="no", report_to="none",
        per_device_train_batch_size=options.batch_size, bf16=gpu, use_cpu=not gpu, gradient_checkpointing=gpu,
        max_length=None, disable_tqdm=True,
    )  # fmt: skip
    lora = LoraConfig(target_modules="all-linear", task_type="CAUSAL_LM", use_dora=options.method == "dora")
    SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(str(options.folder), dtype=torch.float32),
        args=config,
        train_dataset=Dataset.from_list(
            [{"prompt": row["messages"][:-1], "completion": row["messages"][-1:]} for row in rows]
        ),
        processing_class=AutoTokenizer.from_pretrained(str(options.folder)),
        peft_config=None if options.method == "full" else lora,
        callbacks=[Clock()],
    ).train()
    return _pace(options, rows, times)


def _pace(options: argparse.Namespace, rows: Any, times: Sequence[tuple[int, float]]) -> dict[str, float]:
    """Return tokens a second, from the first told step on: what warms up is not counted."""
    (first, start), (last, end) = times[0], times[-1]
    a_second = (last - first) * options.batch_size / (end - start)
    return {"tokens/s": a_second * tokens_a_row(options, rows), "memory GB": _memory()}


def _memory() -> float:
    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def engine(options: argparse.Namespace) -> dict[str, float]:
    """Ask through our engine, all tries at once."""
    found = _asked(options, make_lm(f"local/{options.folder}", max_tokens=LIMIT))
    close_engines()
    return {**found, "memory GB": _memory()}


def vllm(options: argparse.Namespace) -> dict[str, float]:
    """Ask through vLLM; empty where it is not installed."""
    from source2synth.backends.serving.vllm import vllm_models

    name = f"local/{options.folder}"
    if shutil.which("vllm") is None:
        return {}
    with vllm_models([name], max_tokens=LIMIT) as lms:
        return _asked(options, lms[name])


def _asked(options: argparse.Namespace, lm: Any) -> dict[str, float]:
    import asyncio

    from dspy.lm15 import Config, Message, Request

    prompts = [row["messages"][0]["content"] for row in rows_of(options, options.prompts)]
    config = {"temperature": 0.7, "max_tokens": LIMIT}
    requests = [
        Request(model=lm.model, messages=(Message.user(prompt),), config=Config(seed=seed, **config))
        for prompt in prompts
        for seed in range(options.k)
    ]

    async def ask_all(asked: Sequence[Request]) -> int:
        replies = await asyncio.gather(*(lm.acall(request=request) for request in asked))
        return sum(int(reply.usage.output_tokens) for reply in replies)

    asyncio.run(ask_all(requests[:1]))
    start = time.perf_counter()
    tokens = asyncio.run(ask_all(requests))
    seconds = time.perf_counter() - start
    return {"tries/s": len(requests) / seconds, "tokens/s": tokens / seconds}


PARTS = {"ours": ours, "plain": plain, "engine": engine, "vllm": vllm}
TITLES = {
    "ours": "training, our provider",
    "plain": "training, plain TRL",
    "engine": "asking, our engine",
    "vllm": "asking, vLLM",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run every part and print the table."""
    options = arguments(argv)
    if options.part:
        print(json.dumps(PARTS[options.part](options)))
        return
    import torch

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    with tempfile.TemporaryDirectory() as name:
        options.folder = Path(name)
        weights = make_model(options, options.folder)
        print(f"{device}, {weights / 1e6:,.1f} million weights, {options.method}{', DRY RUN' * options.dry_run}\n")
        print("| part | tokens/s | tries/s | memory, GB |\n| --- | --- | --- | --- |", flush=True)
        for part in PARTS:
            print(_line(TITLES[part], _part(part, options)), flush=True)


def _part(part: str, options: argparse.Namespace) -> dict[str, float]:
    given = {name: value for name, value in vars(options).items() if name not in ("part", "dry_run")}
    line = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    ended = subprocess.run([sys.executable, __file__, *line, "--part", part], capture_output=True, text=True)
    if ended.returncode:
        raise SystemExit(f"{part} failed:\n{ended.stderr}")
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def _line(title: str, found: dict[str, float]) -> str:
    if not found:
        return f"| {title} | not installed | | |"
    cells = [f"{found[name]:,.1f}" if name in found else "" for name in ("tokens/s", "tries/s", "memory GB")]
    return f"| {title} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
