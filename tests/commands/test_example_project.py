"""The project in `examples/two-experiments`, copied to an empty directory and used as its page says."""

from __future__ import annotations

import re
import shlex
import shutil
from typing import TYPE_CHECKING

import pytest

from support.edits import swap
from support.start import make_environment, run_python, write_script

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

pytestmark = [pytest.mark.checkout, pytest.mark.process, pytest.mark.slow]

VERIFY = ("verify", "small-sgd.toml", "small-adam.toml")
CHECK = ("golden", "check", "--goldens", "goldens")


@pytest.fixture
def project(tmp_path: Path, checkout: Path) -> Path:
    """Return a copy of the example."""
    return shutil.copytree(checkout / "examples" / "two-experiments", tmp_path / "project")


def run(project: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the console script in the project."""
    script = write_script(project.parent / "bin")
    return run_python(script, *arguments, cwd=project, environment=make_environment(**more))


def test_the_workflow_passes(project: Path) -> None:
    """Every command of the workflow, with CI set as there."""
    text = (project / "verify.yml").read_text(encoding="utf-8")
    commands = re.findall(r"- run: repro-appliance (.*)", text)
    assert len(commands) == 2
    for command in commands:
        done = run(project, *shlex.split(command), CI="true")
        assert done.returncode == 0, done.stderr
        assert "identical" in done.stdout
    assert (project / "verify.xml").is_file()


def test_the_page_shows_the_workflow(project: Path, checkout: Path) -> None:
    """docs/goldens.md has the same commands."""
    page = (checkout / "docs" / "goldens.md").read_text(encoding="utf-8")
    lines = re.findall(r"- run: .*", (project / "verify.yml").read_text(encoding="utf-8"))
    assert all(line in page for line in lines)


def test_a_changed_experiment_is_different(project: Path) -> None:
    """Another learning rate is a difference for both commands."""
    path = project / "small-sgd.toml"
    path.write_text(swap(path.read_text(encoding="utf-8"), "0.1", "0.2"), encoding="utf-8")
    assert run(project, *VERIFY).returncode == 1
    assert run(project, *CHECK).returncode == 1


def test_a_tampered_golden_is_noticed(project: Path) -> None:
    """The file is named, and nobody is told to overwrite it."""
    path = project / "goldens" / "small-adam.json"
    path.write_text(swap(path.read_text(encoding="utf-8"), '"seed": 11', '"seed": 12'), encoding="utf-8")
    for command in (VERIFY, CHECK):
        done = run(project, *command)
        assert done.returncode == 3
        assert "goldens/small-adam.json" in done.stdout
        assert "--replace" not in done.stdout


def test_a_missing_golden_is_made_as_printed(project: Path) -> None:
    """The command that the message prints, typed as it stands, makes the golden again, byte for byte."""
    path = project / "goldens" / "small-sgd.json"
    before = path.read_bytes()
    path.unlink()
    for command in (VERIFY, CHECK):
        done = run(project, *command)
        assert done.returncode == 3
        printed = re.search(r"repro-appliance (golden record .*)", done.stdout)
        assert printed is not None, done.stdout
        refused = run(project, *shlex.split(printed[1]), CI="true")
        assert (refused.returncode, path.exists()) == (2, False)
        made = run(project, *shlex.split(printed[1]))
        assert made.returncode == 0, made.stderr
        assert "goldens/small-sgd.json" in made.stdout
        assert path.read_bytes().count(b"sha256:") == before.count(b"sha256:")
        assert run(project, *VERIFY).returncode == 0
        path.unlink()
