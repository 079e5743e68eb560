"""A user's modules with the names of ours, of NumPy or of the standard library: never loaded in their place."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import verify
from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from support.start import HOME, make_environment, run_python, write_script

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.process, pytest.mark.slow]

_TELLS = "print('a module of the user was loaded')\n"
_ENDS = "import sys\nsys.exit(0)\n"
_JUDGES = "def verify(*_): return 'identical'\ndef judge(*_): return 'identical'\n" + _TELLS
NAMES = ("verify", "numpy", "random", "json", "click", "attr")


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """Return the folders from which the program can be started or told to import: path, cwd, bin."""
    found = {name: tmp_path / name for name in ("path", "cwd", "bin")}
    for folder in found.values():
        folder.mkdir()
    write_script(found["bin"])
    return found


def start(places: dict[str, Path], how: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Start the program as a console script or as a module."""
    command = {"script": [str(places["bin"] / "repro-appliance")], "module": ["-m", "appliance"]}[how]
    return run_python(*command, *arguments, cwd=places["cwd"], environment=make_environment(places["path"]))


def assert_unharmed(done: subprocess.CompletedProcess[str]) -> None:
    """The golden was reproduced by this program, and no module of the user was loaded."""
    assert done.returncode == 0, done.stderr
    text = done.stdout + done.stderr
    assert "identical: every golden was reproduced" in text
    assert "a module of the user" not in text


@pytest.mark.parametrize(
    ("how", "place"), [("script", "path"), ("script", "bin"), ("module", "path"), ("module", "cwd")]
)
@pytest.mark.parametrize("body", [_TELLS, _ENDS], ids=["tells", "ends"])
def test_modules_of_the_user_are_not_loaded(places: dict[str, Path], how: str, place: str, body: str) -> None:
    """All these names at once: on PYTHONPATH, in the working directory, beside the script."""
    for name in NAMES:
        (places[place] / f"{name}.py").write_text(_JUDGES if body == _TELLS else body, encoding="utf-8")
    assert_unharmed(start(places, how, "verify", "smoke"))


@pytest.mark.parametrize(("how", "place"), [("script", "path"), ("module", "cwd")])
def test_package_folders_of_the_user_are_not_loaded(places: dict[str, Path], how: str, place: str) -> None:
    """The same for folders with __init__.py, and for folders without one."""
    for name in NAMES:
        (places[place] / name).mkdir()
    for name in NAMES[:-1]:
        (places[place] / name / "__init__.py").write_text(_TELLS, encoding="utf-8")
    assert_unharmed(start(places, how, "verify", "smoke"))


def test_the_script_finds_its_own_package(places: dict[str, Path]) -> None:
    """A user's package `appliance` before ours on PYTHONPATH is not what the console script starts."""
    (places["path"] / "appliance").mkdir()
    (places["path"] / "appliance" / "__init__.py").write_text(_TELLS, encoding="utf-8")
    (places["path"] / "appliance" / "__main__.py").write_text(_TELLS, encoding="utf-8")
    assert_unharmed(start(places, "script", "verify", "smoke"))


@pytest.mark.parametrize("how", ["script", "module"])
@pytest.mark.parametrize(
    "body",
    ["raise RuntimeError('mine')\n", "import random, verify\n", "import sys\nsys.path.insert(0, sys.path[0])\n"],
)
def test_sitecustomize_does_no_harm(places: dict[str, Path], how: str, body: str) -> None:
    """A sitecustomize that breaks, or that loads the user's modules before this program starts."""
    (places["path"] / "sitecustomize.py").write_text(body, encoding="utf-8")
    for name in ("random", "verify"):
        (places["path"] / f"{name}.py").write_text("value = 1\n", encoding="utf-8")
    assert_unharmed(start(places, how, "verify", "smoke"))


def test_modules_of_the_user_can_be_imported_later(places: dict[str, Path]) -> None:
    """PYTHONPATH stays on the import path, at its end, and in the environment of children."""
    (places["path"] / "of_the_user.py").write_text("value = 7\n", encoding="utf-8")
    (places["path"] / "random.py").write_text(_TELLS, encoding="utf-8")
    (places["bin"] / "probe.py").write_text(
        f"import sys\nsys.path.insert(0, {HOME!r})\nimport appliance\n"
        "from verify.startup.program import start\nstart(__file__, 'tool.line')\n",
        encoding="utf-8",
    )
    (places["path"] / "tool").mkdir()
    (places["path"] / "tool" / "line.py").write_text(
        "import os, random, of_the_user\n"
        "from appliance.launch.restart import ensure_environment\n"
        "def run(arguments):\n"
        "    ensure_environment('portable')\n"
        "    print(of_the_user.value, os.environ['PYTHONPATH'].split(os.pathsep)[0], random.randint(1, 1))\n"
        "    return 0\n",
        encoding="utf-8",
    )
    done = run_python(places["bin"] / "probe.py", cwd=places["cwd"], environment=make_environment(places["path"]))
    assert (done.returncode, done.stdout) == (0, f"7 {places['path']} 1\n"), done.stderr


