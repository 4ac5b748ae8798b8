"""Samples as fixtures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradcheck_kit.grading.result_records import Results, parse_results

from .samples import hostile_class, small_class


@pytest.fixture
def results() -> Results:
    return parse_results(small_class())


@pytest.fixture
def hostile() -> Results:
    return parse_results(hostile_class())


@pytest.fixture
def class_file(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """Return a function that writes a results.json."""

    def class_file(data: dict[str, Any]) -> Path:
        path = tmp_path / "results.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return class_file
