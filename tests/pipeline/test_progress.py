"""Events reach whoever shows them; times and money reach the log, and only the log."""

import json
from pathlib import Path

from source2synth.pipeline.progress import Event, RunLog


def test_events_are_passed_on_and_logged_with_their_time(tmp_path: Path) -> None:
    seen: list[Event] = []
    log = RunLog(tmp_path / "log.jsonl", seen.append)
    log.say(Event(kind="started", stage="checks"))
    log.say(Event(kind="advanced", stage="checks", done=5, total=10, unit="examples"))
    log.say(Event(kind="finished", stage="checks", figures={"dropped": 2}))
    log.close()
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["kind"] for row in rows] == ["started", "finished"]
    assert [event.kind for event in seen] == ["started", "advanced", "finished"]
    assert seen[2].seconds is not None
    assert rows[1]["figures"] == {"dropped": 2}
    assert all("time" in row for row in rows)


def test_what_new_replies_cost_is_added_up(tmp_path: Path) -> None:
    for _ in range(2):
        log = RunLog(tmp_path / "log.jsonl")
        for cost in (0.25, None):
            usage = {"prompt_tokens": 7, "completion_tokens": 3}
            log.paid({"model": "openai/x", "usage": usage, "cost": cost})
        log.close()
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    spent = {"kind": "spent", "model": "openai/x", "replies": 2, "in": 14, "out": 6, "dollars": 0.25}
    assert [{key: row[key] for key in spent} for row in rows] == [spent, spent]
