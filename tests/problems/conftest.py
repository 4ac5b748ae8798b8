"""The solutions of the lesson, loaded by path: they are no part of the package."""

import importlib.util
from pathlib import Path

import pytest

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"


def load(name):
    spec = importlib.util.spec_from_file_location(f"solution_{name}", SOLUTIONS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def solutions():
    """The modules with the solutions, by the name of their problem."""
    return {name: load(name) for name in ("warmup", "network", "batch")}
