"""Virtual environments with chosen sets of wheels, in a scratch directory, always at the same place."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import attrs

from appliance.processes.captured import run_captured
from appliance.processes.child import Command
from appliance.shrink.wheels import find_reason
from appliance.vary.copies import remove_directory
from verify.digests import digest_json
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from appliance.processes.captured import Answer
    from appliance.shrink.wheels import Change, Wheel
    from appliance.vary.world import World

_KEPT = 6  # environments that are kept beside the one in use
_HIDDEN = frozenset({"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"})
_SINCE = (22, 3)  # pip's version from which it installs for another interpreter
_BIN = "Scripts" if os.name == "nt" else "bin"


class NotTestableError(Exception):
    """A set of packages cannot be tested; the text says why."""


@attrs.define(kw_only=True)
class Environments:
    """Builds environments, each set of wheels once; one at a time is at the place that programs see.

    Args:
        python: the interpreter that the environments are made of.
        environment: the user's variables.
        room: the directory for everything that is made here.
        base: the wheels of the first lock.
        changes: what the second lock has otherwise.
    """

    python: Path
    environment: Mapping[str, str]
    room: Path
    base: Mapping[str, Wheel] = attrs.field(factory=dict)
    changes: Sequence[Change] = ()
    built: int = 0
    _own_pip: bool = False
    _there: str = ""
    _order: list[str] = attrs.field(factory=list)
    _refused: dict[str, str] = attrs.field(factory=dict)

    @property
    def place(self) -> Path:
        """Where the environment in use is: the same path for every set, so that no result depends on it."""
        return self.room / "env"

    @property
    def tool(self) -> Path:
        """An interpreter that has pip."""
        return self.room / "tool" / _BIN / "python"

    @property
    def clean_environment(self) -> dict[str, str]:
        """The user's variables without those that would lead Python to other packages."""
        return {name: value for name, value in self.environment.items() if name not in _HIDDEN}

    def prepare(self) -> None:
        """Make the environment that has pip.

        Raises:
            CouldNotJudgeError: the interpreter cannot make environments.
        """
        answer = self._run(str(self.python), "-m", "venv", str(self.room / "tool"))
        if answer.code != 0:
            raise CouldNotJudgeError(
                "no virtual environment can be made",
                where=self.python,
                found=answer.last_line,
                remedy="install the module venv (on Debian the package python3-venv), or name another --python",
            )
        found = sorted((self.room / "tool").rglob("pip-*.dist-info"))
        match = re.match(r"pip-(\d+)\.(\d+)", found[-1].name if found else "")
        self._own_pip = match is None or (int(match[1]), int(match[2])) < _SINCE

    def select(self, world: World) -> dict[str, Wheel]:
        """Return the wheels of a world: those of the first lock, and the second one's for its settings."""
        chosen = dict(self.base)
        for change in self.changes:
            if change.name not in world.axes:
                continue
            if change.b is None:
                chosen.pop(change.name, None)
            else:
                chosen[change.name] = change.b
        return dict(sorted(chosen.items()))

    def provide(self, world: World) -> Path:
        """Return the environment with the wheels of a world; it is built if it is not there.

        Raises:
            NotTestableError: pip cannot install them together.
        """
        wheels = self.select(world)
        parts = [[wheel.name, wheel.version, wheel.content] for wheel in wheels.values()]
        digest = digest_json(list(parts)).removeprefix("sha256:")[:16]
        if digest in self._refused:
            raise NotTestableError(self._refused[digest])
        if digest != self._there:
            self._put_away()
            self._make(digest, tuple(wheels.values()))
        return self.place

    def _put_away(self) -> None:
        if self._there:
            self.place.rename(self.room / self._there)
            self._order.append(self._there)
            self._there = ""
        for old in self._order[:-_KEPT]:
            remove_directory(self.room / old)
            self._order.remove(old)

    def _make(self, digest: str, wheels: Sequence[Wheel]) -> None:
        remove_directory(self.place)  # what a set that cannot be installed has left
        if digest in self._order:
            (self.room / digest).rename(self.place)
            self._order.remove(digest)
            self._there = digest
            return
        options = () if self._own_pip else ("--without-pip",)
        answer = self._run(str(self.python), "-m", "venv", *options, str(self.place))
        if answer.code == 0 and wheels:
            answer = self._install(wheels)
        if answer.code != 0:
            reason = find_reason(f"{answer.output}\n{answer.messages}")
            self._refused[digest] = f"it cannot be installed: {reason}"
            raise NotTestableError(self._refused[digest])
        self.built += 1
        self._there = digest

    def _install(self, wheels: Sequence[Wheel]) -> Answer:
        """Install wheels into the environment; nobody's configuration may lead pip elsewhere, and no index is asked."""
        inside = str(self.place / _BIN / "python")
        start = (inside, "-m", "pip") if self._own_pip else (str(self.tool), "-m", "pip", "--python", inside)
        words = ("--isolated", "--disable-pip-version-check", "--no-input", "install", "--no-index", "--no-compile")
        files = [str(wheel.path) for wheel in wheels]
        return self._run(*start, *words, "--no-warn-script-location", *files, PIP_CONFIG_FILE=os.devnull)

    def _run(self, *words: str, **variables: str) -> Answer:
        environment = {**self.clean_environment, **variables}
        return run_captured(Command(arguments=words, environment=environment, directory=self.room))


def list_paths(place: Path) -> tuple[Path, Path]:
    """Return the directory of programs and the interpreter of an environment."""
    return place / _BIN, place / _BIN / "python"
