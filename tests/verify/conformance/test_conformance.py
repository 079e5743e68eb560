"""The host certificate: every probe turns red when its property is taken away."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.numerics.formats import F32, F64, find_kind
from verify.conformance import arithmetic, runtime
from verify.conformance.certificate import _CONTROLLED, PROBES, certify, find_tier
from verify.conformance.negative_controls import CONTROLS, Control, try_control
from verify.conformance.operations import NUMPY, Operations
from verify.conformance.products import _BUDGETS, _split
from verify.host import libraries
from verify.host.flushing import flush_to_zero
from verify.host.libraries import describe_suspects, list_foreign_libraries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Switches subnormal numbers off for the thread that loads it, as code linked with -ffast-math does.
_LIBRARY = """
#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
__attribute__((constructor)) static void start(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
#elif defined(__aarch64__)
__attribute__((constructor)) static void start(void) {
  unsigned long word;
  __asm__ volatile("mrs %0, fpcr" : "=r"(word));
  __asm__ volatile("msr fpcr, %0" : : "r"(word | (1ul << 24)));
}
#else
#error "no way is known to switch subnormal numbers off"
#endif
"""


_NEEDS_X87 = pytest.mark.skipif(np.finfo(np.longdouble).nmant != 63, reason="no 64-bit significand to round to first")


@pytest.fixture(scope="module")
def load_flusher(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a statement that switches subnormal numbers off, by a compiled library where there is a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        # A module keeps the manager: one that is collected takes the change back at once.
        return "import verify.host.flushing as f; f.lasting = f.flush_to_zero(); f.lasting.__enter__()"
    folder = tmp_path_factory.mktemp("flusher")
    source, library = folder / "flusher.c", folder / "flusher.so"
    source.write_text(_LIBRARY)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return f"import ctypes; ctypes.CDLL({str(library)!r})"


def run_python(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in an interpreter of its own."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.slow
def test_this_host_conforms() -> None:
    """Here every probe passes, before and after."""
    certificate = certify()
    assert [result.id for result in certificate.results if result.status != "pass"] == []
    assert certificate.tier == "portable"


def test_probes_are_numbered_and_explained() -> None:
    """Ids are unique and ascending, and each probe has a title and a remedy."""
    ids = [probe.id for probe in PROBES]
    assert ids == [f"C{number:03}" for number in range(1, len(PROBES) + 1)]
    assert all(probe.title and probe.remedy for probe in PROBES)


def test_probes_use_the_budgets_of_the_arithmetic() -> None:
    """Products are probed at the very edge that portable arithmetic uses."""
    kinds = [find_kind(fmt, accurate=False) for fmt in (F32, F64)]
    used = {(kind.fmt.dtype, kind.fmt.significand, kind.piece) for kind in kinds}
    assert used == {(dtype, bits, longest) for dtype, bits, longest in _BUDGETS}


@pytest.mark.parametrize("bits", [24, 53])
@pytest.mark.parametrize("inner", [1, 2, 3, 10, 264, 4096])
def test_probes_use_operands_of_every_size(inner: int, bits: int) -> None:
    """Short, equal and long operands; their products use all of the accumulator but its last two bits."""
    limits = _split(inner, bits)
    assert all((1 << bits - 2) < inner * left * right <= 1 << bits for left, right in limits)
    assert limits[0][0] < limits[1][0] < limits[2][0]
    assert max(max(pair) for pair in limits) >= 1 << (bits - inner.bit_length() - 1)


@pytest.mark.slow
@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.title)
def test_broken_host_is_noticed(control: Control) -> None:
    """Every way of breaking this host costs the probes it must."""
    result = try_control(control)
    assert result.status == "pass", result


@pytest.mark.slow
def test_control_that_breaks_nothing_fails() -> None:
    """Negative control of the controls: one that leaves the host alone is reported as unnoticed."""
    idle = Control(id="K001", probes=("C008",), breaking=lambda: nullcontext(NUMPY))
    assert try_control(idle).status == "fail"
    impossible = Control(id="K001", probes=("C008",), breaking=lambda: nullcontext(None))
    assert try_control(impossible).status == "info"


@pytest.mark.parametrize(
    ("check", "name", "broken"),
    [
        (arithmetic.check_rounding, "sqrt", lambda x: x**0.5 * (1 + 2**-52)),
        (arithmetic.check_conversions, "rint", lambda x: np.floor(x + x.dtype.type(0.5))),
        (arithmetic.check_conversions, "frexp", lambda x: (x, np.zeros(len(x), np.int32))),
        pytest.param(
            arithmetic.check_contraction, "multiply", lambda a, b: a.astype(np.longdouble) * b, marks=_NEEDS_X87
        ),
        (arithmetic.check_zeros, "signbit", lambda x: ~(x < 0)),
        pytest.param(
            arithmetic.check_double_rounding,
            "add",
            lambda a, b: (a.astype(np.longdouble) + b).astype(float),
            marks=_NEEDS_X87,
        ),
        pytest.param(
            arithmetic.check_double_rounding,
            "multiply",
            lambda a, b: (a.astype(np.longdouble) * b).astype(float),
            marks=_NEEDS_X87,
        ),
    ],
)
def test_broken_operation_is_noticed(
    check: Callable[[Operations], str | None], name: str, broken: Callable[..., object]
) -> None:
    """A root off by an ulp, halves that go up, a wide product: each is described."""
    changes: dict[str, Any] = {name: broken}
    assert check(NUMPY) is None
    with np.errstate(all="ignore"):
        assert check(Operations(**changes))


def test_philox_agrees_with_its_published_answers() -> None:
    """The known answer of the reference implementation for counter 0 and key 0 (Random123, kat_vectors)."""
    words = [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    assert runtime.compute_philox(0, 0) == words


def test_time_of_other_threads_is_read(tmp_path: Path) -> None:
    """Processor time of all threads but the main one is added up; what cannot be read is None."""
    tasks = tmp_path / "41" / "task"
    for number, ticks in ((41, 900), (42, 5), (43, 7)):
        (tasks / str(number)).mkdir(parents=True)
        (tasks / str(number) / "stat").write_text(f"{number} (a) b) R " + "0 " * 10 + f"{ticks} 1 0")
    assert runtime.read_other_threads(tasks) == 5 + 1 + 7 + 1
    assert runtime.read_other_threads(tmp_path / "none") is None


@pytest.mark.parametrize(
    ("failed", "tier"),
    [
        ((), "portable"),
        (("C016",), "portable"),
        (("C013",), "portable"),
        (("C008",), "same instruction set"),
        (("C008", "C013"), "same machine"),
        (("C003",), "same machine"),
        (("C003", "C014"), "none"),
    ],
)
def test_tier_is_the_strongest_that_is_left(failed: tuple[str, ...], tier: str) -> None:
    """What fails costs the guarantees that need it, and no others."""
    assert find_tier(failed) == tier


@pytest.mark.process
def test_library_that_flushes_is_detected(load_flusher: str) -> None:
    """A library loaded through ctypes that switches subnormal numbers off ends the certificate."""
    program = f"{load_flusher}\nfrom verify.conformance.certificate import certify\nc = certify()\n"
    done = run_python(program + "print(c.tier, [r.id for r in c.results if r.status == 'could-not-judge'])")
    assert "C003" in done.stdout, done.stderr
    assert "portable" not in done.stdout


def test_a_loaded_library_is_suspected_before_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes the processor may be a library: those from elsewhere are named, and the remedy begins with them."""
    maps = tmp_path / "maps"
    system = f"7f00-7f01 r-xp 0 00:00 1 /usr/lib/libc.so.6\n7f02-7f03 r-xp 0 00:00 1 {sys.prefix}/lib/x.so\n"
    maps.write_text(f"{system}7f04-7f05 r-xp 0 00:00 1 /opt/fast math/libfast.so\n7f06-7f07 rw-p 0 00:00 0\n")
    assert list_foreign_libraries(maps) == ["/opt/fast math/libfast.so"]
    monkeypatch.setenv("LD_PRELOAD", "/opt/other.so")
    monkeypatch.setattr(libraries, "list_foreign_libraries", lambda: ["/opt/fast.so", "/opt/other.so"])
    assert describe_suspects() == "libraries that may have done it: LD_PRELOAD=/opt/other.so, /opt/fast.so"
    remedies = [probe.remedy for probe in PROBES if probe.id in set(_CONTROLLED) - {"C017"}]
    assert all("library" in remedy and "machine" not in remedy for remedy in remedies), remedies


@pytest.mark.process
def test_library_loaded_while_training_is_detected(load_flusher: str) -> None:
    """The probes are made again after the training: exit code 3, although the digest was right."""
    program = f"""
import os
os.environ.update(OPENBLAS_NUM_THREADS="1", PYTHONHASHSEED="0")
from appliance.training.execute import run_training
from appliance.verification.retraining import Retraining
from appliance.verification.verify import verify
from verify.rendering.text import render_text
def train(*arguments, **named):
    record = run_training(*arguments, **named)
    {load_flusher}
    return record
found = verify(["smoke"], Retraining(train=train))
print(found.exit_code, render_text(found.report))
"""
    done = run_python(program)
    assert done.stdout.startswith("3 "), done.stderr
    assert "after the training" in done.stdout
    assert "identical       smoke" in done.stdout


def test_flushing_ends_with_its_block() -> None:
    """Subnormal numbers are back afterwards."""
    tiny = np.float64(2.0**-1022)
    with flush_to_zero() as done:
        assert not done or tiny * 0.5 == 0
    assert tiny * 0.5 > 0


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["certify"], ["certify", "--self-test"], ["verify", "--self-test"]])
def test_commands_end_with_zero_here(arguments: list[str]) -> None:
    """The three commands pass on this host, as JSON too."""
    command = [sys.executable, "-m", "appliance", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    assert body.get("tier", "portable") == "portable"
    assert body.get("passed", True)
