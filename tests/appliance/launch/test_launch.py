"""The restart before NumPy is loaded, seen from outside in real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import appliance
from appliance.launch.restart import GUARD, find_differences, restart
from appliance.launch.variables import plan_variables
from support.edits import swap

pytestmark = pytest.mark.process

HOME = str(Path(appliance.__file__).parents[1])
REPORT = """
import json, os, sys
names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "PYTHONHASHSEED", "NPY_ENABLE_CPU_FEATURES")
print(json.dumps({
    "argv": sys.argv[1:], "cwd": os.getcwd(), "dev": sys.flags.dev_mode, "flags": sys.warnoptions,
    "hash": hash("x"), "pid": os.getpid(), "random": sys.flags.hash_randomization, "text": sys.stdin.read(),
    **{name: os.environ.get(name) for name in names},
}))
"""
PROGRAM = """
import sys
from appliance.launch.restart import ensure_environment
ensure_environment(sys.argv[1], int(sys.argv[2]))
assert "numpy" not in sys.modules
"""


def clean(**more: str) -> dict[str, str]:
    """Return this environment without any variable the launcher decides, with `more` added."""
    kept = {name: value for name, value in os.environ.items() if name not in (*plan_variables("portable"), GUARD)}
    dropped = ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES", "NPY_ENABLE_CPU_FEATURES")
    return {**{name: kept[name] for name in kept if name not in dropped}, "PYTHONPATH": HOME, **more}


def run(command: list[str], cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run this interpreter with `command` in `cwd`, the text "given" on standard input."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=clean(**more),
        input="given",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def start(folder: Path, *arguments: str, flags: tuple[str, ...] = (), **more: str) -> dict[str, Any]:
    """Write the reporting program as a module of `folder`, run it with -m, return what it saw."""
    (folder / "reporting.py").write_text(PROGRAM + REPORT, encoding="utf-8")
    done = run([*flags, "-m", "reporting", *arguments], folder, **more)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_restart_sets_threads_and_hash_seed(tmp_path: Path) -> None:
    """A program in a bare environment continues with threads and hash seed in effect, arguments and input intact."""
    seen = start(tmp_path, "portable", "2", "--name", "a b", flags=("-X", "dev", "-W", "error::BytesWarning"))
    assert (seen["OMP_NUM_THREADS"], seen["OPENBLAS_NUM_THREADS"], seen["PYTHONHASHSEED"]) == ("2", "2", "0")
    assert seen["random"] == 0
    assert seen["argv"] == ["portable", "2", "--name", "a b"]
    assert seen["text"] == "given"
    assert seen["dev"]
    assert "error::BytesWarning" in seen["flags"]
    assert seen["cwd"] == str(tmp_path)


def test_without_the_restart_nothing_is_in_effect(tmp_path: Path) -> None:
    """Negative control: the same report from a program that never restarts shows random hashing, no thread counts."""
    (tmp_path / "reporting.py").write_text(REPORT, encoding="utf-8")
    seen = json.loads(run(["-m", "reporting"], tmp_path).stdout)
    assert seen["random"] == 1
    assert seen["OMP_NUM_THREADS"] is None


def test_a_script_restarts_like_a_module(tmp_path: Path) -> None:
    """A console script, started by its path from another folder, keeps its arguments."""
    script = tmp_path / "bin" / "program"
    script.parent.mkdir()
    script.write_text(PROGRAM + REPORT, encoding="utf-8")
    other = tmp_path / "elsewhere"
    other.mkdir()
    seen = json.loads(run([str(script), "native", "1"], other).stdout)
    assert (seen["argv"], seen["random"], seen["cwd"]) == (["native", "1"], 0, str(other))


@pytest.mark.parametrize(("given", "kept"), [("5", "5"), ("random", "0"), ("", "0")])
def test_a_hash_seed_the_user_fixed_is_kept(tmp_path: Path, given: str, kept: str) -> None:
    """An integer stays, a request for random hashing does not."""
    first = start(tmp_path, "portable", "1", PYTHONHASHSEED=given)
    second = start(tmp_path, "portable", "1", PYTHONHASHSEED=given)
    assert first["PYTHONHASHSEED"] == kept
    assert first["hash"] == second["hash"]


@pytest.mark.parametrize("profile", ["portable", "native"])
def test_a_kernel_the_user_chose_is_kept(tmp_path: Path, profile: str) -> None:
    """Only `pinned` decides the kernel; elsewhere the user's choice is kept."""
    assert start(tmp_path, profile, "1", OPENBLAS_CORETYPE="Nehalem")["OPENBLAS_CORETYPE"] == "Nehalem"


