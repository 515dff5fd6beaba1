"""Simulated optimizations, see simulation.py."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _loaded(file: str) -> ModuleType:
    name = f"source2synth_prompt_{Path(file).stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(file))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def simulation() -> ModuleType:
    return _loaded("simulation.py")


@pytest.fixture(scope="session")
def documents() -> ModuleType:
    return _loaded("simulation_documents.py")


@pytest.fixture(scope="session")
def stages() -> ModuleType:
    return _loaded("simulation_stages.py")


@pytest.fixture(scope="session")
def hops() -> ModuleType:
    return _loaded("simulation_hops.py")
