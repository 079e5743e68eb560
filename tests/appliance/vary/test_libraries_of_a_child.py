"""What the program's own Python says of its libraries, read with our copy of threadpoolctl."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import threadpoolctl

from appliance.processes.captured import run_captured
from appliance.processes.child import Command, Limits
from appliance.vary.axis import Launch, Subject
from appliance.vary.subjects import read_subject
from appliance.world.reading import read_world

pytestmark = pytest.mark.process

_WITH_DATACLASS = """
from __future__ import annotations
import dataclasses
@dataclasses.dataclass
class Library:
    name: str
def threadpool_info():
    return [{"internal_api": Library("openblas").name, "architecture": "Nehalem", "num_threads": 1, "version": "0.3"}]
"""


def _ask(launch: Launch) -> str:
    command = Command(arguments=launch.command, environment=launch.environment, directory=launch.directory)
    return run_captured(command, Limits(seconds=120)).output


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """Return a program of this Python; threadpoolctl is one with a data class, as version 3.8 has."""
    module = tmp_path / "threadpoolctl.py"
    module.write_text(_WITH_DATACLASS)
    monkeypatch.setattr(threadpoolctl, "__file__", str(module))
    return Subject(
        command=(sys.executable, "p.py"), python=Path(sys.executable), numpy=None, blas=(), cpu_features=(),
        scratch=tmp_path, environment=dict(os.environ),
    )  # fmt: skip


def test_libraries_are_read_with_a_threadpoolctl_that_has_data_classes(subject: Subject) -> None:
    """A data class looks up its module by name, so the module must be known by then."""
    assert [entry["architecture"] for entry in read_subject(subject, _ask).blas] == ["Nehalem"]


def test_pools_of_a_world_are_read_with_it(subject: Subject, tmp_path: Path) -> None:
    """The same holds for the world of `run`."""
    folder = tmp_path / "listing"
    folder.mkdir()
    launch = Launch(command=subject.command, environment=dict(subject.environment), directory=tmp_path)
    assert read_world(subject, launch, _ask, folder).first.pools == [("openblas", "Nehalem", 1, "0.3")]
