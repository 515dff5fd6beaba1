"""Draws examples for a person to judge, without their verdicts, and counts the judgements.

    python benchmarks/audit_draw.py runs/wikisql --n 50 --seed 7 --out sheet.md              # of what a run kept
    python benchmarks/audit_draw.py runs/wikisql --dropped 20 --seed 7 --out sheet.md        # dropped ones among them
    python benchmarks/audit_draw.py --tables tables.jsonl.gz --seed 7 --out sheet.md         # made now, checked only
    python benchmarks/audit_draw.py --hops runs/questions/kept.jsonl --seed 7 --out sheet.md # multi-hop examples
    python benchmarks/audit_draw.py --judged sheet.md                                        # share and interval

Sources are finished run folders, or datasets (`kept.parquet`, `kept.jsonl`). The judge writes `sound`, or what is
wrong, into the column `judgement` of every row. With its sources named again, `--judged` counts kept and dropped
examples apart. Judged are: question natural and unambiguous, SQL means it, answer right; of multi-hop examples: every
hop grounded in its document, every hop needed, question grammatical, answer right and the only one.
"""

import argparse
import random
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from source2synth.data import SQLExample, Verdict
from source2synth.data.datasets import read_dataset
from source2synth.data.document_records import Example, MultiHopExample
from source2synth.data.sources import read_database
from source2synth.errors import ConfigError
from source2synth.evaluation import wilson
from source2synth.optimizers import run_checks, run_reductions

COLUMNS = ("#", "id", "judgement", "question", "SQL", "answer")
HOP_COLUMNS = ("#", "id", "judgement", "question", "hops", "answer")
SOUND = "sound"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path, nargs="*", help="finished run folders, or datasets of examples")
    parser.add_argument("--tables", type=Path, help="folder or file of tables: make examples offline, checks only")
    parser.add_argument("--table-count", type=int, default=200, help="tables taken of --tables, by seed")
    parser.add_argument("--examples", type=int, default=1000, help="examples made of --tables")
    parser.add_argument("--n", type=int, default=50, help="examples drawn")
    parser.add_argument("--dropped", type=int, default=0, help="dropped examples drawn besides, to judge blind")
    parser.add_argument("--hops", action="store_true", help="the examples are multi-hop questions on documents")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="sheet to write; else it is printed")
    parser.add_argument("--judged", type=Path, help="a sheet with its judgements, to be counted")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> None:
    """Write a sheet, or count one."""
    options = arguments(given)
    if options.judged:
        say(counted(read_sheet(options.judged), outcomes(options.sources)))
        return
    kind: type[Example] = MultiHopExample if options.hops else SQLExample
    kept, dropped = gathered(options, kind)
    drawn = draw(kept, options.n, options.seed) + draw(dropped, options.dropped, options.seed)
    random.Random(f"order {options.seed}").shuffle(drawn)
    text = sheet(drawn)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    else:
        say(text)


def say(text: str) -> None:
    """Print a text as it is."""
    sys.stdout.write(text)


def gathered(options: argparse.Namespace, kind: type[Example]) -> tuple[list[Example], list[Example]]:
    """Return the examples to draw kept and dropped ones from; raises ConfigError if no source is named."""
    if options.tables:
        return list(made(options)), []
    if not options.sources:
        raise ConfigError("nothing to draw from: name a run folder, a dataset or --tables")
    dropped = (
        [example for source in options.sources for example in read(source, "dropped", kind)] if options.dropped else []
    )
    return [example for source in options.sources for example in read(source, "kept", kind)], dropped


def read(source: Path, name: str, kind: type[Example]) -> list[Example]:
    """Return the kept or the dropped examples of a run, or a dataset as it is; raises ConfigError, SourceError."""
    if not source.is_dir():
        return list(read_dataset(source, kind))
    dataset = source / "curated" / f"{name}.parquet"
    if not dataset.is_file():
        raise ConfigError(f"{source}: no {dataset.relative_to(source)}; finish the run with source2synth run")
    return list(read_dataset(dataset, kind))


