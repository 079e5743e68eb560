"""Two files of one kind are compared field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from verify.errors import CouldNotJudgeError, UsageError
from verify.files.answers import FIXED_WORLD, FixedWorld, WorldSetting
from verify.files.fingerprint import FINGERPRINT
from verify.host.fingerprint import capture
from verify.host.fixed_worlds import compare_files

if TYPE_CHECKING:
    from pathlib import Path

_WORLD = FixedWorld(
    complete=True, command=("p",), prefix=(), variables={"TZ": "UTC"}, not_covered=(), host={"libc": "glibc 2.36"},
    settings=(WorldSetting(name="umask", wanted="022", status="holds", found="022"),), packages=("numpy==2.4.4",),
)  # fmt: skip


def _write(folder: Path, name: str, world: FixedWorld) -> Path:
    path = folder / name
    path.write_text(FIXED_WORLD.format(world))
    return path


def test_equal_worlds_agree(tmp_path: Path) -> None:
    """Every field of two equal worlds passes."""
    rows = compare_files(*(_write(tmp_path, name, _WORLD) for name in "ab"))
    assert {row.status for row in rows} == {"pass"}
    assert {row.title for row in rows} >= {"setting.umask", "package.numpy", "host.libc", "variable.TZ", "command"}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("package.numpy", {"packages": ("numpy==2.4.6",)}),
        ("host.libc", {"host": {"libc": "musl"}}),
        ("variable.TZ", {"variables": {}}),
        ("command", {"command": ("q",)}),
        ("setting.umask", {"settings": (WorldSetting(name="umask", wanted="022", status="not-fixed", reason="r"),)}),
    ],
)
def test_field_that_differs_is_named(tmp_path: Path, field: str, change: dict[str, object]) -> None:
    """Control: one change fails one row."""
    other = attrs.evolve(_WORLD, **change)  # type: ignore[arg-type] # names of fields
    rows = compare_files(_write(tmp_path, "a", _WORLD), _write(tmp_path, "b", other))
    assert [row.title for row in rows if row.status == "fail"] == [field]


def test_files_of_two_kinds_are_refused(tmp_path: Path) -> None:
    """A fixed world beside the fingerprint of a machine: neither is read as the other."""
    machine = tmp_path / "machine.json"
    machine.write_text(FINGERPRINT.format(capture()))
    with pytest.raises(CouldNotJudgeError, match="a fingerprint has another schema"):
        compare_files(machine, _write(tmp_path, "a", _WORLD))
    assert compare_files(machine, machine)
    with pytest.raises(UsageError):
        compare_files(tmp_path / "nowhere", machine)
