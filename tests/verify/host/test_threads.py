"""Thread limits: set, and read back from the pools themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import appliance
from verify.errors import CouldNotJudgeError, UsageError
from verify.host import threads
from verify.host.interrupts import hold_interrupts
from verify.host.threads import Pool, limit_threads, read_pools, require_size

HOME = str(Path(appliance.__file__).parents[1])
OPENBLAS = Pool(library="openblas", version="0.3", architecture="Haswell", threads=2)


def run_python(source: str, **more: str) -> str:
    """Return what a fresh interpreter prints for `source` in this environment plus `more`."""
    environ = {**os.environ, "PYTHONPATH": HOME, **more}
    done = subprocess.run([sys.executable, "-c", source], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


SOURCE = """
import numpy, threadpoolctl
from verify.host.threads import limit_threads
sizes = lambda: [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
before = sizes()
with limit_threads({count}) as report:
    inside = sizes()
print(before, inside, [pool.threads for pool in report.pools], sizes(), report.confirmed)
"""


@pytest.mark.process
@pytest.mark.parametrize(("started", "asked"), [("1", 2), ("2", 1)])
def test_the_limit_reaches_the_pools(started: str, asked: int) -> None:
    """The pools' own count is the old one outside the block and the asked one inside, up or down."""
    seen = run_python(SOURCE.format(count=asked), OPENBLAS_NUM_THREADS=started, OMP_NUM_THREADS=started)
    if seen.startswith("[]"):
        assert seen == "[] [] [] [] True"
    else:
        assert seen == f"[{started}] [{asked}] [{asked}] [{started}] True"


def test_one_thread_is_the_default() -> None:
    """Without an argument every loaded pool has one thread, by read-back."""
    with limit_threads() as report:
        assert all(pool.threads == 1 for pool in read_pools() or ())
        assert report.asked == 1


def test_a_pool_that_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool that reports another size than it was given stops the run."""
    monkeypatch.setattr(threads, "read_pools", lambda: (OPENBLAS,))
    with pytest.raises(CouldNotJudgeError, match="did not take the size"), limit_threads(1):
        pytest.fail("the block must not run")


def test_a_pool_that_refuses_is_only_reported_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `strict`, the block runs, and the report says which pool kept another size."""
    monkeypatch.setattr(threads, "read_pools", lambda: (OPENBLAS,))
    with limit_threads(3, strict=False) as report:
        assert (report.confirmed, report.installed, report.pools) == (False, True, (OPENBLAS,))
        assert "openblas has 2" in report.note


def test_the_size_is_judged_for_every_pool() -> None:
    """One wrong pool among right ones is found, and right ones alone pass."""
    right = Pool(library="blis", version=None, architecture=None, threads=1)
    require_size((right,), 1)
    with pytest.raises(CouldNotJudgeError, match="openblas"):
        require_size((right, OPENBLAS), 1)


@pytest.mark.parametrize(
    ("pools", "system", "confirmed", "note"),
    [((), "Linux", True, "by design"), ((), "Darwin", False, "Accelerate"), (None, "Linux", False, "not installed")],
)
def test_the_absence_of_pools_is_reported(
    monkeypatch: pytest.MonkeyPatch, pools: tuple[Pool, ...] | None, system: str, confirmed: bool, note: str
) -> None:
    """No pool is fine where a BLAS has none, and is called unconfirmed where it cannot be read."""
    monkeypatch.setattr(threads, "read_pools", lambda: pools)
    monkeypatch.setattr(threads, "read_blas_build", lambda: "blas")
    monkeypatch.setattr("platform.system", lambda: system)
    with limit_threads(1) as report:
        assert (report.confirmed, report.pools) == (confirmed, ())
        assert note in report.note
        assert report.installed == (pools is not None)


@pytest.mark.parametrize("name", ["openblas64", "scipy-openblas", "mkl-sdl", "BLIS"])
def test_a_pool_that_is_not_found_is_not_taken_for_one_thread(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where NumPy's BLAS has a pool of threads but none is seen, nothing can be judged."""
    monkeypatch.setattr(threads, "read_pools", tuple)
    monkeypatch.setattr(threads, "read_blas_build", lambda: name)
    with pytest.raises(CouldNotJudgeError, match="were not found"), limit_threads(1):
        pytest.fail("the block must not run")


def test_a_deleted_working_directory_is_a_usage_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Loaded libraries cannot be found from there."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="working directory"):
        read_pools()


def test_interrupts_wait_until_a_callback_is_over() -> None:
    """A signal that arrives inside the block is delivered after it."""
    seen = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the order of both is tested
        with hold_interrupts():
            signal.raise_signal(signal.SIGINT)
            seen.append("inside")
        seen.append("after")
    assert seen == ["inside"]


def test_no_threads_is_a_usage_error() -> None:
    """Fewer than one thread is refused."""
    with pytest.raises(UsageError), limit_threads(0):
        pytest.fail("the block must not run")
