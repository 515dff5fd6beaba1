"""Plants errors in 30 of 100 generated examples and measures what checks, filter and both find of them.

    python benchmarks/planted_errors.py --out runs/planted_errors

Every broken example's SQL runs and gives a non-empty answer; it is just not the answer to its question. LLMSynth is
trained on slice 0, broken ones included, and tries every example of slice 1; the keep rules are then applied to the
same tries. Floor for the best rule: broken ones fall to a third of their share, or less, while 80 of 100 sound ones
that the solver can answer at all are kept.
"""

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from source2synth.backends import close_engines, make_lm
from source2synth.data import Database, SQLExample, Verdict
from source2synth.data.parts import divide
from source2synth.data.restricting import Restricted
from source2synth.data.results import compare
from source2synth.data.sandbox import shared_sandbox
from source2synth.data.sources import read_database
from source2synth.optimizers import Answerability, KeepRule, run_checks, run_reductions
from source2synth.optimizers.checks import is_not_empty
from source2synth.optimizers.kinds.tables import Tables
from source2synth.optimizers.learning import by_weights
from source2synth.optimizers.mutants import KINDS, MutantKind, mutants, with_answer_of

TABLES = Path(__file__).parents[1] / "data" / "samples" / "tables"
RULES = ("any of 3", ">= 2 of 3", "all of 3", "any of 8", *(f">= {need} of 8" for need in range(2, 9)))
KEPT_FLOOR, BROKEN_FLOOR = 0.80, 1 / 3

Kinds = Mapping[str, MutantKind]
"""What is broken in an example, by its id; sound ones are not in it."""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, default=TABLES, help="folder or file of tables")
    parser.add_argument("--examples", type=int, default=1000, help="examples generated, all parts together")
    parser.add_argument("--share", type=float, default=0.3, help="share that is broken")
    parser.add_argument("--tries", type=int, default=8, help="tries an example; the rules need 8")
    parser.add_argument("--perturbed", type=int, default=3, help="changed contents for the rows `on 1+n contents`")
    parser.add_argument("--student", default="tiny")
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--learning-rate", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/planted_errors"))
    return parser.parse_args()


def main() -> None:
    """Generate, break, check, train, try, and write the table."""
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    database = read_database(options.tables)
    examples, kinds = plant(generated(database, options), database, options.share, options.seed)
    say(started, f"{len(examples)} examples on {len(database.tables)} tables, {len(kinds)} of them broken")

    division = divide(database, seed=options.seed)
    parts = division.split(examples)
    judged = parts["slice_1"]
    checked = {verdict.example_id: verdict for verdict in run_checks(examples, database)}
    passed = {id_: verdict.outcome == "kept" for id_, verdict in checked.items()}
    everything = dict.fromkeys(passed, True)
    say(started, f"checks kept {sum(passed[example.id] for example in judged)} of {len(judged)} of slice 1")

    rows = [measure("checks", "", judged, passed, kinds, None)]
    for method, through in (("filter", everything), ("both", passed)):
        train_on = [example for example in parts["slice_0"] if through[example.id]]
        # All of slice 1 is tried, so that what the checks took of the sound ones counts as lost.
        verdicts = tried(train_on, judged, database, options)
        say(started, f"{method}: LLMSynth trained on {len(train_on)}, {options.tries} tries of {len(judged)}")
        rows += curve(method, judged, verdicts, kinds, through)
        again = elsewhere(judged, verdicts, database, options)
        rows += curve(f"{method}, {1 + options.perturbed} contents", judged, again, kinds, through)
    report(options, rows, judged, kinds, checked)
    close_engines()


def generated(database: Database, options: argparse.Namespace) -> list[SQLExample]:
    """Generate sound examples without a model, duplicates and what is beyond the caps taken out."""
    from source2synth.programs import TableQuestions

    examples = TableQuestions.offline().many(database, options.examples, seed=options.seed)
    verdicts = run_reductions(examples, database.dialect)
    return [one for one, verdict in zip(examples, verdicts, strict=True) if verdict.outcome == "kept"]


