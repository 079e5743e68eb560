"""The wheels of a lock: obtained once by pip, with the user's own configuration of pip; nothing is installed."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

import attrs

from appliance.processes.captured import run_captured
from appliance.processes.child import Command
from verify.digests import digest_json
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_REASONS = ("ERROR:", "error:")
ABSENT = "absent"


@attrs.frozen(kw_only=True)
class Wheel:
    """One package as it is installed.

    Args:
        name: its name, in the form in which names are compared.
        version: its version.
        path: the file.
        content: the digest of what it contains.
    """

    name: str
    version: str
    path: Path
    content: str


@attrs.frozen(kw_only=True)
class Change:
    """A package that is not the same in both locks.

    Args:
        name: its name.
        a: its wheel in the first lock; None if it is not there.
        b: its wheel in the second lock; None if it is not there.
    """

    name: str
    a: Wheel | None
    b: Wheel | None

    @property
    def value(self) -> str:
        """What the second lock has, in words."""
        if self.a is not None and self.b is not None and self.a.version == self.b.version:
            return f"{self.b.version} (other contents)"
        return ABSENT if self.b is None else self.b.version

    def __str__(self) -> str:
        return f"{self.name} {ABSENT if self.a is None else self.a.version} -> {self.value}"


def obtain_wheels(
    lock: Path, shown: Path, folder: Path, python: Path, environment: Mapping[str, str], directory: Path
) -> dict[str, Wheel]:
    """Let pip obtain or build the wheels of a lock, with all that they need; return them by name.

    Hashes are checked by pip where the lock has them; its cache is used.

    Args:
        lock: the requirement file.
        shown: the file that the user named.
        folder: where the wheels are put.
        python: an interpreter that has pip.
        environment: the variables of pip.
        directory: where paths in the environment begin.

    Raises:
        CouldNotJudgeError: pip cannot obtain them.
    """
    folder.mkdir()
    words = (str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "wheel", "--wheel-dir", str(folder))
    command = Command(arguments=(*words, "-r", str(lock)), environment=environment, directory=directory)
    answer = run_captured(command)
    if answer.status != "exited" or answer.code:
        raise CouldNotJudgeError(
            "pip cannot obtain the packages of a lock",
            where=shown,
            found=find_reason(f"{answer.output}\n{answer.messages}"),
            remedy=f"try it alone: python -m pip wheel --wheel-dir wheels -r {shown}",
        )
    wheels = [_read_wheel(path) for path in sorted(folder.glob("*.whl"))]
    return {wheel.name: wheel for wheel in wheels}


def find_reason(text: str) -> str:
    """Return what pip says of a failure, in one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    begin = next((number for number, line in enumerate(lines) if line.startswith("The conflict is caused by")), None)
    if begin is not None:
        caused = [line for line in lines[begin + 1 : begin + 6] if "depends on" in line or "requested" in line]
        return re.sub(r" \(from [^)]*\)", "", "; ".join(caused))
    errors = [line for line in lines if line.startswith(_REASONS)]
    shown = errors[0] if errors else (lines[-1] if lines else "it said nothing")
    return re.sub(r"^(ERROR|error): ", "", shown)


def normalize(name: str) -> str:
    """Return a package's name in the form in which names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _read_wheel(path: Path) -> Wheel:
    name, version = path.name.split("-")[:2]
    with zipfile.ZipFile(path) as archive:
        members = sorted([info.filename, info.CRC, info.file_size] for info in archive.infolist())
    # Times in the archive are left out: a wheel that is built twice has other ones.
    content = digest_json([list(member) for member in members])
    return Wheel(name=normalize(name), version=version.replace("_", "-"), path=path, content=content)


def list_changes(a: Mapping[str, Wheel], b: Mapping[str, Wheel]) -> tuple[Change, ...]:
    """Return what is not the same in both locks, sorted by name."""
    names = sorted({*a, *b})
    changes = (Change(name=name, a=a.get(name), b=b.get(name)) for name in names)
    return tuple(change for change in changes if _identify(change.a) != _identify(change.b))


def _identify(wheel: Wheel | None) -> tuple[str, str] | None:
    return None if wheel is None else (wheel.version, wheel.content)
