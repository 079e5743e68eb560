"""The scripts in `examples/own-python`: each prints one digest, whatever kernel BLAS takes."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from support.blas_worlds import WORLDS
from support.edits import swap
from support.start import make_environment, run_python

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.checkout, pytest.mark.process, pytest.mark.slow]

SCRIPTS = ("portable_functions", "own_data", "own_layer", "own_rules")
KERNEL = """
import numpy, threadpoolctl
print([pool.get("architecture") for pool in threadpoolctl.threadpool_info()])
"""
DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$", flags=re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, checkout: Path) -> Path:
    """Return a copy of the examples."""
    return shutil.copytree(checkout / "examples" / "own-python", tmp_path / "examples")


def run(folder: Path, *arguments: str, world: str, code: int = 0) -> str:
    """Run a script in one of the worlds and return what it printed."""
    quiet = {"PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}
    done = run_python(*arguments, cwd=folder, environment=make_environment(**WORLDS[world], **quiet))
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def find_digest(text: str) -> str:
    """Return the one digest in a text."""
    (found,) = DIGEST.findall(text)
    return str(found)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_has_one_digest_in_all_worlds(folder: Path, script: str) -> None:
    """Three kernels, with and without the newer features of the processor, one thread and two."""
    digests = {world: find_digest(run(folder, f"{script}.py", world=world)) for world in WORLDS}
    assert len(set(digests.values())) == 1, digests


def test_a_script_without_portable_functions_is_told_apart(folder: Path) -> None:
    """Negative control: with NumPy's own product and exponential the digests differ, where the worlds do."""
    path = folder / "portable_functions.py"
    text = swap(path.read_text(encoding="utf-8"), "portable.matmul(x.T, errors)", "(x.T @ errors)")
    path.write_text(swap(text, "portable.matmul(x, weights)", "(x @ weights)"), encoding="utf-8")
    kernels = {run(folder, "-c", KERNEL, world=world) for world in WORLDS}
    digests = {find_digest(run(folder, path.name, world=world)) for world in WORLDS}
    assert len(digests) > 1 or len(kernels) == 1


def test_a_golden_of_one_world_holds_in_the_others(folder: Path) -> None:
    """Recorded under one kernel, compared under the others; a changed script could not be judged."""
    worlds = list(WORLDS)
    first = run(folder, "own_golden.py", world=worlds[0], code=3)
    assert "there is no golden" in first
    recorded = run(folder, "own_golden.py", "--record", world=worlds[0])
    assert "spirals.json" in recorded
    for world in worlds:
        text = run(folder, "own_golden.py", world=world)
        assert find_digest(text) == find_digest(recorded)
        assert "spirals equals its golden, bit for bit" in text
    path = folder / "spirals.py"
    path.write_text(swap(path.read_text(encoding="utf-8"), "0.05", "0.06"), encoding="utf-8")
    assert "could not be judged: the code of the experiment has changed" in run(
        folder, "own_golden.py", world=worlds[0], code=3
    )


def test_the_page_names_every_script(folder: Path) -> None:
    """And nothing that is not there."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"python (\w+)\.py", text))
    assert named == {path.stem for path in folder.glob("*.py")} - {"spirals"}