def test_the_restart_keeps_the_process(tmp_path: Path) -> None:
    """Where a process can be replaced, signals sent to it go to the restarted program: its process number stays."""
    (tmp_path / "reporting.py").write_text(PROGRAM + REPORT, encoding="utf-8")
    command = [sys.executable, "reporting.py", "portable", "1"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=clean(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        seen = json.loads(process.communicate(timeout=60)[0])
    assert (seen["pid"] == process.pid) == (os.name != "nt")


def test_no_restart_without_need(tmp_path: Path) -> None:
    """In an environment that already fits, the guard is never set."""
    source = PROGRAM + "import os\nprint(os.environ.get('REPRO_APPLIANCE_LAUNCHED'))\n"
    (tmp_path / "program.py").write_text(source, encoding="utf-8")
    assert run(["program.py", "portable", "1"], tmp_path, **plan_variables("portable")).stdout == "None\n"


def test_a_restart_that_does_not_help_is_not_repeated(tmp_path: Path) -> None:
    """Where something undoes the environment at every start, the second attempt stops with exit code 3's error."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os\nopen('starts', 'a').write('x')\nos.environ['OMP_NUM_THREADS'] = '7'\n", encoding="utf-8"
    )
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), HOME])
    done = run(["program.py", "portable", "1"], tmp_path, PYTHONPATH=path)
    assert done.returncode == 1
    assert "CouldNotJudgeError: the environment did not survive the restart" in done.stderr
    assert "OMP_NUM_THREADS=7" in done.stderr
    assert len((tmp_path / "starts").read_text(encoding="utf-8")) == 2


def test_a_child_with_other_needs_may_restart_again(tmp_path: Path) -> None:
    """The guard belongs to one process: a program started by a restarted one restarts for its own threads."""
    (tmp_path / "reporting.py").write_text(PROGRAM + REPORT, encoding="utf-8")
    parent = (
        PROGRAM + "import subprocess\nsubprocess.run([sys.executable, 'reporting.py', 'native', '4'], check=True)\n"
    )
    (tmp_path / "parent.py").write_text(parent, encoding="utf-8")
    done = run(["parent.py", "portable", "1"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["OMP_NUM_THREADS"] == "4"


def test_numpy_loaded_too_early_is_refused(tmp_path: Path) -> None:
    """With NumPy already loaded in another environment, nothing can be set any more, and the error says what to set."""
    (tmp_path / "program.py").write_text("import numpy\n" + PROGRAM, encoding="utf-8")
    done = run(["program.py", "portable", "1"], tmp_path)
    assert "CouldNotJudgeError: NumPy was loaded before its environment was set" in done.stderr
    assert "env BLIS_NUM_THREADS=1" in done.stderr
    assert "OPENBLAS_NUM_THREADS=1" in done.stderr


def test_a_program_from_standard_input_is_refused(tmp_path: Path) -> None:
    """A program from a pipe cannot be read twice; the error says which variables to set instead."""
    source = swap(PROGRAM, "sys.argv[1], int(sys.argv[2])", "'portable', 1")
    done = subprocess.run(
        [sys.executable, "-"], cwd=tmp_path, env=clean(), input=source, capture_output=True, text=True, check=False
    )
    assert "CouldNotJudgeError: a program without a file of its own cannot be restarted" in done.stderr


def test_the_start_with_a_child_passes_its_exit_code_on(tmp_path: Path) -> None:
    """Where a process cannot be replaced, the child's exit code becomes this one's."""
    (tmp_path / "child.py").write_text("import sys; sys.exit(3)", encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        restart([sys.executable, str(tmp_path / "child.py")], clean(), in_place=False)
    assert left.value.code == 3


def test_an_enabling_list_gives_way_to_a_disabling_one() -> None:
    """NumPy refuses both lists at once, so a plan that disables removes the other variable; others leave it."""
    given = {"NPY_ENABLE_CPU_FEATURES": "AVX2"}
    assert find_differences({"NPY_DISABLE_CPU_FEATURES": "X86_V4"}, given)["NPY_ENABLE_CPU_FEATURES"] is None
    assert find_differences({}, given) == {}
