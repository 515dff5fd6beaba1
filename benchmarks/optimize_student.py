"""The embedded student as a solver whose prompt is optimized by demonstrations: held-out accuracy before and after.

python benchmarks/optimize_student.py TABLES… [--optimizer bootstrap_random] [--measured 100]
"""

import argparse

from source2synth.backends import close_engines, make_lm
from source2synth.data import read_database
from source2synth.optimizers import Accuracy, optimize_prompts
from source2synth.programs import SQLReasoner, TableQuestions


def main() -> None:
    """Optimize, and print what came out, whatever it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", help="file or folder of tables")
    parser.add_argument("--optimizer", default="bootstrap_random")
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--measured", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workdir", default=None)
    given = parser.parse_args()
    database = read_database(given.tables)
    examples = TableQuestions.offline().many(database, 12 * given.measured, seed=given.seed, levels=(1, 2))
    found = optimize_prompts(
        SQLReasoner(reasoning=False),
        database,
        Accuracy(),
        optimizer=given.optimizer,
        budget_calls=20 * given.measured,
        lm=make_lm(given.model, temperature=0.0),
        examples=examples,
        sizes=(40, 24, given.measured),
        seed=given.seed,
        threads=8,
        workdir=given.workdir,
    )
    print(found)
    for one in found.candidates:
        print(f"candidate {one.number}: choosing {one.choosing}, complete {one.complete}")
    close_engines()


if __name__ == "__main__":
    main()
