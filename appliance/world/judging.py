"""Says of each setting whether it holds in the child."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Literal

import attrs

from appliance.launch.kernels import read_cpu_flags
from appliance.vary.axes.probing import refuse_other_library
from appliance.world.reading import NAMES
from appliance.world.settings import UMASK

if TYPE_CHECKING:
    from appliance.vary.axis import Subject
    from appliance.world.reading import Reading, Readings
    from appliance.world.settings import Plan

Status = Literal["holds", "not-fixed", "not-read", "not-there"]
_OTHER = "the program is not one of Python; programs of Python that it starts get the setting"
_LOCALE = ["AB_ab", ".", "utf-8"]  # order of code points, decimal point, encoding
_NEAR = 4096  # bytes: two children have other arguments
_NO_CHILD = "a child that was started like the program said nothing"


@attrs.frozen(kw_only=True)
class Row:
    """One setting.

    Args:
        name: the axis of `vary`.
        wanted: the value in words.
        status: `holds`, `not-fixed`, `not-read` (set, but nobody could look), `not-there` (nothing to set).
        found: what the child said.
        reason: why it does not hold.
        remedy: what would help.
    """

    name: str
    wanted: str
    status: Status
    found: str = ""
    reason: str = ""
    remedy: str = ""


def judge(subject: Subject, plan: Plan, readings: Readings) -> tuple[Row, ...]:
    """Return a row for each setting."""
    first = readings.first
    python, library = subject.python is not None, refuse_other_library(subject) is None
    return (
        _judge_threads(first, python=python),
        _judge_kernel(first, plan.kernel, python=python),
        _judge_simd(first, python=python),
        _judge_libm(readings) if library else _unread("libm", "the variants without FMA", "another C library"),
        _judge_hash_seed(readings) if python else _unread("hash-seed", "0", _OTHER),
        _judge_locale(first) if library else _unread("locale", "C.UTF-8", "another C library"),
        _judge_timezone(first) if library else _unread("timezone", "UTC", "another C library"),
        _compare("umask", f"{UMASK:03o}", "" if first.umask is None else f"{first.umask:03o}"),
        _judge_order(first, python=python),
        _judge_addresses(readings),
        _compare("source-date", plan.launch.environment["SOURCE_DATE_EPOCH"], first.epoch or ""),
    )


def _unread(name: str, wanted: str, reason: str) -> Row:
    return Row(name=name, wanted=wanted, status="not-read", reason=reason)


def _compare(name: str, wanted: str, found: str, *, remedy: str = "", reason: str = "") -> Row:
    """Return the row of a setting that the child must name exactly."""
    if found == wanted:
        return Row(name=name, wanted=wanted, status="holds", found=found)
    reason = reason or (f"the child has {found}" if found else _NO_CHILD)
    return Row(name=name, wanted=wanted, status="not-fixed", found=found, reason=reason, remedy=remedy)


def _judge_threads(first: Reading, *, python: bool) -> Row:
    wanted = "1 thread for each library"
    if not python:
        return _unread("threads", wanted, _OTHER)
    if first.numpy is not None and first.pools is None:
        return _unread("threads", wanted, _explain_pools(first))
    if not first.pools:
        reason = "no library with a pool of threads is loaded with NumPy"
        return Row(name="threads", wanted=wanted, status="not-there", reason=reason)
    found = ", ".join(f"{api}: {count}" for api, _, count, _ in first.pools)
    holds = all(count == 1 for _, _, count, _ in first.pools)
    return _compare("threads", wanted, wanted if holds else found, remedy="use a BLAS that reads OMP_NUM_THREADS")


def _explain_pools(first: Reading) -> str:
    return f"the libraries of the child cannot be read: {first.failed.get('pools', _NO_CHILD)}"


def _judge_kernel(first: Reading, kernel: str, *, python: bool) -> Row:
    wanted = kernel or "the library's own choice"
    if not python:
        return _unread("kernel", wanted, _OTHER)
    if first.numpy is not None and first.pools is None:
        return _unread("kernel", wanted, _explain_pools(first))
    blas = [(api, name) for api, name, _, _ in first.pools or () if api in {"openblas", "mkl", "blis"}]
    if not blas:
        return Row(name="kernel", wanted=wanted, status="not-there", reason="NumPy loads no OpenBLAS, MKL or BLIS")
    found = ", ".join(f"{api}: {name or 'not told'}" for api, name in blas)
    if not kernel:
        reason = "it follows the processor (--kernel host, or no core is known for this instruction set)"
        return Row(name="kernel", wanted=wanted, status="not-fixed", found=found, reason=reason)
    others = sorted({api for api, _ in blas} - {"openblas"})
    if others or "=" in kernel:
        reason = f"nobody can read whether {', '.join(others) or kernel} follows the setting"
        return Row(name="kernel", wanted=wanted, status="not-read", found=found, reason=reason)
    holds = all(name.lower() == kernel.lower() for _, name in blas)
    remedy = "name a core that this OpenBLAS and this processor have: --kernel Haswell"
    return _compare("kernel", wanted, wanted if holds else found, remedy=remedy)


def _judge_simd(first: Reading, *, python: bool) -> Row:
    wanted = "NumPy's baseline"
    if not python:
        reason = "the names of NumPy's features are read only for a program of Python"
        remedy = "name the interpreter in the command: python SCRIPT"
        return Row(name="simd", wanted=wanted, status="not-fixed", reason=reason, remedy=remedy)
    if first.numpy is None:
        return Row(name="simd", wanted=wanted, status="not-there", reason="the program's Python has no NumPy")
    found = " ".join(first.simd) if first.simd is not None else "not told"
    return _compare("simd", wanted, wanted if first.simd == [] else found, remedy="use another version of NumPy")


def _judge_libm(readings: Readings) -> Row:
    wanted, found = "the variants without FMA", readings.first.libm or ""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        reason = "the C library has one variant for this instruction set"
        return Row(name="libm", wanted=wanted, status="not-there", reason=reason)
    if not found or found == readings.plain.libm:
        if found and "fma" not in read_cpu_flags():
            return Row(name="libm", wanted=wanted, status="holds", found=f"bits {found}")
        reason = "the C library does not follow GLIBC_TUNABLES" if found else _NO_CHILD
        return Row(name="libm", wanted=wanted, status="not-fixed", reason=reason, remedy="use glibc 2.26 or newer")
    return Row(name="libm", wanted=wanted, status="holds", found=f"bits {found}")


def _judge_hash_seed(readings: Readings) -> Row:
    one, other = readings.first.hash, readings.second.hash
    if one is None or one != other:
        reason = "hashes of words differ between two children" if one is not None else _NO_CHILD
        remedy = "start Python without -E and -I, which make it ignore PYTHONHASHSEED"
        return Row(name="hash-seed", wanted="0", status="not-fixed", reason=reason, remedy=remedy)
    return Row(name="hash-seed", wanted="0", status="holds", found=f"hash of a word: {one}")


def _judge_locale(first: Reading) -> Row:
    found = " ".join(first.locale or [])
    if first.locale == _LOCALE:
        return Row(name="locale", wanted="C.UTF-8", status="holds", found=found)
    reason = first.failed.get("locale", f"order, decimal point and encoding are {found}" if found else _NO_CHILD)
    remedy = "use a C library that has C.UTF-8 (glibc 2.35, Debian, musl)"
    return Row(name="locale", wanted="C.UTF-8", status="not-fixed", found=found, reason=reason, remedy=remedy)


def _judge_timezone(first: Reading) -> Row:
    holds = bool(first.local) and all(first.local or ())
    return _compare("timezone", "UTC", "UTC" if holds else "another local time" if first.local else "")


def _judge_order(first: Reading, *, python: bool) -> Row:
    wanted = "sorted listings"
    if not python:
        reason = "only listings of Python are sorted in place"
        remedy = "sort in the program, or start it inside a mount of disorderfs --sort-dirents=yes"
        return Row(name="file-order", wanted=wanted, status="not-fixed", reason=reason, remedy=remedy)
    remedy = "start Python without -S, -I or -E, which leave sitecustomize out"
    found = wanted if first.listing == sorted(NAMES) else " ".join(first.listing or [])
    return _compare("file-order", wanted, found, remedy=remedy)


def _judge_addresses(readings: Readings) -> Row:
    one, other = readings.first.stack, readings.second.stack
    remedy = "install util-linux, and allow the system call personality in the container"
    if one is None or other is None:
        reason = "addresses cannot be read here"
    elif abs(int(one) - int(other)) > _NEAR:
        reason = "the stacks of two children begin at other addresses"
    else:
        return Row(name="aslr", wanted="fixed", status="holds", found="the stacks of two children begin alike")
    return Row(name="aslr", wanted="fixed", status="not-fixed", reason=reason, remedy=remedy)