def say(started: float, message: str) -> None:
    """Print a line with the time since the start."""
    print(f"[{time.monotonic() - started:6.0f} s] {message}", flush=True)


def plant(
    examples: Sequence[SQLExample], database: Database, share: float, seed: int
) -> tuple[list[SQLExample], dict[str, MutantKind]]:
    """Break a share of the examples, all kinds about as often; returns all of them and what is broken in which."""
    rng = random.Random(f"plant {seed}")
    ordered = sorted(examples, key=lambda example: example.id)
    chosen = {example.id for example in rng.sample(ordered, round(share * len(ordered)))}
    sources = Restricted(database)
    result: list[SQLExample] = []
    kinds: dict[str, MutantKind] = {}
    for example in ordered:
        counts = Counter(kinds.values())
        broken = None
        # The rarest kind so far comes first: not every query has a condition or an aggregate to break.
        for kind in sorted(KINDS, key=lambda kind: counts[kind]) if example.id in chosen else ():
            broken = broken_example(example, kind, ordered, sources.to(example), rng)
            if broken is not None:
                kinds[broken.id] = kind
                break
        result.append(broken or example)
    return result, kinds


def broken_example(
    example: SQLExample, kind: MutantKind, examples: Sequence[SQLExample], source: Database, rng: random.Random
) -> SQLExample | None:
    """Break one example in one way; None if that cannot be done so that the answer changes."""
    if kind == "question":
        others = [one for one in examples if one.database_id == example.database_id and differs(one, example)]
        return with_answer_of(example, rng.choice(others)) if others else None
    changed = mutants(example.sql, source, kind, rng)[:8]
    for sql, execution in zip(changed, shared_sandbox().execute(source, changed), strict=True):
        if execution.result is not None:
            other = example.model_copy(update={"sql": sql, "answer": execution.result})
            if differs(other, example) and is_not_empty(other, source).outcome == "kept":
                return with_answer_of(example, other)
    return None


def differs(one: SQLExample, other: SQLExample) -> bool:
    """Whether two examples have different answers, whatever the order of their rows."""
    return not compare(one.answer, other.answer).equal


def tried(
    train_on: Sequence[SQLExample], try_on: Sequence[SQLExample], database: Database, options: argparse.Namespace
) -> list[Verdict]:
    """Train LLMSynth and let it try the other half."""
    from source2synth.programs import SQLReasoner

    solver, base = SQLReasoner(reasoning=False), make_lm(options.student)
    training: dict[str, Any] = {
        "epochs": options.epochs,
        "learning_rate": options.learning_rate,
        "seed": options.seed,
        "output_dir": str(options.out / "models"),
    }
    rows = sorted(train_on, key=lambda example: example.id)
    synth = by_weights(solver, base, database, training)(rows, "LLMSynth").lm
    judge = Answerability(solver, lm=synth, k=options.tries, seed=options.seed)
    return asyncio.run(judge.judge_all(try_on, database))


def elsewhere(
    examples: Sequence[SQLExample], verdicts: Sequence[Verdict], database: Database, options: argparse.Namespace
) -> list[Verdict]:
    """Judge the same tries on changed contents too."""

    async def all_of_them() -> list[Verdict]:
        sources, found = Restricted(database), []
        for example, verdict in zip(examples, verdicts, strict=True):
            tries = await Tables().confirm(
                verdict.tries, example, sources.to(example), compare, options.perturbed, options.seed
            )
            found.append(verdict.model_copy(update={"tries": tuple(tries)}))
        return found

    return asyncio.run(all_of_them())


def curve(
    method: str,
    judged: Sequence[SQLExample],
    verdicts: Sequence[Verdict],
    kinds: Kinds,
    through: Mapping[str, bool],
) -> list[dict[str, Any]]:
    """Apply every rule to the same tries; what does not get `through` the checks is out anyway."""
    by_id = {verdict.example_id: verdict for verdict in verdicts}
    answerable = {id_ for id_, verdict in by_id.items() if any(one.correct for one in verdict.tries)}
    rows = []
    for rule in RULES:
        read = KeepRule.parse(rule)
        kept = {id_: through[id_] and read.apply(verdict).outcome == "kept" for id_, verdict in by_id.items()}
        rows.append(measure(method, rule, judged, kept, kinds, answerable))
    return rows


