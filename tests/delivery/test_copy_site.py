"""The copy of the program that members of the fleet run: it can be made twice, and it is the whole program."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.checkout, pytest.mark.process]


def test_copy_is_made_in_a_new_folder_and_again(checkout: Path, tmp_path: Path) -> None:
    """Both parts contain the program, and a second copy takes nothing from the first."""
    command = [sys.executable, str(checkout / "delivery/fleet/copy_site.py"), str(tmp_path / "new" / "fleet")]
    for _ in range(2):
        done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        for part in ("site", "code"):
            made = tmp_path / "new" / "fleet" / part
            assert {path.name for path in made.iterdir()} >= {"appliance", "verify", "repro_appliance.py"}
            (made / "left-over").mkdir(exist_ok=True)
    subprocess.run(command, check=True, capture_output=True)
    assert not (tmp_path / "new" / "fleet" / "code" / "left-over").exists()


def test_copied_program_runs_alone(checkout: Path, tmp_path: Path) -> None:
    """The copy of verify needs nothing but Python and NumPy."""
    subprocess.run(
        [sys.executable, str(checkout / "delivery/fleet/copy_site.py"), str(tmp_path)], check=True, capture_output=True
    )
    command = [sys.executable, "-P", "-m", "verify", "--help"]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
