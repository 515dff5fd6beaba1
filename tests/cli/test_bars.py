import io

from rich.console import Console

from source2synth.cli.bars import WORDS, Bars
from source2synth.pipeline.progress import Event


def shown(events: list[Event], *, terminal: bool) -> str:
    console = Console(file=io.StringIO(), width=120, force_terminal=terminal, color_system=None)
    with Bars(console) as bars:
        for event in events:
            bars(event)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


EVENTS = [
    Event(kind="started", stage="examples"),
    Event(kind="advanced", stage="examples", done=600, total=1200, unit="examples", figures={"loss": 0.5}),
    Event(kind="note", message="Column [a] is odd."),
    Event(kind="finished", stage="examples", figures={"examples": 1200, "levels": {"1": 3}}, seconds=12.34),
    Event(kind="reused", stage="made-up", figures={"kept": 7}),
]


def test_without_a_terminal_there_is_one_line_a_stage_and_no_bar() -> None:
    lines = shown(EVENTS, terminal=False).splitlines()
    assert lines == [
        "note: Column [a] is odd.",
        "✓ writing examples: examples 1,200; 12.3 s",
        "✓ made-up: kept 7; done before",
    ]


def test_in_a_terminal_the_bar_shows_counts() -> None:
    assert "600 of 1,200" in shown(EVENTS[:2], terminal=True)


def test_the_rate_counts_this_go_only(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    times = iter([100.0, 110.0])
    monkeypatch.setattr("source2synth.cli.bars.time.monotonic", lambda: next(times))
    events = [
        Event(kind="advanced", stage="checks", done=500, total=800, unit="examples"),
        Event(kind="advanced", stage="checks", done=750, total=800, unit="examples"),
        Event(kind="finished", stage="checks", seconds=10.0),
    ]
    assert "25.0 examples/s" in shown(events, terminal=False)


def test_every_stage_has_its_words() -> None:
    from source2synth.pipeline.stages import STAGES

    optimizations = {"optimize", "optimize-solver", "optimize-imputation"}  # these are no stages
    assert {stage.name for stage in STAGES} == set(WORDS) - optimizations
    assert optimizations < set(WORDS)


def test_the_rows_of_the_other_half_are_called_that() -> None:
    events = [Event(kind="finished", stage="synth-model", figures={"rows": 30, "rows-1": 31}, seconds=1.0)]
    assert "rows 30, rows of the other half 31; 1.0 s" in shown(events, terminal=False)
