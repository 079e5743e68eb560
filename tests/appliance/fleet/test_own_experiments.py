"""A fleet verifies an experiment of the user's: its files lie where the members run."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.fleet.compare import compare_members
from appliance.verification.recording import Recording, record_golden
from support.own_experiment import edit, write_experiment
from support.start import HOME

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.slow]


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a fleet of two kernels, beside an experiment with its golden; it is the current folder."""
    config = write_experiment(tmp_path / "project")
    monkeypatch.chdir(config.parent)
    record_golden("mine.toml", Recording())
    member = f"kind = 'local'\npython = {json.dumps(sys.executable)}\nsite = [{json.dumps(HOME)}]\n"
    text = 'schema = "repro-appliance/fleet/1"\nconfigs = ["mine.toml"]\n'
    for name in ("Nehalem", "Haswell"):
        text += f"[[members]]\nname = '{name}'\n{member}variables = {{ OPENBLAS_CORETYPE = '{name}' }}\n"
    path = config.parent / "fleet.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_members_agree_on_an_experiment(fleet: Path) -> None:
    """The legs are identical to the golden beside the configuration; changed code could not be judged."""
    found = compare_members(fleet)
    assert [leg.verdict for leg in found.legs] == ["identical", "identical"], found.to_text()
    assert found.report.verdict == "identical", found.to_text()
    edit(fleet.parent / "swish.py", "1.0 + x", "1.0 + 1.0 * x")
    assert compare_members(fleet, ["nehalem"]).report.verdict == "could-not-judge"
