"""The end of a run in the terminal: funnel, accuracies side by side, where the files are."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..data.controls import visible
from ..data.imputations import Imputations
from .figures import ResultLike
from .wording import (
    SHORT,
    difference_text,
    drop_reasons,
    funnel_steps,
    imputation_figures,
    measure_text,
    measured_models,
    pair_text,
    pick,
    question_sets,
    questions_label,
    score_text,
    trainings_text,
)


def show(result: ResultLike, console: Console, *, card: str | Path | None = None) -> None:
    """Print what a run came to.

    Args:
        result: Of the run.
        console: Where to.
        card: The dataset card, if one was written.
    """
    title = f"{result.name}: {result.generator} writes, {result.student} learns, kept by {result.keep}"
    _section(console, title, funnel_table(result))
    if result.imputation is not None:
        _section(console, "Imputation", imputation_table(result.imputation))
    if result.scores:
        _section(console, f"{measure_text(result)} (95 % interval){trainings_text(result)}", accuracy_table(result))
    if result.differences:
        _section(console, "Paired differences in points (95 % bootstrap interval)", difference_table(result))
    _section(console, f"Files in {result.folder}", files_table(result, card))
    for note in result.notes:
        console.print(f"[yellow]note:[/] {escape(visible(note))}", highlight=False, soft_wrap=True)


def funnel_table(result: ResultLike) -> Table:
    """Show how many were left after each step, and each reason for which the others were dropped."""
    table = _table()
    table.add_column("step", overflow="fold")
    table.add_column("left", justify="right")
    for step, count in funnel_steps(result.funnel, result.kind):
        table.add_row(escape(step), f"{count:,}", style="bold" if step == "kept" else None)
    reasons = drop_reasons(result.funnel, result.kind)
    if reasons:
        table.add_section()
    for reason, count in reasons:
        table.add_row(f"dropped: {escape(reason)}", f"−{count:,}", style="dim")
    return table


def imputation_table(found: Imputations) -> Table:
    """Show what imputation came to, and some questions before and after."""
    table = _table()
    table.add_column("imputation")
    table.add_column("figure", overflow="fold")
    for name, figure in imputation_figures(found):
        table.add_row(name, escape(figure))
    for one in found.shown:
        table.add_section()
        table.add_row("before", escape(one.before))
        table.add_row("after", escape(one.after))
    return table


def accuracy_table(result: ResultLike) -> Table:
    """Show the models' accuracies with their 95 % intervals, one column for each set of questions."""
    table = _table()
    table.add_column("model", overflow="fold")
    table.add_column("trained on", justify="right")
    sets = question_sets(result)
    for questions, total in sets.items():
        table.add_column(escape(questions_label(questions, total)), justify="right", min_width=22)
    for model in measured_models(result):
        rows = result.training_rows.get(model)
        scores = [pick(result.scores, model, questions) for questions in sets]
        cells = ["–" if score is None else score_text(score) for score in scores]
        table.add_row(SHORT.get(model, model), "–" if rows is None else f"{rows:,}", *cells)
    return table


def difference_table(result: ResultLike) -> Table:
    """Show the paired differences of models with their 95 % bootstrap intervals."""
    table = _table()
    table.add_column("models", overflow="fold")
    sets = question_sets(result)
    for questions in sets:
        table.add_column(escape(questions_label(questions)), justify="right", min_width=22)
    found = {(pair_text(row), row.questions): difference_text(row) for row in result.differences}
    for pair in dict.fromkeys(pair_text(row) for row in result.differences):
        table.add_row(pair, *(found.get((pair, questions), "–") for questions in sets))
    return table


def files_table(result: ResultLike, card: str | Path | None = None) -> Table:
    """Show where everything lies, paths relative to the run's folder."""
    table = _table()
    table.add_column("what")
    table.add_column("where", overflow="fold")
    if card is not None:
        path = Path(card)
        inside = path.is_relative_to(result.folder)
        table.add_row("dataset card", escape(str(path.relative_to(result.folder) if inside else path)))
    for name, file in result.files.items():
        table.add_row(escape(name.replace("_", " ")), escape(file))
    for name, folder in result.models.items():
        table.add_row(f"model {SHORT.get(name, name)}", escape(folder))
    return table


def _section(console: Console, title: str, table: Table) -> None:
    # a table's own title is broken at the table's width, which makes a path useless
    console.print(visible(title), style="bold", markup=False, highlight=False, soft_wrap=True)
    console.print(table)
    console.print()


def _table() -> Table:
    return Table(show_edge=False, pad_edge=False)