def made(options: argparse.Namespace) -> list[SQLExample]:
    """Make examples of some tables without a model; return those that pass checks and reductions."""
    from source2synth.programs import TableQuestions

    database = read_database(options.tables)
    names = sorted(table.name for table in database.tables)
    random.Random(f"tables {options.seed}").shuffle(names)
    database = database.only(tuple(sorted(names[: options.table_count])))
    examples = TableQuestions.offline().many(database, options.examples, seed=options.seed)
    passed = through(examples, run_checks(examples, database))
    return through(passed, run_reductions(passed, database.dialect))


def through(examples: Sequence[SQLExample], verdicts: Iterable[Verdict]) -> list[SQLExample]:
    """Return the examples whose verdict is `kept`."""
    return [one for one, v in zip(examples, verdicts, strict=True) if v.outcome == "kept"]


def draw(examples: Iterable[Example], n: int, seed: int) -> list[Example]:
    """Draw by seed, each example once, whatever the order they come in."""
    ordered = sorted({example.id: example for example in examples}.values(), key=lambda example: example.id)
    return random.Random(f"audit {seed}").sample(ordered, min(n, len(ordered)))


def sheet(examples: Sequence[Example]) -> str:
    """Return a Markdown table, its column of judgements empty."""
    columns = HOP_COLUMNS if any(isinstance(one, MultiHopExample) for one in examples) else COLUMNS
    rows = [row(columns), row(["---"] * len(columns))]
    rows += [row([str(at), f"`{one.id}`", "", *told(one)]) for at, one in enumerate(examples, start=1)]
    return "\n".join(rows) + "\n"


def told(example: Example) -> tuple[str, str, str]:
    """Return question, chain and answer."""
    if isinstance(example, MultiHopExample):
        hops = " · ".join(f"{hop.question} {hop.answer}" for hop in example.hops)
        return example.question, hops, shortened(example.answer)
    question = f"{example.question} ({example.knowledge})" if example.knowledge else example.question
    answer = "; ".join(", ".join(map(str, cells)) for cells in example.answer.rows)
    return question, f"`{example.sql}`", shortened(answer)


def row(cells: Sequence[str]) -> str:
    """Return one line of a Markdown table."""
    return "| " + " | ".join(re.sub(r"\s+", " ", cell).replace("|", "\\|") for cell in cells) + " |"


def shortened(text: str, most: int = 120) -> str:
    """Cut a long answer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def read_sheet(path: Path) -> dict[str, str]:
    """Return the judgement of every example by its id.

    Raises:
        ConfigError: a row has no judgement, or the sheet has no rows.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) < 3 or not re.fullmatch(r"`[0-9a-f]{16}`", cells[1]):
            continue
        if not cells[2]:
            raise ConfigError(f"{path}, line {number}, judgement: is empty; write {SOUND!r} or what is wrong")
        found[cells[1].strip("`")] = cells[2]
    if not found:
        raise ConfigError(f"{path}: holds no row of a sheet; write one with --out")
    return found


def outcomes(sources: Sequence[Path]) -> dict[str, str]:
    """Return what became of every example of the named sources."""
    return {
        example.id: name
        for source in sources
        for name in ("dropped", "kept")
        for example in read(source, name, SQLExample)
    }


def counted(judged: Mapping[str, str], known: Mapping[str, str]) -> str:
    """Return a line for each outcome: sound ones, share and 95 % Wilson interval."""
    lines = []
    for outcome in sorted({known.get(identity, "drawn") for identity in judged}, reverse=True):
        found = [text for identity, text in judged.items() if known.get(identity, "drawn") == outcome]
        sound = sum(text.lower() == SOUND for text in found)
        low, high = wilson(sound, len(found))
        share = f"{sound / len(found):.0%}, Wilson 95 % interval {low:.0%} to {high:.0%}"
        lines.append(f"{outcome}: {sound} of {len(found)} sound: {share}\n")
    return "".join(lines)


if __name__ == "__main__":
    main()
