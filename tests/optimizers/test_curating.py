"""The whole curation with a model that learns by heart: who is trained on what, who judges whom."""

import asyncio
from typing import Any

import dspy
import pytest

from source2synth.data.records import Database, SQLExample, Table
from source2synth.errors import ConfigError, TrainingError
from source2synth.optimizers import CHECKS, Curate, Curated, curate
from source2synth.programs import SQLReasoner

HEIGHT = "SELECT height_m FROM {} WHERE name = '{}'"


@pytest.fixture(scope="module")
def ranges(mountains: Database) -> Database:
    """Ten tables with the same columns and other rows."""
    rows = mountains.tables[0].rows
    tables = tuple(
        Table(
            name=f"peaks_{at}",
            columns=mountains.tables[0].columns,
            rows=tuple((f"{row[0]} {'ABCDEFGHIJ'[at]}", *row[1:]) for row in rows),
        )
        for at in range(10)
    )
    return Database.of(tables)


@pytest.fixture
def examples(ranges: Database, build: Any) -> list[SQLExample]:
    """Four sound ones a table, and one whose SQL asks about another mountain."""
    found = []
    for table in ranges.tables:
        names = [str(row[0]) for row in table.rows[:5]]
        for name in names[:4]:
            found.append(build(ranges, f"How high is {name}?", HEIGHT.format(table.name, name), table=table.name))
        broken = HEIGHT.format(table.name, names[3])
        found.append(build(ranges, f"How tall would {names[4]} be?", broken, table=table.name))
    return found


@pytest.fixture
def student(scripted: Any, examples: list[SQLExample]) -> Any:
    """A base that knows nothing; fine-tuned it answers what the question says, whatever it was shown."""
    tables = {example.question: example.seed.source_ids[0] for example in examples}

    def reply(model: str, question: str, number: int) -> str:
        if model == "scripted/base":
            return "SELECT 0"
        name = question.split(" is ")[-1].split(" would ")[-1].removesuffix(" be?").removesuffix("?")
        return HEIGHT.format(tables[question], name)

    return scripted(reply)


def run(solver: Any, examples: list[SQLExample], ranges: Database, student: Any, **options: Any) -> Curated:
    options = {"checks": (), **options}
    return curate(solver, examples, sources=ranges, student=student, seed=5, **options)


def learned(student: Any, model: Any) -> set[str]:
    return set(student.provider.trained[model.model])


def questions(examples: Any) -> set[str]:
    return {example.question for example in examples}


def test_what_llmsynth_cannot_answer_is_dropped(
    solver: Any, examples: list[SQLExample], ranges: Database, student: Any
) -> None:
    result = run(solver, examples, ranges, student)
    slice_1 = result.parts["slice_1"]
    assert questions(result.kept) == {q for q in questions(slice_1) if q.startswith("How high")}
    assert questions(result.dropped) == {q for q in questions(slice_1) if q.startswith("How tall")}
    assert not result.unjudged
    assert {verdict.example_id for verdict in result.verdicts} == {example.id for example in slice_1}
    assert learned(student, result.synth) == questions(result.parts["slice_0"])
    assert learned(student, result.model) == questions(result.kept)
    assert learned(student, result.control_model) == questions(result.control)
    assert len(result.control) == len(result.kept)
    assert questions(result.control) <= questions(slice_1)
    models = {model.model for model in (result.synth, result.model, result.control_model)}
    assert len(models | {result.student.model}) == 4


def test_no_table_is_on_two_sides(solver: Any, examples: list[SQLExample], ranges: Database, student: Any) -> None:
    result = run(solver, examples, ranges, student)
    tables = [{example.seed.source_ids[0] for example in rows} for rows in result.parts.values()]
    assert sum(map(len, tables)) == len(set().union(*tables)) == 10


