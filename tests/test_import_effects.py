"""Importing the packages has no effect, and the command line starts without NumPy."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

_IMPORT_ALL = """
import importlib, os, random, sys
before = dict(os.environ), random.getstate(), os.getcwd(), os.listdir("."), sys.getrecursionlimit()
for name in sys.argv[1:]:
    importlib.import_module(name)
after = dict(os.environ), random.getstate(), os.getcwd(), os.listdir("."), sys.getrecursionlimit()
import threading
assert before == after, "the import changed the process"
assert threading.active_count() == 1, "the import started a thread"
"""


def _run_python(program: str, *arguments: str, root: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", "-W", "error", "-c", program, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_import_has_no_effect(modules: dict[str, str], packages_root: Path, tmp_path: Path) -> None:
    """Importing every module prints nothing, writes nothing, and leaves variables and random state alone."""
    names = [name for name in modules if not name.endswith("__main__")]
    done = _run_python(_IMPORT_ALL, *names, root=packages_root, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "text", ["import os; os.environ['A'] = 'b'", "import random; random.seed(1)", "print()", "open('x', 'w').close()"]
)
def test_effect_of_an_import_is_reported(text: str, tmp_path: Path) -> None:
    """Negative control: a module that acts while it is imported is reported."""
    (tmp_path / "acts").mkdir()
    (tmp_path / "acts" / "offender.py").write_text(text, encoding="utf-8")
    (tmp_path / "cwd").mkdir()
    done = _run_python(_IMPORT_ALL, "offender", root=tmp_path / "acts", cwd=tmp_path / "cwd")
    assert (done.returncode, done.stdout, done.stderr) != (0, "", "")


_IS_NUMPY_LOADED = "import importlib, sys; importlib.import_module(sys.argv[1]); print('numpy' in sys.modules)"


@pytest.mark.parametrize("module", ["appliance", "verify", "appliance.__main__", "appliance.cli.app"])
def test_start_up_does_not_load_numpy(module: str, packages_root: Path, tmp_path: Path) -> None:
    """Variables must be set before NumPy is loaded, and `--help` must be quick."""
    done = _run_python(_IS_NUMPY_LOADED, module, root=packages_root, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_loaded_numpy_is_reported(packages_root: Path, tmp_path: Path) -> None:
    """Negative control: a module that needs NumPy is reported to load it."""
    done = _run_python(_IS_NUMPY_LOADED, "verify.digests", root=packages_root, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("True\n", "")
