"""Takes the fingerprint of this machine, reads one from a file, compares two."""

from __future__ import annotations

import contextlib
import platform
import sys
from typing import TYPE_CHECKING

import numpy as np

from verify.files.fingerprint import FINGERPRINT, Fingerprint, build_fingerprint, digest_class
from verify.files.writing import make_printable
from verify.host.environment import (
    read_blas,
    read_context,
    read_cpu_features,
    read_libc,
    read_package_versions,
)
from verify.host.probes import run_probes
from verify.host.threads import limit_threads
from verify.host.world import read_hash_randomization, read_variables
from verify.results import Result

if TYPE_CHECKING:
    from pathlib import Path

    from verify.digests import JsonObject, JsonValue


def read_compared() -> dict[str, JsonValue]:
    """Return the fields by which two environments are compared, by dotted name: those that can change native bits."""
    return {
        "python.version": platform.python_version(),
        "python.implementation": platform.python_implementation(),
        "python.hash_randomization": read_hash_randomization(),
        "machine": platform.machine(),
        "byte_order": sys.byteorder,
        "libc": read_libc(),
        "numpy.version": np.__version__,
        **read_blas(),
        **read_cpu_features(),
        **read_package_versions(),
        **read_variables(),
    }


def capture(threads: int | None = None) -> Fingerprint:
    """Return this machine's fingerprint, taken while BLAS is limited to `threads` threads (None: as it is)."""
    with contextlib.nullcontext() if threads is None else limit_threads(threads, strict=False):
        return build_fingerprint(_print(read_compared()), _print(read_context()), run_probes())


def _print(fields: JsonObject) -> dict[str, JsonValue]:
    """Replace bytes that are not UTF-8, which an environment variable may hold, by question marks."""
    return {
        make_printable(name): make_printable(value) if isinstance(value, str) else value
        for name, value in fields.items()
    }


def read_fingerprint(path: Path) -> Fingerprint:
    """Read a fingerprint from a file, or from the run directory that holds it.

    Raises:
        UsageError: there is no such file.
        CouldNotJudgeError: the file is no fingerprint of this schema.
    """
    return FINGERPRINT.read(path / "fingerprint.json" if path.is_dir() else path)


def _compare_section(a: JsonObject, b: JsonObject, check: str) -> list[Result]:
    rows = []
    for name in sorted({*a, *b}):
        same = name in a and name in b and a[name] == b[name]
        rows.append(
            Result(id=check, title=name, status="pass" if same else "fail", expected=a.get(name), found=b.get(name))
        )
    return rows


def _list_other_context(a: JsonObject, b: JsonObject) -> list[Result]:
    """Return one row for each field of the context that differs; None stands for a field that is not there."""
    names = [name for name in sorted({*a, *b}) if a.get(name) != b.get(name)]
    return [
        Result(id="F004", title=f"{name} (context)", status="info", expected=a.get(name), found=b.get(name))
        for name in names
    ]


def compare(a: Fingerprint, b: Fingerprint) -> list[Result]:
    """Compare two fingerprints: one row per compared field (F001), per probe (F002), and for the class (F003).

    The class row only informs: a class differs when fields or probes that decide native bits do. So do the rows of
    the context (F004), one per field that differs: it cannot change portable results.
    """
    expected, found = (digest_class(side.compared, side.probes) for side in (a, b))
    title = "both are of one class: native results can be compared bit for bit"
    if expected != found:
        title = "they are of two classes: native results may differ, portable results do not"
    return [
        *_compare_section(a.compared, b.compared, "F001"),
        *_compare_section(a.probes, b.probes, "F002"),
        Result(id="F003", title=title, status="info", expected=expected, found=found),
        *_list_other_context(a.context, b.context),
    ]
