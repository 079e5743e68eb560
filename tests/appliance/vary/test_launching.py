"""The printed command of a world gives that world when it is pasted into a shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from appliance.processes.captured import run_captured
from appliance.processes.child import Limits
from appliance.vary.axes import AXES
from appliance.vary.axes.locales import Locale
from appliance.vary.axis import Launch, Subject
from appliance.vary.launching import Launcher, make_command
from appliance.vary.world import Setting, World
from support.variable_axes import VariableAxis

pytestmark = [pytest.mark.process, pytest.mark.skipif(sys.platform != "linux", reason="needs a shell of Linux")]


class StartupAxis(VariableAxis):
    """Changes Python by its startup."""

    def apply(self, value: str, launch: Launch) -> Launch:
        """Add lines with quotes, a backslash and a new line."""
        lines = (r"import sys; sys.planted = 'it''s' + '\n' + " + repr(value),)
        return launch if value == "as it is" else attrs.evolve(launch, python_startup=lines)


def _paste(launcher: Launcher, setting: Setting, folder: Path) -> str:
    line = launcher.write_line(World.make([setting]), folder)
    assert "\n" not in line
    done = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_startup_of_python_is_part_of_the_command(tmp_path: Path) -> None:
    """A world that needs a generated startup of Python needs nothing but the printed line."""
    program = "import sys; print(repr(getattr(sys, 'planted', None)))"
    command = (sys.executable, "-c", program)
    environment = {"PYTHONPATH": "/nowhere"}
    launcher = Launcher(command=command, environment=environment, axes=[StartupAxis(name="planted")], baseline={})
    assert _paste(launcher, Setting(axis="planted", value="1"), tmp_path) == repr("its\n1")
    assert _paste(launcher, Setting(axis="planted", value="as it is"), tmp_path) == "None"


def test_locale_is_compiled_by_the_command(tmp_path: Path) -> None:
    """The locale that the search had compiled is compiled again by the printed line."""
    axis = next(axis for axis in AXES if isinstance(axis, Locale))
    scratch = tmp_path / "scratch"
    program = "import locale; locale.setlocale(locale.LC_ALL, ''); print(locale.localeconv()['decimal_point'])"
    subject = Subject(
        command=(sys.executable,), python=None, numpy=None, blas=(), cpu_features=(), scratch=scratch, environment={}
    )
    value = axis.values(subject)[1]
    (scratch / "locales" / value).mkdir(parents=True)
    launcher = Launcher(command=(sys.executable, "-c", program), environment={}, axes=[axis], baseline={})
    line = launcher.write_line(World.make([Setting(axis="locale", value=value)]), tmp_path / "here")
    shutil.rmtree(scratch)
    if shutil.which("localedef") is None or not Path("/usr/share/i18n/locales/de_DE").exists():
        assert "localedef -i de_DE -f UTF-8" in line
        return
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ","


@pytest.mark.parametrize(("name", "value"), [("directory", "another näme"), ("cpu-count", "3"), ("hostname", "other")])
def test_command_of_an_axis_works_as_printed(name: str, value: str, tmp_path: Path) -> None:
    """The line is one line; it makes the directory that it needs, and leaves nothing where it is pasted."""
    axis = next(axis for axis in AXES if axis.name == name)
    project = tmp_path / "project"
    project.mkdir()
    (project / "data.txt").write_text("here", encoding="utf-8")
    program = "import os, socket; print(os.path.basename(os.getcwd()), os.cpu_count(), socket.gethostname())"
    command = (sys.executable, "-c", f"{program}; open('data.txt').close()")
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    subject = Subject(
        command=command, python=Path(sys.executable), numpy=None, blas=(), cpu_features=(), scratch=tmp_path,
        environment=environment,
    )  # fmt: skip

    def run(launch: Launch) -> str:
        answer = run_captured(make_command(launch, (), tmp_path / "startup", ("VARY_TEST", "1")), Limits(seconds=60))
        return answer.output

    if not axis.prove(value, subject, run).effective:
        pytest.skip(f"the axis {name} has no effect here")
    launcher = Launcher(command=command, environment=environment, axes=[axis], baseline={})
    wanted = {"directory": "another näme", "cpu-count": " 3 ", "hostname": " other"}
    found = _paste(launcher, Setting(axis=name, value=value), project)
    assert wanted[name] in f"{found} "
    assert sorted(path.name for path in project.iterdir()) == ["data.txt"]
