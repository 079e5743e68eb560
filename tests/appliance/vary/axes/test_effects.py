"""Every axis in real children: a value with an effect is proved, a setting without effect is not tested."""

from __future__ import annotations

import datetime as dt
import importlib
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
import threadpoolctl

from appliance.processes.captured import run_captured
from appliance.processes.child import Limits
from appliance.vary.axes import AXES
from appliance.vary.axes.probing import AS_IT_IS, works
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
NAMES = (
    "threads affinity cpu-count kernel simd libm ftz memory cpu numpy python hash-seed file-order aslr locale timezone "
    "date umask home directory environment-size user hostname terminal"
)


def read_features() -> tuple[str, ...]:
    """Return the features that this NumPy has found."""
    name = "numpy._core._multiarray_umath" if hasattr(np, "_core") else "numpy.core._multiarray_umath"
    return tuple(key for key, found in importlib.import_module(name).__cpu_features__.items() if found)


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """Return a program of this Python, in an environment without settings of ours."""
    left_out = ("OMP_", "OPENBLAS_", "MKL_", "NPY_", "PYTHON", "LC_", "LANG", "GLIBC_", "MALLOC_", "TZ", "COLUMNS")
    return Subject(
        command=(sys.executable, "program.py"),
        python=Path(sys.executable),
        numpy=np.__version__,
        blas=tuple(threadpoolctl.threadpool_info()),
        cpu_features=read_features(),
        scratch=tmp_path,
        environment={name: text for name, text in os.environ.items() if not name.startswith(left_out)},
    )


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Launch], str]:
    """Return the function that starts a launch and returns its standard output."""
    startup = tmp_path_factory.mktemp("startup")

    def start(launch: Launch) -> str:
        command = make_command(launch, (), startup, ("VARY_TEST", "1"))
        return run_captured(command, Limits(seconds=60)).output

    return start


def require_tool(name: str) -> None:
    """Skip a test where the tool of an axis does not work."""
    lacking = {
        "affinity": len(os.sched_getaffinity(0)) < 2 or not shutil.which("taskset"),
        "aslr": not works("setarch", "-R"),
        "cpu": not any(shutil.which(f"qemu-{os.uname().machine}{end}") for end in ("", "-static")),
        "date": not shutil.which("faketime"),
        "hostname": not works("unshare", "--uts", "--"),
        "libm": "fma" not in Path("/proc/cpuinfo").read_text(encoding="utf-8"),
        "locale": not Path("/usr/share/i18n/locales/de_DE").exists() or not shutil.which("localedef"),
        "user": not works("unshare", "--user", "--map-user=12345", "--") and os.geteuid() != 0,
    }
    if lacking.get(name):
        pytest.skip(f"the tool of the axis {name} does not work here")


def test_table_has_every_name_once() -> None:
    """The table has the names of the interface, each once, each with words."""
    assert sorted(axis.name for axis in AXES) == sorted(NAMES.split())
    assert all(axis.title and axis.advise() for axis in AXES)
    assert [axis.name for axis in AXES if not axis.default] == ["python", "numpy", "cpu"]


@pytest.mark.parametrize("name", [name for name in NAMES.split() if name not in {"numpy", "python"}])
def test_own_values_have_an_effect(name: str, subject: Subject, run: Callable[[Launch], str]) -> None:
    """At least one value of each axis, and more than one where it needs no hardware, is proved in a child."""
    require_tool(name)
    axis = TABLE[name]
    values = axis.values(subject)[1:]
    proofs = {value: axis.prove(value, subject, run) for value in values}
    effective = [value for value, proof in proofs.items() if proof.effective and proof.found]
    assert effective, proofs
    assert all(proof.reason and proof.remedy for proof in proofs.values() if not proof.effective), proofs
    if name not in {"threads", "kernel", "locale", "umask"}:
        assert effective == list(values), proofs


def find_useless(name: str) -> str:
    """Return a value of an axis that changes nothing in a child of this process."""
    mask = os.umask(0o022)
    os.umask(mask)
    return {
        "affinity": ",".join(map(str, sorted(os.sched_getaffinity(0)))),
        "cpu-count": str(os.cpu_count()),
        "kernel": "NoSuchCore",
        "simd": "NO_SUCH_FEATURE",
        "libm": "glibc.cpu.hwcaps=-NO_SUCH_FEATURE",
        "ftz": "off",
        "memory": "0",
        "cpu": "NoSuchModel",
        "numpy": sys.executable,
        "python": sys.executable,
        "hash-seed": "0",
        "file-order": "shuffled",
        "aslr": "fixed",
        "locale": "xx_XX.UTF-8",
        "timezone": "No/Such_Zone",
        "date": f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d %H:%M:%S}",
        "umask": f"{mask:03o}",
        "home": os.environ.get("HOME", "~"),
        "directory": AS_IT_IS,
        "environment-size": "0 bytes",
        "user": str(os.getuid()) if os.getuid() == os.getgid() else "no-number",
        "hostname": socket.gethostname(),
        "terminal": "wide",
    }[name]


