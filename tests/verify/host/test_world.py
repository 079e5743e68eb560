"""The user's world: what the fingerprint tells of it after a restart of the interpreter."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.start import make_environment, run_python
from verify.host import world

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.slow]

WORLDS = {
    "threads": ({"OMP_NUM_THREADS": "3"}, "env.OMP_NUM_THREADS", "compared"),
    "malloc": ({"MALLOC_PERTURB_": "85"}, "env.MALLOC_PERTURB_", "compared"),
    "hash-seed": ({"PYTHONHASHSEED": "5"}, "env.PYTHONHASHSEED", "compared"),
    "locale": ({"LC_ALL": "C.UTF-8", "LC_NUMERIC": "C"}, "env.LC_NUMERIC", "context"),
    "time-zone": ({"TZ": "Asia/Tokyo"}, "env.TZ", "context"),
    "python": ({"PYTHONOPTIMIZE": "1"}, "env.PYTHONOPTIMIZE", "context"),
}


def take(folder: Path, *, program: str = "", **more: str) -> dict[str, Any]:
    """Return the fingerprint that the program prints in a world; `program` runs before it in the same process."""
    command = ["-m", "appliance", "fingerprint", "--json"]
    if program:
        command = ["-c", program + "\nos.execv(sys.executable, [sys.executable, *sys.argv[1:]])", *command]
    done = run_python(*command, cwd=folder, environment=make_environment(**more))
    assert done.returncode == 0, done.stderr
    body: dict[str, Any] = json.loads(done.stdout)
    return body


def compare(folder: Path, a: dict[str, Any], b: dict[str, Any]) -> tuple[int, dict[str, str]]:
    """Return exit code of --diff, and the status of every field that differs."""
    for name, body in (("a", a), ("b", b)):
        (folder / f"{name}.json").write_text(json.dumps(body), encoding="utf-8")
    done = run_python("-m", "appliance", "fingerprint", "--diff", "a.json", "b.json", "--json", cwd=folder)
    rows = json.loads(done.stdout)["checks"]
    return done.returncode, {row["title"]: row["status"] for row in rows if row["status"] != "pass"}


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the fingerprint of the usual world."""
    return take(tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_variables_are_those_of_the_user(tmp_path: Path, usual: dict[str, Any], name: str) -> None:
    """A variable that the restart sets is shown as the user had it, and the comparison shows it."""
    variables, field, section = WORLDS[name]
    found = take(tmp_path, **variables)
    assert field not in usual["compared"] | usual["context"]
    assert found[section][field] == variables[field.removeprefix("env.")]
    code, rows = compare(tmp_path, usual, found)
    assert code == (1 if section == "compared" else 0)
    assert rows[field if section == "compared" else f"{field} (context)"] == ("fail" if code else "info")
    assert found["class"] == usual["class"]


def test_the_hash_randomisation_is_that_of_the_user(tmp_path: Path, usual: dict[str, Any]) -> None:
    """Without a hash seed of the user's Python hashed with random seeds."""
    assert usual["compared"]["python.hash_randomization"] == 1
    assert take(tmp_path, PYTHONHASHSEED="0")["compared"]["python.hash_randomization"] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the umask and the affinity")
def test_umask_affinity_and_directory_are_shown(tmp_path: Path, usual: dict[str, Any]) -> None:
    """Three more parts of a world, none of them counted."""
    cpu = min(os.sched_getaffinity(0))
    program = f"import os, sys\nos.umask(0o027)\nos.sched_setaffinity(0, [{cpu}])"
    found = take(tmp_path, program=program)
    code, rows = compare(tmp_path, usual, found)
    assert found["context"]["umask"] == "0027"
    assert found["context"]["cpu.affinity_list"] == str(cpu)
    assert {"umask (context)", "directory (context)"} <= set(rows)
    assert code == 0
    assert str(tmp_path) not in json.dumps(found)


def test_installed_packages_are_shown(tmp_path: Path, usual: dict[str, Any]) -> None:
    """One more package on the import path is one more row, named with its version."""
    (tmp_path / "more" / "sample_thing-1.2.3.dist-info").mkdir(parents=True)
    environment = make_environment(tmp_path / "more")
    found = json.loads(
        run_python("-m", "appliance", "fingerprint", "--json", cwd=tmp_path, environment=environment).stdout
    )
    assert found["context"]["installed.sample-thing"] == "1.2.3"
    assert "installed.sample-thing (context)" in compare(tmp_path, usual, found)[1]


def test_preloaded_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """LD_PRELOAD may list files with spaces or colons."""
    monkeypatch.setenv("LD_PRELOAD", "/opt/a/liba.so:/opt/b/libb.so")
    assert {"liba.so", "libb.so"} <= set(world.read_variables()["preloaded"])  # type: ignore[arg-type]


def test_a_child_has_a_world_of_its_own(tmp_path: Path) -> None:
    """A process that this program starts does not take its parent's origin for its own."""
    program = (
        "import os, subprocess, sys\n"
        "from verify.startup.origin import describe_start, remember_origin\n"
        "remember_origin('x')\n"
        "if len(sys.argv) > 1:\n"
        "    print(describe_start().environment['OMP_NUM_THREADS'])\n"
        "else:\n"
        "    os.environ['OMP_NUM_THREADS'] = '5'\n"
        "    print(describe_start().environment['OMP_NUM_THREADS'], flush=True)\n"
        "    subprocess.run([sys.executable, __file__, 'child'], check=True)\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    done = run_python("program.py", cwd=tmp_path, environment=make_environment(OMP_NUM_THREADS="3"))
    assert done.stdout.split() == ["3", "5"], done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells with which variables a process was started")
@pytest.mark.parametrize("given", [{}, {"LC_CTYPE": "C.UTF-8"}])
def test_a_locale_that_python_sets_is_not_of_the_user(tmp_path: Path, given: dict[str, str]) -> None:
    """In the locale C, Python sets LC_CTYPE for itself; only a user's own reaches the programs that are started."""
    program = (
        "import os\n"
        "from verify.startup.origin import describe_start, remember_origin\n"
        "found = [describe_start(), remember_origin('x')[0], describe_start()]\n"
        "print(os.environ.get('LC_CTYPE'), *(one.environment.get('LC_CTYPE') for one in found))\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    environment = {name: text for name, text in make_environment().items() if not name.startswith(("LC_", "LANG"))}
    environment.pop("PYTHONCOERCECLOCALE", None)
    done = run_python("program.py", cwd=tmp_path, environment=environment | given)
    first, *found = done.stdout.split()
    assert first in {"C.UTF-8", "C.utf8", "UTF-8", "None"}, done.stderr
    assert found == [given.get("LC_CTYPE", "None")] * 3


@pytest.mark.parametrize(("numbers", "text"), [([], ""), ([4], "4"), ([0, 1, 2, 5, 7, 8], "0-2,5,7-8")])
def test_affinity_is_written_as_ranges(numbers: list[int], text: str) -> None:
    """As in /proc/self/status."""
    assert world._join_ranges(numbers) == text
