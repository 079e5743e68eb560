"""The size of every BLAS or OpenMP thread pool: set, then read back."""

from __future__ import annotations

import importlib
import platform
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from verify.errors import CouldNotJudgeError, UsageError
from verify.host.environment import read_blas_build
from verify.host.interrupts import hold_interrupts

if TYPE_CHECKING:
    from collections.abc import Iterator


# Parts of the names of BLAS libraries that have a pool of threads of their own.
_WITH_POOLS = ("openblas", "mkl", "blis")


@attrs.frozen(kw_only=True)
class Pool:
    """One thread pool of a loaded library; `architecture` is the kernel it chose, where it tells."""

    library: str
    version: str | None
    architecture: str | None
    threads: int


@attrs.frozen(kw_only=True)
class ThreadReport:
    """What was asked for, and every pool's size as read back afterwards.

    `confirmed` is false where the effect could not be read or is another one; `note` then says why.
    `installed` is false where threadpoolctl is missing, without which nothing is set.
    """

    asked: int
    pools: tuple[Pool, ...]
    confirmed: bool
    note: str
    installed: bool = True


def read_pools() -> tuple[Pool, ...] | None:
    """Return the pools of all libraries loaded so far, NumPy's included; None without threadpoolctl."""
    importlib.import_module("numpy")
    try:
        threadpoolctl = importlib.import_module("threadpoolctl")
    except ImportError:
        return None
    _require_directory()
    with hold_interrupts():
        found = threadpoolctl.threadpool_info()
    return tuple(
        Pool(
            library=info["internal_api"],
            version=info.get("version"),
            architecture=info.get("architecture"),
            threads=info["num_threads"],
        )
        for info in found
    )


def _require_directory() -> None:
    """Refuse a working directory that was deleted: without one, loaded libraries cannot be found.

    Raises:
        UsageError: the working directory does not exist.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(
            "the working directory does not exist",
            expected="a directory that exists",
            found=error.strerror,
            remedy="change to another directory and start again",
        ) from error


@contextmanager
def limit_threads(count: int = 1, *, strict: bool = True) -> Iterator[ThreadReport]:
    """Set every BLAS and OpenMP pool that is loaded now to `count` threads; restore the old sizes afterwards.

    A library loaded inside the block is not limited. Without threadpoolctl nothing is set, which is not an error.

    Args:
        count: threads of every pool.
        strict: False only reports a pool that kept another size, as where more threads are asked for than it can have.

    Raises:
        CouldNotJudgeError: a pool kept another size, or that of NumPy's BLAS was not found, and `strict` is true.
        UsageError: fewer than one thread.
    """
    if count < 1:
        raise UsageError("a run needs at least one thread", expected="1 or more", found=count)
    pools = read_pools()
    if pools == () and strict:
        require_pools()
    if not pools:
        yield _report_nothing(count, installed=pools is not None)
        return
    threadpoolctl = importlib.import_module("threadpoolctl")
    with hold_interrupts():
        limits = threadpoolctl.threadpool_limits(limits=count)
    with limits:
        pools = read_pools() or ()
        if strict:
            require_size(pools, count)
        yield _report_pools(count, pools)


def require_pools() -> None:
    """Raise CouldNotJudgeError where NumPy was built with a BLAS that has a thread pool, but none is loaded."""
    name = read_blas_build() or "unknown"
    if any(library in name.lower() for library in _WITH_POOLS):
        raise CouldNotJudgeError(
            "NumPy is loaded, but the threads of its BLAS were not found",
            expected=f"the thread pool of {name}",
            found="no thread pool",
            remedy="start it through repro-appliance from a directory that exists; report it if it happens again",
        )


def require_size(pools: tuple[Pool, ...], count: int) -> None:
    """Raise CouldNotJudgeError unless each of `pools` has `count` threads."""
    for pool in pools:
        if pool.threads != count:
            raise CouldNotJudgeError(
                "a thread pool did not take the size that was set",
                expected=f"{count} threads",
                found=f"{pool.threads} threads",
                where=f"{pool.library} {pool.version or ''}".strip(),
                remedy="use another build of the library, or --profile portable, which does not depend on threads",
            )


def _report_pools(count: int, pools: tuple[Pool, ...]) -> ThreadReport:
    kept = [f"{pool.library} has {pool.threads}" for pool in pools if pool.threads != count]
    note = "read back from every pool" + "".join(f"; {text} threads" for text in kept)
    return ThreadReport(asked=count, pools=pools, confirmed=not kept, note=note)


def _report_nothing(count: int, *, installed: bool) -> ThreadReport:
    if not installed:
        note = "not read back: threadpoolctl is not installed"
        return ThreadReport(asked=count, pools=(), confirmed=False, note=note, installed=False)
    if platform.system() == "Darwin":
        note = "not read back: Accelerate shows no pool; VECLIB_MAXIMUM_THREADS at the start decides"
        return ThreadReport(asked=count, pools=(), confirmed=False, note=note)
    note = "no pool is loaded: this BLAS has one thread by design"
    return ThreadReport(asked=count, pools=(), confirmed=True, note=note)
