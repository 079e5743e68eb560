"""The size of every BLAS or OpenMP thread pool: set, then read back."""

from __future__ import annotations

import importlib
import platform
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    return tuple(
        Pool(
            library=info["internal_api"],
            version=info.get("version"),
            architecture=info.get("architecture"),
            threads=info["num_threads"],
        )
        for info in threadpoolctl.threadpool_info()
    )


@contextmanager
def limit_threads(count: int = 1, *, strict: bool = True) -> Iterator[ThreadReport]:
    """Set every BLAS and OpenMP pool that is loaded now to `count` threads; restore the old sizes afterwards.

    A library loaded inside the block is not limited. Without threadpoolctl nothing is set, which is not an error.

    Args:
        count: threads of every pool.
        strict: False only reports a pool that kept another size, as where more threads are asked for than it can have.

    Raises:
        CouldNotJudgeError: a pool kept another size, and `strict` is true.
        UsageError: fewer than one thread.
    """
    if count < 1:
        raise UsageError("a run needs at least one thread", expected="1 or more", found=count)
    pools = read_pools()
    if not pools:
        yield _report_nothing(count, installed=pools is not None)
        return
    threadpoolctl = importlib.import_module("threadpoolctl")
    with threadpoolctl.threadpool_limits(limits=count):
        pools = read_pools() or ()
        if strict:
            require_size(pools, count)
        yield _report_pools(count, pools)


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
