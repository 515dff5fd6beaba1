import json
import subprocess
import sys

import pytest

HEAVY = ("torch", "dspy", "litellm", "pandas", "transformers", "datasets", "pyarrow", "duckdb", "numpy", "sqlglot")
SCRIPT = """
import json, sys, time
sys.argv = ["source2synth", *{arguments!r}]
began = time.monotonic()
try:
    from source2synth.cli import main
    main()
except SystemExit as left:
    code = left.code or 0
seconds = time.monotonic() - began
print(json.dumps({{"code": code, "seconds": seconds, "modules": sorted(sys.modules)}}))
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["init", "--help"], ["demo", "--help"], ["validate", "--help"]]
)
def test_help_imports_nothing_heavy_and_answers_at_once(arguments: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(arguments=arguments)], capture_output=True, text=True, check=True
    )
    *shown, last = ran.stdout.splitlines()
    found = json.loads(last)
    assert found["code"] == 0
    assert not set(HEAVY) & set(found["modules"])
    assert "Example: source2synth " in "\n".join(shown)
    assert found["seconds"] < 3  # a quarter of a second where nothing else runs


def test_the_module_runs_too_and_settles_the_environment() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "source2synth", "--version"], capture_output=True, text=True, check=True
    )
    from source2synth import __version__

    assert ran.stdout.strip() == __version__


def test_the_environment_is_settled_but_what_the_user_set_stays() -> None:
    script = (
        "import os; os.environ.pop('LITELLM_LOCAL_MODEL_COST_MAP', None); os.environ['OMP_NUM_THREADS'] = '3'\n"
        "from source2synth.cli.environment import settle; settle()\n"
        "print(os.environ['OMP_NUM_THREADS'], os.environ['LITELLM_LOCAL_MODEL_COST_MAP'],"
        " os.environ['HF_HUB_DISABLE_TELEMETRY'])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["3", "True", "1"]