def _copy_program(folder: Path, change: Callable[[Path], object]) -> Path:
    """Copy the packages under test, change the copy, return a script for it."""
    for name in ("appliance", "verify", "configs"):
        if (Path(HOME) / name).is_dir():
            shutil.copytree(Path(HOME) / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(Path(HOME) / "repro_appliance.py", folder / "repro_appliance.py")
    change(folder)
    return folder / "repro_appliance.py"


@pytest.mark.parametrize("module", ["appliance/cli/train.py", "verify/host/environment.py", "verify/judging/pins.py"])
@pytest.mark.parametrize("body", [_ENDS, "raise RuntimeError('broken')\n", "import sys\nsys.exit('bye')\n"])
def test_an_end_while_importing_is_no_success(tmp_path: Path, module: str, body: str) -> None:
    """A module that ends the program while it is imported: exit code 3 and an error, never 0 without output."""
    script = _copy_program(tmp_path / "copy", lambda folder: (folder / module).write_text(body, encoding="utf-8"))
    environment = make_environment()
    environment.pop("PYTHONPATH")
    done = run_python(script, "verify", "smoke", cwd=tmp_path, environment=environment)
    assert done.returncode in ((3,) if "exit" in body or "cli" in module else (2, 3)), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


@pytest.mark.checkout  # an installed wheel stands beside the NumPy that must not be found
def test_numpy_that_is_not_installed_is_refused(tmp_path: Path) -> None:
    """Where the only NumPy is a file of the user's, the error names it; exit code 3."""
    (tmp_path / "numpy.py").write_text(_TELLS, encoding="utf-8")
    program = (
        f"import sys\nsys.path[:] = [{HOME!r}, *(p for p in sys.path if 'site-packages' not in p)]\n"
        "import verify\nsys.path.pop(0)\n"
        "from verify.startup.program import start\nstart(__file__, 'verify.digests')\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    done = run_python(tmp_path / "program.py", "--json", cwd=tmp_path, environment=make_environment())
    assert done.returncode == 3
    assert str(tmp_path / "numpy.py") in done.stderr
    assert '"exit_code": 3' in done.stdout


def test_the_judge_alone_is_safe(tmp_path: Path, places: dict[str, Path]) -> None:
    """`python -m verify` beside a user's numpy.py and random.py judges as ever."""
    for name in ("numpy", "random", "json", "attr"):
        (places["cwd"] / f"{name}.py").write_text(_ENDS, encoding="utf-8")
    run = tmp_path / "run"
    write_run(run_training(load_config("smoke")), run)
    done = run_python("-m", "verify", run, cwd=places["cwd"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "identical" in done.stdout


def test_the_library_takes_its_own_judge(places: dict[str, Path]) -> None:
    """A program of the user that imports `appliance` beside a verify.py gets this project's judge, or an error."""
    (places["cwd"] / "verify.py").write_text(_TELLS, encoding="utf-8")
    program = "import appliance\nappliance.load_config\nimport verify\nprint(verify.__file__)\n"
    (places["cwd"] / "program.py").write_text(program, encoding="utf-8")
    done = run_python("program.py", cwd=places["cwd"])
    assert done.stdout.strip() == str(Path(verify.__file__)), done.stderr
    (places["cwd"] / "program.py").write_text("import verify\n" + program, encoding="utf-8")
    done = run_python("program.py", cwd=places["cwd"])
    assert done.returncode == 1
    assert "ImportError: the module verify from" in done.stderr


def test_python_itself_would_load_them(places: dict[str, Path]) -> None:
    """Negative control: without the order, the user's module is what `import` finds."""
    (places["path"] / "random.py").write_text(_TELLS, encoding="utf-8")
    command = [sys.executable, "-c", "import random"]
    done = subprocess.run(
        command, env=make_environment(places["path"]), cwd=places["cwd"], capture_output=True, text=True, check=False
    )
    assert "a module of the user was loaded" in done.stdout
