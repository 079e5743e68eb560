"""Run directories and a command line for reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.training.execute import run_training

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPTS = re.compile(r"<(?:script|iframe|object|embed|link|form|base)\b|\son[a-z]+=|javascript:", re.IGNORECASE)


def find_active(html: str) -> list[str]:
    """Return what in a page could run or load something, attributes with the names of events included."""
    tags = re.findall(r"<[a-zA-Z!/][^>]*>", html)
    return [found[0] for tag in tags if (found := _SCRIPTS.search(re.sub(r'"[^"]*"', '""', tag)))]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the run directories `one` and `two` of other seeds, and `regression`."""
    folder = tmp_path_factory.mktemp("runs")
    write_run(run_training(load_config("smoke")), folder / "one")
    write_run(run_training(load_config("smoke", overrides=("seed=9",))), folder / "two")
    short = ("training.epochs=1", "data.train_samples=256", "data.test_samples=64")
    write_run(run_training(load_config("regression", overrides=short)), folder / "regression")
    return folder