@pytest.mark.parametrize("name", [name for name in NAMES.split() if name != "threads"])
def test_setting_without_effect_is_not_tested(name: str, subject: Subject, run: Callable[[Launch], str]) -> None:
    """A value that changes nothing in the child comes out as not tested, with the reason and what would help."""
    axis = TABLE[name]
    plain = attrs.evolve(subject, environment={**subject.environment, "TZ": "UTC"})
    proof = axis.prove(find_useless(name), plain, run)
    assert not proof.effective, proof
    assert proof.reason, proof
    assert proof.remedy, proof


@pytest.mark.parametrize("name", "affinity aslr locale date user hostname cpu".split())
def test_axis_without_its_tool_is_not_tested(
    name: str, subject: Subject, run: Callable[[Launch], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a tool is not installed, the axis is not tested, and the remedy names a package."""
    monkeypatch.setenv("PATH", "")
    works.cache_clear()
    axis = TABLE[name]
    proof = axis.prove(axis.values(subject)[-2 if name == "locale" else -1], subject, run)
    works.cache_clear()
    assert not proof.effective
    assert proof.reason
    assert any(word in (proof.remedy or "") for word in ("util-linux", "install"))


def test_threads_that_are_set_already_are_not_tested(subject: Subject, run: Callable[[Launch], str]) -> None:
    """The number of threads that the user has set is no variation."""
    given = attrs.evolve(subject, environment={**subject.environment, "OPENBLAS_NUM_THREADS": "1"})
    proof = TABLE["threads"].prove("1", given, run)
    assert (proof.effective, bool(proof.reason)) == (False, True), proof


@pytest.mark.parametrize(("name", "options"), [("hash-seed", "-E"), ("hash-seed", "-I"), ("ftz", "-S"), ("ftz", "-I")])
def test_options_of_the_interpreter_are_kept(
    name: str, options: str, subject: Subject, run: Callable[[Launch], str]
) -> None:
    """A program started with -I, -E or -S ignores the setting, and its probe sees this."""
    given = attrs.evolve(subject, command=(sys.executable, options, "program.py"))
    axis = TABLE[name]
    assert not axis.prove(axis.values(given)[1], given, run).effective
    assert axis.prove(axis.values(subject)[1], subject, run).effective


def test_names_of_another_numpy_do_nothing(subject: Subject, run: Callable[[Launch], str]) -> None:
    """The names of features changed with NumPy 2.4; those of the other time come out as not tested."""
    new = tuple(map(int, np.__version__.split(".")[:2])) >= (2, 4)
    assert not TABLE["simd"].prove("AVX512F AVX2" if new else "X86_V4 X86_V3", subject, run).effective


def test_simd_has_a_level_without_avx2(subject: Subject) -> None:
    """The last level takes AVX2 away, not only AVX-512."""
    new = attrs.evolve(subject, numpy="2.4.4", cpu_features=("X86_V2", "X86_V3", "X86_V4", "AVX512_ICL"))
    old = attrs.evolve(subject, numpy="1.26.4", cpu_features=("AVX", "AVX2", "FMA3", "AVX512F", "AVX512_SKX"))
    assert TABLE["simd"].values(new) == (AS_IT_IS, "X86_V4 AVX512_ICL", "X86_V4 AVX512_ICL X86_V3")
    assert TABLE["simd"].values(old)[1:3] == ("AVX512F AVX512_SKX", "AVX512F AVX512_SKX AVX2 FMA3")


def test_fixed_hash_seed_is_the_baseline(subject: Subject) -> None:
    """A seed that the user has set stays in the baseline; without one the baseline has 0."""
    given = attrs.evolve(subject, environment={"PYTHONHASHSEED": "7"})
    assert TABLE["hash-seed"].values(given)[0] == "7"
    assert TABLE["hash-seed"].values(subject)[0] == "0"
    assert "7" not in TABLE["hash-seed"].values(given)[1:]


def test_python_without_numpy_has_no_simd(subject: Subject, run: Callable[[Launch], str]) -> None:
    """Without NumPy there is no level to switch off."""
    without = attrs.evolve(subject, numpy=None, blas=(), cpu_features=())
    assert TABLE["simd"].values(without) == (AS_IT_IS,)
    assert "no NumPy" in (TABLE["simd"].prove(AS_IT_IS, without, run).reason or "")


def test_file_order_inside_python(
    subject: Subject, run: Callable[[Launch], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without disorderfs a child of Python is ordered by its startup, and one that skips it is not tested."""
    monkeypatch.setattr("appliance.vary.axes.file_order._can_mount", lambda: False)
    axis = TABLE["file-order"]
    assert axis.prove("reversed", subject, run).effective
    without = attrs.evolve(subject, command=(sys.executable, "-S", "program.py"))
    assert not axis.prove("reversed", without, run).effective
    shell = attrs.evolve(subject, command=("sh",), python=None)
    assert "not one of Python" in (axis.prove("reversed", shell, run).reason or "")


def test_count_inside_python(subject: Subject, run: Callable[[Launch], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be mounted a child of Python counts by its startup; other programs are not tested."""
    monkeypatch.setattr("appliance.vary.axes.cpu_count._find_space", lambda: None)
    axis = TABLE["cpu-count"]
    assert axis.prove("7", subject, run).found == "7"
    assert not axis.prove("7", attrs.evolve(subject, command=(sys.executable, "-S", "program.py")), run).effective
    shell = attrs.evolve(subject, command=("sh",), python=None)
    assert "not one of Python" in (axis.prove("7", shell, run).reason or "")


@pytest.mark.parametrize("value", ["0", "-1", "3.0", "many", "", "9" * 30, "٣"])
def test_only_a_number_of_processors_is_taken(value: str, subject: Subject, run: Callable[[Launch], str]) -> None:
    """Anything else is not tested, and the remedy shows what is right."""
    proof = TABLE["cpu-count"].prove(value, subject, run)
    assert not proof.effective
    assert "cpu-count=3" in (proof.remedy or "")


def test_every_count_of_python_is_the_other_one(subject: Subject, run: Callable[[Launch], str]) -> None:
    """The multiprocessing module and an imported name follow; the processors that may be used stay the same."""
    program = (
        "import multiprocessing, os; from os import cpu_count; "
        "print(cpu_count(), multiprocessing.cpu_count(), len(os.sched_getaffinity(0)))"
    )
    launch = TABLE["cpu-count"].apply("7", start(subject, (sys.executable, "-c", program)))
    assert run(launch).split() == ["7", "7", str(len(os.sched_getaffinity(0)))]


def test_every_listing_of_python_is_ordered(subject: Subject, run: Callable[[Launch], str]) -> None:
    """glob, pathlib, os.walk and scandir follow the order, too."""
    for name in "cab":
        (subject.scratch / name).touch()
    program = (
        "import glob, os, pathlib; print(glob.glob('?'), [p.name for p in pathlib.Path().iterdir()], "
        "sorted(os.walk('.'))[0][2], [e.name for e in os.scandir()])"
    )
    launch = TABLE["file-order"].apply("reversed", start(subject, (sys.executable, "-c", program)))
    assert run(attrs.evolve(launch, prefix=())) == f"{['c', 'b', 'a']} " * 3 + f"{['c', 'b', 'a']}\n"


def start(subject: Subject, command: tuple[str, ...]) -> Launch:
    """Return the launch of a command as the subject would be started."""
    from appliance.vary.axis import Launch  # noqa: PLC0415 - only for its construction

    return Launch(command=command, environment=dict(subject.environment), directory=subject.scratch)


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime")
def test_program_that_sleeps_and_waits_runs_at_another_date(subject: Subject, tmp_path: Path) -> None:
    """Sleeping, waiting with a limit and threads work at another date; the date is another one."""
    program = (
        "import concurrent.futures as c, threading, time\ntime.sleep(0.05)\nthreading.Event().wait(0.05)\n"
        "with c.ThreadPoolExecutor(2) as pool: list(pool.map(time.sleep, [0.01] * 4))\nprint(time.gmtime().tm_year)"
    )
    launch = Launch(command=(sys.executable, "-c", program), environment=dict(subject.environment), directory=tmp_path)
    changed = TABLE["date"].apply("2011-02-03 04:05:06", launch)
    answer = run_captured(make_command(changed, (), tmp_path / "startup", ("MARK", "x")), Limits(seconds=20))
    assert (answer.status, answer.output) == ("exited", "2011\n")
