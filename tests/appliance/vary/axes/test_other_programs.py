"""Axes with programs that are not Python, and all axes at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.processes.captured import run_captured
from appliance.processes.child import Limits
from appliance.vary.axes import AXES
from appliance.vary.axes.executables import expand_script, read_interpreter, read_loader
from appliance.vary.axes.file_order import _can_mount
from appliance.vary.axes.probing import works
from appliance.vary.axes.user_spaces import OWN_SPACE, give_up_rights
from appliance.vary.axis import Launch, Subject
from appliance.vary.launching import make_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.vary.axis import Axis

pytestmark = [
    pytest.mark.process,
    pytest.mark.system,
    pytest.mark.skipif(sys.platform != "linux", reason="the tools of the axes are those of Linux"),
]

TABLE: dict[str, Axis] = {axis.name: axis for axis in AXES}


@pytest.fixture
def shell(tmp_path: Path) -> Subject:
    """Return a program that is not Python."""
    return Subject(
        command=("sh", "-c", "date"),
        python=None,
        numpy=None,
        blas=(),
        cpu_features=(),
        scratch=tmp_path,
        environment={name: text for name, text in os.environ.items() if not name.startswith(("LC_", "LANG", "TZ"))},
    )


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Launch], str]:
    """Return the function that starts a launch and returns its standard output."""
    startup = tmp_path_factory.mktemp("startup")

    def start(launch: Launch) -> str:
        answer = run_captured(make_command(launch, (), startup, ("VARY_TEST", "1")), Limits(seconds=60))
        return answer.output

    return start


def start(subject: Subject, *command: str) -> Launch:
    """Return the launch of a command as the subject would be started."""
    return Launch(command=command, environment=dict(subject.environment), directory=subject.scratch)


def skip_without_effect(axis: Axis, value: str, subject: Subject, run: Callable[[Launch], str]) -> None:
    """Skip a test of an axis with a tool that is missing or forbidden here; the axis itself tells that."""
    proof = axis.prove(value, subject, run)
    if not proof.effective:
        pytest.skip(f"{axis.name} has no effect here: {proof.reason}")


@pytest.mark.parametrize("name", ["threads", "kernel", "simd", "ftz", "hash-seed", "python", "numpy"])
def test_what_cannot_be_read_is_not_tested(name: str, shell: Subject, run: Callable[[Launch], str]) -> None:
    """Settings of Python and of numeric libraries are not tested in a shell, with a reason."""
    axis = TABLE[name]
    proof = axis.prove(axis.values(shell)[-1], shell, run)
    assert not proof.effective
    assert proof.reason
    assert proof.remedy


@pytest.mark.parametrize("name", ["timezone", "memory", "umask", "home", "directory", "environment-size", "terminal"])
def test_surroundings_of_any_program(name: str, shell: Subject, run: Callable[[Launch], str]) -> None:
    """The surroundings of a shell are varied as those of Python are."""
    axis = TABLE[name]
    assert axis.prove(axis.values(shell)[1], shell, run).effective


@pytest.mark.parametrize("name", ["timezone", "memory", "libm", "locale", "date"])
def test_program_without_the_c_library_is_not_tested(
    name: str, shell: Subject, run: Callable[[Launch], str], tmp_path: Path
) -> None:
    """What only the C library reads is not tested in a program that has none."""
    program = tmp_path / "static"
    program.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(57))
    program.chmod(0o755)
    axis = TABLE[name]
    proof = axis.prove(axis.values(shell)[1], attrs.evolve(shell, command=(str(program),)), run)
    assert not proof.effective
    assert proof.reason
    assert "C library" in proof.reason or "not installed" in proof.reason


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime")
def test_date_of_any_program(shell: Subject, run: Callable[[Launch], str]) -> None:
    """The date of a shell is varied, too: the probe does not wait in a Python that reads no startup."""
    axis = TABLE["date"]
    assert axis.prove(axis.values(shell)[1], shell, run).effective


def test_shell_sees_the_values(shell: Subject, run: Callable[[Launch], str]) -> None:
    """A shell prints what the axes have set; without them it prints something else."""
    launch = start(shell, "sh", "-c", "umask; date -d @0 +%H:%M; echo $HOME; pwd | grep -c another")
    varied = launch
    for name in ("timezone", "umask", "home", "directory"):
        varied = TABLE[name].apply(TABLE[name].values(shell)[1], varied)
    varied.directory.mkdir()
    assert run(varied).split() == ["0077", "09:00", "/nonexistent", "1"]
    assert run(launch).split() != ["0077", "09:00", "/nonexistent", "1"]


def test_disorderfs_orders_any_program(shell: Subject, run: Callable[[Launch], str], tmp_path: Path) -> None:
    """A shell lists its directory in reversed order, writes into it, and no mount is left."""
    if not _can_mount():
        pytest.skip("disorderfs cannot be mounted here")
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in "badc":
        (folder / name).touch()
    program = "ls -U; echo x > new; ls -Ui > /dev/null; exit 3"
    launch = attrs.evolve(start(shell, "sh", "-c", program), directory=folder)
    assert run(TABLE["file-order"].apply("reversed", launch)).split() == ["d", "c", "b", "a"]
    assert run(TABLE["file-order"].apply("sorted", launch)).split() == ["a", "b", "c", "d", "new"]
    assert (folder / "new").read_text(encoding="utf-8") == "x\n"
    assert str(folder) not in Path("/proc/mounts").read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy"]


def test_shell_counts_other_processors(shell: Subject, run: Callable[[Launch], str]) -> None:
    """A program that is not Python counts the other number where a list can be mounted; no file is left."""
    axis = TABLE["cpu-count"]
    skip_without_effect(axis, "7", shell, run)
    (shell.scratch / "temporary").mkdir()
    launch = start(shell, "sh", "-c", "getconf _NPROCESSORS_ONLN; ls -A temporary")
    launch = attrs.evolve(launch, environment={**launch.environment, "TMPDIR": str(shell.scratch / "temporary")})
    assert run(axis.apply("7", launch)) == "7\n"
    assert run(launch) == f"{os.cpu_count()}\n"


@pytest.mark.parametrize("name", "terminal file-order cpu-count hostname user aslr affinity date".split())
def test_exit_codes_and_signals_arrive(name: str, shell: Subject, run: Callable[[Launch], str]) -> None:
    """Programs put before the command pass its exit code on, and its death by a signal; faketime makes that a 1."""
    axis = TABLE[name]
    value = "terminal" if name == "terminal" else axis.values(shell)[1]
    skip_without_effect(axis, value, shell, run)
    for program, code in (("exit 7", (7,)), ("kill -9 $$", (-9, 1) if name == "date" else (-9,))):
        launch = axis.apply(value, start(shell, "sh", "-c", program))
        command = make_command(launch, (), shell.scratch / "startup", ("VARY_TEST", "1"))
        assert run_captured(command, Limits(seconds=60)).code in code


def test_all_axes_at_once(shell: Subject, run: Callable[[Launch], str]) -> None:
    """Every default axis varied at the same time: the programs before the command nest, and every effect is there."""
    if not (_can_mount() and shutil.which("faketime") and shutil.which("localedef")):
        pytest.skip("a tool is missing")
    python = attrs.evolve(shell, command=(sys.executable, "p.py"), python=Path(sys.executable), numpy="2.4.4")
    for name in "badc":
        (shell.scratch / name).touch()
    program = (
        "import datetime, os, socket, sys, time; print(datetime.date.today(), socket.gethostname(), os.getuid(), "
        "sys.stdout.isatty(), os.environ['OMP_NUM_THREADS'], len(os.sched_getaffinity(0)), os.cpu_count(), "
        "time.tzname[0], ''.join(n for n in os.listdir('.') if len(n) == 1), os.umask(0), 5e-324 * float('1'))"
    )
    for name in ("hostname", "user", "cpu-count", "affinity", "date"):
        skip_without_effect(TABLE[name], TABLE[name].values(shell)[1], shell, run)
    launch = start(python, sys.executable, "-c", program)
    for axis in AXES:
        values = axis.values(python)
        if axis.default and len(values) > 1 and axis.name not in {"directory", "locale"}:
            launch = axis.apply(values[-1] if axis.name in {"terminal", "file-order"} else values[1], launch)
    count = TABLE["cpu-count"].values(python)[1]
    wanted = ["2011-02-03", "another-host", "12345", "True", "1", "1", count, "JST", "dcba", "63", "0.0"]
    assert run(launch).split() == wanted


def test_scripts_are_expanded(tmp_path: Path) -> None:
    """A script is started through its interpreter, also through env; a binary program stays as it is."""
    script = tmp_path / "script"
    script.write_text("#!/usr/bin/env -S sh -e\n", encoding="utf-8")
    script.chmod(0o755)
    shell = shutil.which("sh") or "sh"
    assert expand_script((str(script), "a"), None) == (shell, "-e", str(script), "a")
    assert expand_script(("sh", "-c"), None) == (shell, "-c")
    assert read_interpreter(tmp_path / "missing") == ()
    assert read_loader(str(script)) == read_loader(shell)
    assert read_loader(str(tmp_path)) is None


def test_loader_is_the_one_that_the_system_tells() -> None:
    """The loader that is read from a program is the file that the kernel would start."""
    loader = read_loader(sys.executable)
    assert loader is not None
    done = subprocess.run([loader, "--verify", sys.executable], check=False)
    assert done.returncode == 0


def test_names_that_a_blis_reads_as_zero_are_not_tested(shell: Subject) -> None:
    """BLIS 0.9 takes a name for number 0, another kernel than the one that was asked for."""
    entry = {"internal_api": "blis", "filepath": "libblis.so", "architecture": "zen3"}
    subject = attrs.evolve(shell, blas=(entry,))

    def run(launch: Launch) -> str:
        return "libblis: skx" if "BLIS_ARCH_TYPE" in launch.environment else "libblis: zen3"

    values = TABLE["kernel"].values(subject)[1:]
    effective = [value for value in values if TABLE["kernel"].prove(value, subject, run).effective]
    assert effective == ["BLIS_ARCH_TYPE=4"]


@pytest.mark.parametrize("kept", [False, True])
def test_user_spaces_give_the_program_no_rights(kept: bool, tmp_path: Path) -> None:
    """What an ordinary user may not write stays closed in the namespace; control: with the rights it is open."""
    other = ("setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "--") if os.geteuid() == 0 else ()
    words = (*other, *OWN_SPACE, "--uts", "--", *(() if kept else give_up_rights(OWN_SPACE)))
    if not works(*words):
        pytest.skip("there are no user namespaces here")
    program = "grep CapEff /proc/self/status"
    done = subprocess.run([*words, "sh", "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert (int(done.stdout.split()[1], 16) != 0) is kept


@pytest.mark.parametrize("name", ["hostname", "cpu-count"])
def test_axes_in_a_user_space_give_rights_up(name: str, shell: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words stand last before the command where the namespace is that of a user, and only there."""
    monkeypatch.setattr("appliance.vary.axes.cpu_count.works", lambda *words: "--user" in words)
    monkeypatch.setattr("appliance.vary.axes.hostname.works", lambda *words: "--user" in words)
    axis = TABLE[name]
    prefix = axis.apply(axis.values(shell)[1], start(shell, "true")).prefix
    assert prefix[: len(OWN_SPACE)] == OWN_SPACE
    assert prefix[-3:] == give_up_rights(OWN_SPACE)
    assert give_up_rights(("unshare", "--uts", "--")) == ()
