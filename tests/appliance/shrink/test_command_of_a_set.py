"""The lines that make the environment of a set of packages anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.shrink.environments import Environments
from appliance.shrink.laboratory import PackageLauncher
from appliance.shrink.wheels import Wheel, list_changes
from appliance.vary.world import Setting, World

_HERE = Path("/somewhere")


def _wheel(name: str, version: str) -> Wheel:
    return Wheel(name=name, version=version, path=Path("/none"), content=version)


def _launcher(second: str) -> PackageLauncher:
    a = {name: _wheel(name, "1") for name in ("alpha", "beta", "gamma")}
    b = {"alpha": _wheel("alpha", "2"), "beta": _wheel("beta", "2")}
    environments = Environments(python=Path("/usr/bin/python3"), environment={}, room=Path("/none"))
    environments.base, environments.changes = a, list_changes(a, b)
    return PackageLauncher(
        command=("python", "x.py"), environment={"PATH": "/bin", "PYTHONHOME": "/h"}, axes=(), baseline={},
        environments=environments, locks=(Path("a.lock"), Path(second)),
    )  # fmt: skip


_ALPHA, _BETA = Setting(axis="alpha", value="2"), Setting(axis="beta", value="2")
_GAMMA = Setting(axis="gamma", value="absent")


@pytest.mark.parametrize(
    ("second", "settings", "parts"),
    [
        ("b.lock", (), ["-m pip install -r a.lock && env"]),
        ("b.lock", (_ALPHA, _BETA, _GAMMA), ["-m pip install -r b.lock && env"]),
        ("b.lock", (_ALPHA,), ["install -r a.lock && ", "-m pip install --no-deps alpha==2 && env"]),
        ("b.lock", (_GAMMA,), ["install -r a.lock && ", "-m pip uninstall -y gamma && env"]),
        ("pylock.toml", (_ALPHA, _BETA, _GAMMA), ["-m pip install --no-deps alpha==2 beta==2 && env"]),
    ],
)
def test_lines_name_what_is_installed(second: str, settings: tuple[Setting, ...], parts: list[str]) -> None:
    """A lock where it is whole, single versions where it is mixed, all versions where pip does not read the lock."""
    line = _launcher(second).write_line(World.make(settings), _HERE)
    assert line.startswith("/usr/bin/python3 -m venv .venv-")
    assert [part for part in parts if part not in line] == []
    assert line.endswith("/bin/python x.py")
    assert "-u PYTHONHOME" in line


def test_packages_of_a_world_are_chosen() -> None:
    """Those of the first lock, those of the second where a setting says so, none that is absent there."""
    environments = _launcher("b.lock").environments
    chosen = environments.select(World.make((_BETA, _GAMMA)))
    assert {name: wheel.version for name, wheel in chosen.items()} == {"alpha": "1", "beta": "2"}
