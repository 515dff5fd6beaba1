"""Shows the events of a run: a bar with its rate for the stage at work, one line for each that is finished."""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from ..data.controls import visible
from ..pipeline.progress import Event

WORDS = {
    "sources": "reading the sources",
    "parts": "dividing them",
    "seeds": "planning",
    "optimize": "optimizing prompts",
    "optimize-solver": "optimizing the solver's prompt",
    "optimize-imputation": "optimizing imputation",
    "examples": "writing examples",
    "checks": "checking them",
    "twins": "taking a passage away",
    "synth-model": "training LLMSynth",
    "imputed": "imputing questions",
    "verdicts": "LLMSynth answers",
    "ablation": "asking without each document",
    "curated": "keeping the best",
    "curated-model": "training LLMCurated",
    "control-model": "training the control",
    "prompts": "optimizing prompts",
    "solver-prompt": "optimizing the solver",
    "evaluation": "measuring",
}
"""Stages as the bars name them; one that is not here is named by its own name."""
FIGURES = {"rows-1": "rows of the other half", "sql_written": "SQL written"}
"""Figures as the bars name them, where their own name says too little."""
ONLY_IF_ANY = frozenset(("repaired", "unjudged", "human", "notices", "twins", "twins_refused", "refused"))
"""Figures that say nothing where they are zero."""


@dataclass
class _Pace:
    """First and last count of a stage in this go, with their times in seconds: earlier goes are no speed."""

    first: int
    began: float
    last: int = 0
    ended: float = 0.0
    unit: str = ""

    def rate(self) -> float | None:
        """Return units a second, or None while nothing can be said."""
        seconds = self.ended - self.began
        return (self.last - self.first) / seconds if seconds > 0.05 and self.last > self.first else None


class Bars:
    """A `pipeline.Progress` that draws on a console; lines only if the console is no terminal.

    Example:
        with Bars(console) as bars:
            run_recipe(recipe, folder, progress=bars)
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            _Counts(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._paces: dict[str, _Pace] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if event.kind == "started":
            self._start(event.stage)
        elif event.kind == "advanced":
            self._advance(event)
        elif event.kind in ("finished", "reused"):
            self._finish(event)
        elif event.kind == "note":
            self._console.print(f"[yellow]note:[/] {escape(visible(event.message))}", highlight=False, soft_wrap=True)
        # `interrupted` is said where the exception arrives

    def _start(self, stage: str) -> TaskID:
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(escape(WORDS.get(stage, stage)), total=None, rate="")
        return self._tasks[stage]

    def _advance(self, event: Event) -> None:
        now = time.monotonic()
        pace = self._paces.setdefault(event.stage, _Pace(event.done, now))
        pace.last, pace.ended, pace.unit = event.done, now, event.unit
        self._progress.update(
            self._start(event.stage), completed=event.done, total=event.total, rate=_rate(pace), numbers=_figures(event)
        )

    def _finish(self, event: Event) -> None:
        task = self._tasks.pop(event.stage, None)
        if task is not None:
            self._progress.remove_task(task)
        pace = self._paces.pop(event.stage, None)
        took = "done before" if event.kind == "reused" else _seconds(event.seconds)
        details = [part for part in (_figures(event), took, _rate(pace) if pace else "") if part]
        words = WORDS.get(event.stage, event.stage)
        line = f"[green]✓[/] {escape(words)}: {escape('; '.join(details))}"
        self._console.print(line, highlight=False, soft_wrap=True)


class _Counts(ProgressColumn):
    """`640 of 1,200; 98.2 examples/s; loss 0.4`."""

    def render(self, task: Task) -> Text:
        of = f" of {task.total:,.0f}" if task.total else ""
        parts = [f"{task.completed:,.0f}{of}", str(task.fields.get("rate", "")), str(task.fields.get("numbers", ""))]
        return Text("; ".join(part for part in parts if part))


def _figures(event: Event) -> str:
    numbers = {name: value for name, value in event.figures.items() if isinstance(value, int | float)}
    plain = {name: value for name, value in numbers.items() if value or name not in ONLY_IF_ANY}
    return ", ".join(f"{FIGURES.get(name, name).replace('_', ' ')} {value:,}" for name, value in plain.items())


def _rate(pace: _Pace) -> str:
    rate = pace.rate()
    return "" if rate is None else f"{rate:,.1f} {pace.unit or 'units'}/s"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"
