# make demo: set up and run the main job on the samples. make test: set up and pass the tests. make check: what CI runs.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
export OMP_NUM_THREADS ?= 1
export HF_HUB_DISABLE_TELEMETRY = 1
export LITELLM_LOCAL_MODEL_COST_MAP = True

.PHONY: demo test check lint types clean

$(BIN)/.ready: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	touch $@

demo: $(BIN)/.ready
	$(BIN)/source2synth demo tables

test: $(BIN)/.ready
	$(BIN)/python -m pytest -n 2

lint: $(BIN)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/.ready
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

check: lint types test

clean:
	rm -rf $(VENV) build dist runs
