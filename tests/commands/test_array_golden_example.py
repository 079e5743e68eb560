"""The project in `examples/array-goldens`, copied to an empty directory and used as docs/goldens.md says."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from support.edits import swap
from support.start import make_environment, run_python

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

pytestmark = [pytest.mark.checkout, pytest.mark.process, pytest.mark.slow]


@pytest.fixture
def project(tmp_path: Path, checkout: Path) -> Path:
    """Return a copy of the example."""
    return shutil.copytree(checkout / "examples" / "array-goldens", tmp_path / "project")


def run(project: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in the project, in a process of its own."""
    words = ("-m", "pytest", "-p", "repro_appliance_pytest", *arguments)
    return run_python(*words, cwd=project, environment=make_environment(PYTEST_ADDOPTS="", **more))


def test_example_is_sound(project: Path) -> None:
    """The first command of its workflow."""
    workflow = (project / "tests.yml").read_text(encoding="utf-8")
    assert "- run: repro-appliance golden check .\n" in workflow
    done = run_python(
        "-m", "repro_appliance", "golden", "check", ".", cwd=project, environment=make_environment(CI="1")
    )
    assert (done.returncode, done.stdout) == (0, "identical: 1 sound, 0 defects\n")


def test_example_passes_then_notices_a_change(project: Path) -> None:
    """Green with CI set; red with the sentence after a change; red when it is recorded; then green."""
    before = run(project, CI="true")
    assert before.returncode == 0, before.stdout
    assert "1 check has a tolerance:" in before.stdout
    assert "because: NumPy has another sine for each instruction set" in before.stdout
    program = project / "waves.py"
    program.write_text(swap(program.read_text(encoding="utf-8"), "0.25 * ", "0.2500001 * "), encoding="utf-8")
    changed = run(project, "-k", "smooth and not 100")
    assert changed.returncode == 1
    text = re.sub(r"\s+", " ", changed.stdout.replace("\nE ", "\n"))
    assert "it differs from the world it was recorded in: 3 runs gave the same result" in text
    assert "['step']: first at [0]: expected 0.25, found 0.2500001" in text
    refused = run(project, "--golden-update", CI="true")
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    written = run(project, "--golden-update")
    assert written.returncode == 1
    assert "2 checks recorded; written:" in written.stdout
    assert run(project).returncode == 0