def measure(
    method: str,
    rule: str,
    judged: Sequence[SQLExample],
    kept: Mapping[str, bool],
    kinds: Kinds,
    answerable: set[str] | None,
) -> dict[str, Any]:
    """Count what is left: `kept` says of examples whether they are; those it does not name are not."""
    sound = [example.id for example in judged if example.id not in kinds]
    broken = [example.id for example in judged if example.id in kinds]
    able = [id_ for id_ in sound if answerable is None or id_ in answerable]
    left_sound, left_broken = (sum(kept.get(id_, False) for id_ in ids) for ids in (sound, broken))
    return {
        "method": method,
        "rule": rule,
        "kept": left_sound + left_broken,
        "sound_kept": ratio(left_sound, len(sound)),
        "answerable": ratio(len(able), len(sound)),
        "answerable_kept": ratio(sum(kept.get(id_, False) for id_ in able), len(able)),
        "broken_before": ratio(len(broken), len(judged)),
        "broken_after": ratio(left_broken, left_sound + left_broken),
        "kinds": {kind: of_kind(kind, sound, kept, kinds, broken) for kind in KINDS},
    }


def of_kind(
    kind: MutantKind, sound: Sequence[str], kept: Mapping[str, bool], kinds: Kinds, broken: Sequence[str]
) -> dict[str, float]:
    """Recall: the share of broken ones of a kind that are out. Precision: their share in what is out, sound ones in."""
    ids = [id_ for id_ in broken if kinds[id_] == kind]
    out = sum(not kept.get(id_, False) for id_ in ids)
    lost = sum(not kept.get(id_, False) for id_ in sound)
    return {"n": len(ids), "recall": ratio(out, len(ids)), "precision": ratio(out, out + lost)}


def ratio(part: float, whole: float) -> float:
    """Divide; 0.0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def report(
    options: argparse.Namespace,
    rows: Sequence[Mapping[str, Any]],
    judged: Sequence[SQLExample],
    kinds: Kinds,
    checked: Mapping[str, Verdict],
) -> None:
    """Print the table, say whether the floor is reached, and write both, with what every check dropped."""
    head = f"{'method':<20}{'rule':<12}{'kept':>6}{'sound':>7}{'able':>7}{'of able':>9}{'broken':>8}{'after':>8}"
    lines = [f"{head}   recall by kind: " + "  ".join(f"{kind:>9}" for kind in KINDS)]
    for row in rows:
        recalls = "  ".join(f"{row['kinds'][kind]['recall']:>9.2f}" for kind in KINDS)
        lines.append(
            f"{row['method']:<20}{row['rule']:<12}{row['kept']:>6}{row['sound_kept']:>7.2f}{row['answerable']:>7.2f}"
            f"{row['answerable_kept']:>9.2f}{row['broken_before']:>8.2f}{row['broken_after']:>8.3f}{'':>19}{recalls}"
        )
    good = [row for row in rows if row["answerable_kept"] >= KEPT_FLOOR]
    best = min(good, key=lambda row: row["broken_after"], default=None)
    if best is not None:
        reached = best["broken_after"] <= BROKEN_FLOOR * best["broken_before"]
        lines.append(
            f"best with {KEPT_FLOOR:.0%} of the answerable sound kept: {best['method']}, {best['rule']}: broken "
            f"{best['broken_before']:.3f} -> {best['broken_after']:.3f}; floor {'reached' if reached else 'MISSED'}"
        )
    by_check = Counter(
        (checked[example.id].check, kinds.get(example.id, "sound"))
        for example in judged
        if checked[example.id].outcome == "dropped"
    )
    lines += [f"{check:<24}{kind:<12}{count:>5}" for (check, kind), count in sorted(by_check.items())]
    print("\n".join(lines))
    (options.out / "planted_errors.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    document = {"options": {key: str(value) for key, value in vars(options).items()}, "rows": list(rows)}
    (options.out / "planted_errors.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
