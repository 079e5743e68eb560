"""From a world to a launch: every axis applied in order, then the command that is really started."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import attrs

from appliance.processes.child import Command
from appliance.vary.axis import Launch
from verify.files.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from appliance.vary.axis import Axis
    from appliance.vary.world import World

PATH = "PYTHONPATH"
_HIDDEN = """
import sys as _vary_sys
_vary_sys.path[:] = [entry for entry in _vary_sys.path if entry != {folder!r}]
_vary_own = _vary_sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize
except ImportError:
    # The import of this very module is not complete yet and needs its entry.
    if _vary_own is not None:
        _vary_sys.modules["sitecustomize"] = _vary_own
"""


@attrs.frozen(kw_only=True)
class Launcher:
    """Makes launches of one program.

    Args:
        command: the program and its arguments.
        environment: the variables of the baseline's child.
        axes: every axis, in the order in which they are applied.
        baseline: the value of each axis in the baseline.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    axes: Sequence[Axis]
    baseline: Mapping[str, str]

    def plan(self, world: World, directory: Path) -> Launch:
        """Return the launch of a world.

        Args:
            world: the settings.
            directory: where the copy of the working directory is, unless an axis moves it.
        """
        launch = Launch(command=self.command, environment=dict(self.environment), directory=directory)
        values = dict(self.baseline) | {setting.axis: setting.value for setting in world.settings}
        for axis in self.axes:
            if axis.name in values:
                launch = axis.apply(values[axis.name], launch)
        return launch

    def write_line(self, world: World, directory: Path) -> str:
        """Return the command line that gives a world, for a shell.

        Args:
            world: the settings.
            directory: stands for the working directory of whoever pastes the line.
        """
        launch = self.plan(world, directory)
        words = [f"-u {name}" for name in sorted(self.environment) if name not in launch.environment]
        words += [
            f"{name}={shlex.quote(value)}"
            for name, value in sorted(launch.environment.items())
            if self.environment.get(name) != value and not name.startswith("PWD") and name != PATH
        ]
        path = launch.environment.get(PATH, "")
        if launch.python_startup:
            words.append(f'{PATH}="$startup"{shlex.quote(":" + path) if path else ""}')
        elif path != self.environment.get(PATH, ""):
            words.append(f"{PATH}={shlex.quote(path)}")
        line = " ".join([*(["env", *words] if words else []), shlex.join([*launch.prefix, *launch.command])])
        if launch.directory != directory:
            line = f"{_write_copy(launch)} && {line}"
        if launch.umask is not None:
            line = f"(umask {launch.umask:03o}; {line})"
        made = _write_locale(launch, self.environment) + _write_startup(launch)
        return (made + line).replace(str(directory), ".")


def _write_copy(launch: Launch) -> str:
    """Return the commands that copy the working directory to a place with the name of a launch, and go there."""
    return f'place="$(mktemp -d)"/{shlex.quote(launch.directory.name)} && cp -R . "$place" && cd "$place"'


def _write_locale(launch: Launch, environment: Mapping[str, str]) -> str:
    """Return the commands that compile the locale of a launch, which the search had compiled for itself."""
    folder, name = launch.environment.get("LOCPATH"), launch.environment.get("LC_ALL", "")
    language, dot, charset = name.partition(".")
    if not folder or folder == environment.get("LOCPATH") or not dot:
        return ""
    words = ("localedef", "-i", language, "-f", charset, "--no-archive", f"{folder}/{name}")
    return f"mkdir -p {shlex.quote(folder)}; {shlex.join(words)}; "


def _write_startup(launch: Launch) -> str:
    """Return the commands that write the startup of Python of a launch into a directory of its own."""
    if not launch.python_startup:
        return ""
    text = "\n".join(launch.python_startup).replace("\\", "\\\\").replace("\n", "\\n")
    return f"startup=$(mktemp -d); printf '%b' {shlex.quote(text)} > \"$startup/sitecustomize.py\"; "


def make_command(launch: Launch, wrapper: Sequence[str], startup: Path, mark: tuple[str, str]) -> Command:
    """Return the command of a launch, with its limits and its Python startup.

    Args:
        launch: what to start.
        wrapper: words that give limits to the command, before everything else.
        startup: the directory for a generated sitecustomize.
        mark: a variable by which all processes of the child are found.
    """
    environment = launch.environment | {mark[0]: mark[1], "PWD": str(launch.directory)}
    if launch.python_startup:
        startup.mkdir(parents=True, exist_ok=True)
        text = "\n".join((*launch.python_startup, _HIDDEN.format(folder=str(startup))))
        write_whole(startup / "sitecustomize.py", text, what="the startup of Python")
        environment[PATH] = ":".join([str(startup), *filter(None, [environment.get(PATH)])])
    arguments = (*wrapper, *launch.prefix, *launch.command)
    return Command(arguments=arguments, environment=environment, directory=launch.directory, umask=launch.umask)
