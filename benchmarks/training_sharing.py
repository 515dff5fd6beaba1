"""Measures what rows on one table gain by sharing one reading of it while a student is fine-tuned, in one run.

    python benchmarks/training_sharing.py

The same rows, one epoch, rows a step alike; by turns with `sharing` 1 and with more. Seconds are CPU seconds of one
torch thread, so that neighbours on the machine do not count.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from source2synth.backends import make_lm, train
from source2synth.data import read_database
from source2synth.optimizers.training import student_form, training_rows
from source2synth.programs import SQLReasoner, TableQuestions

SAMPLES = Path(__file__).parents[1] / "data" / "samples" / "tables"


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, default=SAMPLES, help="folder of tables")
    parser.add_argument("--student", default="tiny")
    parser.add_argument("--examples", type=int, default=480)
    parser.add_argument("--batch", type=int, default=24, help="rows a step")
    parser.add_argument("--sharing", type=int, nargs="+", default=[1, 2, 6, 12])
    parser.add_argument("--rounds", type=int, default=2, help="times every way is measured; the fastest counts")
    return parser.parse_args(argv)


def seconds(lm: Any, rows: list[dict[str, Any]], asked: argparse.Namespace, sharing: int) -> float:
    """Train for one epoch and return the CPU seconds from the first step to the last, apart from setting up."""
    marks: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        train(
            lm,
            rows,
            epochs=1,
            batch_size=asked.batch,
            sharing=sharing,
            learning_rate=1e-4,
            output_dir=folder,
            progress=lambda *step: marks.append(time.process_time()),
        )
    return (marks[-1] - marks[0]) * len(marks) / (len(marks) - 1)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure every way by turns and print the table."""
    asked = arguments(argv)
    tables, lm, solver = read_database(asked.tables), make_lm(asked.student), student_form(SQLReasoner())
    examples = TableQuestions.offline().many(tables, asked.examples, seed=1)
    rows, _ = training_rows(solver, lm, examples, tables)
    best = dict.fromkeys(asked.sharing, float("inf"))
    for _ in range(asked.rounds):
        for sharing in asked.sharing:
            best[sharing] = min(best[sharing], seconds(lm, rows, asked, sharing))
    print("| sharing | rows a CPU second | times alone |\n| --- | --- | --- |")
    for sharing, spent in best.items():
        print(f"| {sharing} | {len(rows) / spent:.1f} | {best[asked.sharing[0]] / spent:.1f} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
