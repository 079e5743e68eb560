"""One run of the smallest configuration for all tests that only read it or copy it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.training.execute import run_training

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def smoke_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the directory of a run of smoke; a test that changes it copies it first."""
    place = tmp_path_factory.mktemp("smoke") / "run"
    write_run(run_training(load_config("smoke")), place)
    files = read_files(place)
    yield place
    assert read_files(place) == files, "a test changed the run that others read: copy it first"


def read_files(place: Path) -> dict[str, bytes]:
    """Return the contents of all files by their places."""
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}
