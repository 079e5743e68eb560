"""A small project with goldens of arrays, for tests of the pytest plugin."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., pytest.RunResult]

TEST = """
import os
import numpy as np
import pytest

FACTOR = float(os.environ.get("FACTOR", "1"))

def test_one(array_golden):
    array_golden.check({"loss": 0.25, "weights": np.arange(200.0) * FACTOR})
    array_golden.check(np.float32(0.5), name="rate")

@pytest.mark.parametrize("size", [1, 2])
def test_sizes(array_golden, size):
    array_golden.check(np.zeros(size))
"""


@pytest.fixture
def run_pytest(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs pytest in the small project; without fresh processes unless it is told so."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def start(*words: str, reruns: bool = False, **variables: str) -> pytest.RunResult:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            quick = () if reruns else ("-o", "golden_rerun_seconds=0")
            return pytester.runpytest_inprocess("-p", "repro_appliance_pytest", *quick, *words)

    return start


@pytest.fixture
def golden_project(pytester: pytest.Pytester, run_pytest: Run) -> pytest.Pytester:
    """Return a small project with recorded goldens."""
    pytester.makepyfile(test_one=TEST)
    assert run_pytest("--golden-update").ret == 1
    return pytester


def read(golden_project: pytest.Pytester) -> dict[str, Any]:
    """Return the golden as a JSON value."""
    return dict(json.loads((golden_project.path / "array_goldens" / "test_one.json").read_text(encoding="utf-8")))
