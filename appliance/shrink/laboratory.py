"""Runs the program with chosen packages: worlds whose settings are packages of the second lock."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import attrs

from appliance.shrink.environments import list_paths
from appliance.shrink.wheels import ABSENT
from appliance.vary.axes.interpreters import Python
from appliance.vary.launching import Launcher
from appliance.vary.world import World
from verify.digests import digest_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.shrink.environments import Environments
    from appliance.vary.axis import Launch

_DIGITS = 6


@attrs.frozen(kw_only=True)
class PackageLauncher(Launcher):
    """Makes launches in the environment of a world.

    Args:
        environments: builds them.
        locks: the two locks, as the user named them.
    """

    environments: Environments
    locks: tuple[Path, Path]

    def plan(self, world: World, directory: Path) -> Launch:
        """Return the launch of a world.

        Raises:
            NotTestableError: its packages cannot be installed together.
        """
        place = self.environments.provide(world)
        return enter(Launcher.plan(self, World(), directory), place)

    def write_line(self, world: World, directory: Path) -> str:
        """Return lines for a shell that make the environment of a world anew and start the command in it."""
        whole = len(world) == len(self.environments.changes)
        name = f".venv-{digest_bytes(str(world).encode()).removeprefix('sha256:')[:_DIGITS]}"
        pip = f"{name}/bin/python -m pip"
        python = shlex.quote(str(self.environments.python))
        lines = [f"{python} -m venv {name}", f"{pip} install {self._name_packages(world if whole else World())}"]
        if not whole:
            pins = [f"{one.axis}=={one.value.split()[0]}" for one in world.settings if one.value != ABSENT]
            gone = [one.axis for one in world.settings if one.value == ABSENT]
            lines += [f"{pip} install --no-deps {shlex.join(pins)}"] if pins else []
            lines += [f"{pip} uninstall -y {shlex.join(gone)}"] if gone else []
        launch = Launcher.plan(self, World(), directory)
        inside = enter(launch, directory / name)
        changed = {**inside.environment, "PATH": f'"$PWD/{name}/bin:$PATH"'}
        words = [f"{key}={value}" for key, value in sorted(changed.items()) if self._is_new(key, value)]
        words += [f"-u {key}" for key in sorted(self.environment) if key not in changed]
        start = shlex.join([*inside.prefix, *inside.command]).replace(str(directory / name), name)
        return " && ".join([*lines, f"env {' '.join(words)} {start}"])

    def _name_packages(self, world: World) -> str:
        """Return what pip installs for one of the locks: the file, or all versions where pip does not read it."""
        lock = self.locks[bool(len(world))]
        if lock.suffix != ".toml":
            return f"-r {shlex.quote(str(lock))}"
        wheels = self.environments.select(world).values()
        return f"--no-deps {shlex.join([f'{wheel.name}=={wheel.version}' for wheel in wheels])}"

    def _is_new(self, name: str, value: str) -> bool:
        return name == "PATH" or (name != "VIRTUAL_ENV" and self.environment.get(name) != value)


def enter(launch: Launch, place: Path) -> Launch:
    """Return a launch that finds its interpreter, its programs and its packages in an environment."""
    programs, python = list_paths(place)
    environment = {name: value for name, value in launch.environment.items() if name != "PYTHONHOME"}
    environment["PATH"] = ":".join([str(programs), *filter(None, [environment.get("PATH")])])
    environment["VIRTUAL_ENV"] = str(place)
    word = launch.command[0]
    changed = attrs.evolve(launch, environment=environment)
    if "/" not in word and not word.startswith("python") and (programs / word).is_file():
        return attrs.evolve(changed, command=(str(programs / word), *launch.command[1:]))
    replaced = Python().apply(str(place), changed).command
    if replaced[0] == str(place):
        replaced = (str(python), *replaced[1:])  # the environment is only named, it is not there
    return attrs.evolve(changed, command=replaced)