def test_only_llmsynth_judges(solver: Any, examples: list[SQLExample], ranges: Database, student: Any) -> None:
    result = run(solver, examples, ranges, student, keep=">= 4 of 8")
    asked = student.script.asked
    assert {model for model, _, _ in asked} == {result.synth.model}
    assert {question for _, question, _ in asked} == questions(result.parts["slice_1"])
    assert len(asked) == 8 * len(result.parts["slice_1"])


def test_both_halves_are_judged_by_the_model_of_the_other(
    solver: Any, examples: list[SQLExample], ranges: Database, student: Any
) -> None:
    result = run(solver, examples, ranges, student, half="both")
    halves = (*result.parts["slice_0"], *result.parts["slice_1"])
    assert questions(result.kept) == {q for q in questions(halves) if q.startswith("How high")}
    assert learned(student, result.model) == questions(result.kept)
    for model, question, _ in student.script.asked:
        assert question not in student.provider.trained[model]


def test_checks_come_first(solver: Any, examples: list[SQLExample], ranges: Database, student: Any) -> None:
    unchecked = run(solver, examples, ranges, student)
    checked = run(solver, [*examples, _empty(examples[0])], ranges, student, checks=CHECKS)
    by = {verdict.check for verdict in checked.verdicts if verdict.outcome == "dropped"}
    assert "is_not_empty" in by
    assert "literals_grounded" in by  # the broken ones ask for a name the question does not say
    assert learned(student, checked.synth) < learned(student, unchecked.synth)
    assert len(checked.dropped) == sum(verdict.outcome == "dropped" for verdict in checked.verdicts)


def _empty(example: SQLExample) -> SQLExample:
    return example.model_copy(update={"id": "f" * 16, "answer": example.answer.model_copy(update={"rows": ()})})


def test_people_s_examples_join_curated_and_control(
    solver: Any, examples: list[SQLExample], ranges: Database, student: Any
) -> None:
    mine = [example.model_copy(update={"question": f"By hand: {example.question}"}) for example in examples[:2]]
    result = run(solver, examples, ranges, student, human=mine)
    assert questions(mine) <= learned(student, result.model)
    assert questions(mine) <= learned(student, result.control_model)
    assert not questions(mine) & learned(student, result.synth)
    assert not questions(mine) & questions(result.kept)


def test_the_same_seed_gives_the_same_models(
    solver: Any, examples: list[SQLExample], ranges: Database, student: Any
) -> None:
    first, again = (run(solver, order, ranges, student) for order in (examples, examples[::-1]))
    assert first.kept == again.kept
    assert first.verdicts == again.verdicts
    assert (first.synth.model, first.model.model) == (again.synth.model, again.model.model)


def test_training_gets_its_arguments(solver: Any, examples: list[SQLExample], ranges: Database, student: Any) -> None:
    result = run(solver, examples, ranges, student, training={"epochs": 7}, workdir="there", control=False)
    options = student.provider.options[result.model.model]
    assert (options["epochs"], options["output_dir"], options["seed"]) == (7, "there", 5)
    assert options["adapter"] == "ChatAdapter"
    assert set(options["signature"].output_fields) == {"sql"}
    assert result.control_model is None
    assert result.control == ()


@pytest.mark.parametrize(("reasoning", "outputs"), [(None, {"sql"}), (True, {"reasoning", "sql"}), (False, {"sql"})])
def test_a_student_writes_sql_only_unless_reasoning_is_asked_for(
    reasoning: bool | None, outputs: set[str], examples: list[SQLExample], ranges: Database, scripted: Any
) -> None:
    right = {example.question: example.sql for example in examples}
    student = scripted(lambda model, question, number: f"{right[question]}\n\n[[ ## reasoning ## ]]\nBy name.")
    solver = SQLReasoner() if reasoning is None else SQLReasoner(reasoning=reasoning)
    result = run(solver, examples, ranges, student)
    for model in (result.synth, result.model, result.control_model):
        assert set(student.provider.options[model.model]["signature"].output_fields) == outputs
    compiled = Curate(sources=ranges, student=student, checks=(), seed=5).compile(solver, trainset=examples)
    for answers in (result.solver, compiled):
        assert set(answers.solver.ask.signature.output_fields) == outputs
    assert result.kept == tuple(sorted(result.parts["slice_1"], key=lambda example: example.id))


