import os
import signal
import subprocess
import sys
from pathlib import Path


def test_an_interrupted_run_ends_with_130_and_says_that_it_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "source2synth", "demo", "tables", "--out", str(tmp_path)]
    process = subprocess.Popen(
        [*command, "--set", "source.tables=[rivers]"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # started from a background job, the interrupt would be ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    try:
        while (line := process.stderr.readline()) and "reading the sources" not in line:
            pass
        os.killpg(process.pid, signal.SIGINT)  # a terminal's Ctrl-C reaches the whole group too
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert said.endswith("Interrupted; the same command goes on from there.\n")
    assert "Traceback" not in said
    assert (tmp_path / "demo-tables" / "sources" / "done.json").is_file()
    assert not (tmp_path / "demo-tables" / "summary.json").exists()