def test_learnability_changes_what_is_shown_not_what_is_kept(
    solver: Any, examples: list[SQLExample], ranges: Database, student: Any
) -> None:
    plain = run(solver, examples, ranges, student)
    weighed = run(solver, examples, ranges, student, learnability=True)
    assert weighed.kept == plain.kept


def test_balance_gives_a_shape_back_the_share_that_the_filter_took(
    solver: Any, examples: list[SQLExample], ranges: Database, scripted: Any, build: Any
) -> None:
    counts = [
        build(ranges, f"Count {at} of {table.name}?", f"SELECT COUNT(*) + {at} FROM {table.name}", table=table.name)
        for table in ranges.tables
        for at in range(4)
    ]
    by_question = {example.question: example.sql for example in [*examples, *counts]}

    def reply(model: str, question: str, number: int) -> str:
        known = "Count" not in question or question.startswith("Count 0")  # one count in four is answered
        return by_question[question] if model != "scripted/base" and known else "SELECT 0"

    def shown(**options: Any) -> list[bool]:
        student = scripted(reply)
        result = run(solver, [*examples, *counts], ranges, student, **options)
        return ["COUNT" in row["messages"][-1]["content"] for row in student.provider.rows[result.model.model]]

    plain, balanced = shown(), shown(balance=True)
    assert len(plain) == len(balanced)
    assert sum(plain) < sum(balanced) <= 0.5 * len(balanced)


def test_curate_compiles_a_solver_that_answers_with_llmcurated(
    solver: Any, examples: list[SQLExample], ranges: Database, student: Any
) -> None:
    trainset = [dspy.Example(example=example) for example in examples]
    compiled = Curate(sources=ranges, student=student, checks=(), seed=5).compile(solver, trainset=trainset)
    result = run(solver, examples, ranges, student)
    assert compiled.lm.model == result.model.model
    assert compiled._compiled
    assert solver.ask.lm is None
    assert dspy.settings.lm is None
    kept = result.kept[0]
    answer = asyncio.run(compiled.acall(ranges.only(kept.seed.source_ids), kept.question))
    assert answer.result == kept.answer
    with pytest.raises(ConfigError, match=r"trainset\[0\] is no example"):
        Curate(sources=ranges).compile(solver, trainset=["a"])


def test_keeping_nothing_is_a_finding(solver: Any, examples: list[SQLExample], ranges: Database, scripted: Any) -> None:
    ignorant = scripted(lambda model, question, number: "SELECT 0")
    result = run(solver, examples, ranges, ignorant)
    assert result.kept == ()
    assert len(result.verdicts) == len(result.parts["slice_1"])
    assert result.model is result.control_model is None
    with pytest.raises(TrainingError, match="Nothing was kept"):
        result.solver(ranges, "How high is it?")
    with pytest.raises(TrainingError, match="Nothing was kept"):
        Curate(sources=ranges, student=ignorant, seed=5, checks=()).compile(solver, trainset=examples)


def test_nothing_to_train_on_says_what_became_of_the_examples(
    solver: Any, examples: list[SQLExample], ranges: Database, student: Any
) -> None:
    with pytest.raises(ConfigError, match="no examples to curate"):
        run(solver, [], ranges, student)
    other = Database.of((ranges.tables[0].model_copy(update={"name": "elsewhere"}),))
    count = len(examples)
    said = rf"of {count} examples {count} were dropped, first by sources: The database has no table 'peaks_\d'\.$"
    with pytest.raises(TrainingError, match=said):
        run(solver, examples, other, student, checks=CHECKS)
    for options, fault in (({"k": 0}, "k: 0 tries"), ({"keep": "sometimes"}, "is no rule")):
        with pytest.raises(ConfigError, match=fault):
            run(solver, examples, ranges, student, **options)
