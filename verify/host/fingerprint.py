"""The environment as one value: compared fields, context fields, probes."""

from __future__ import annotations

import contextlib
import json
import platform
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.digests import digest_json
from verify.errors import CouldNotJudgeError, UsageError
from verify.host.environment import (
    read_blas,
    read_context,
    read_cpu_features,
    read_libc,
    read_package_versions,
    read_variables,
)
from verify.host.probes import run_probes
from verify.host.threads import limit_threads
from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = "repro-appliance/fingerprint/1"
_SECTIONS = ("compared", "context", "probes")
_CLASS_FIELDS = (
    "machine",
    "byte_order",
    "libc",
    "numpy.version",
    "numpy.baseline",
    "numpy.dispatch",
    "cpu.features",
    "blas.build_name",
    "blas.build_version",
    "blas.name",
    "blas.version",
    "blas.kernel",
    "blas.threading_layer",
    "blas.threads",
)


def read_compared() -> dict[str, Any]:
    """Return the fields by which two environments are compared, by dotted name; none of them names a path."""
    return {
        "python.version": platform.python_version(),
        "python.implementation": platform.python_implementation(),
        "python.hash_randomization": sys.flags.hash_randomization,
        "machine": platform.machine(),
        "byte_order": sys.byteorder,
        "libc": read_libc(),
        "numpy.version": np.__version__,
        **read_blas(),
        **read_cpu_features(),
        **read_package_versions(),
        **read_variables(),
    }


def capture(threads: int | None = None) -> dict[str, Any]:
    """Return this machine's fingerprint, with BLAS held to `threads` threads meanwhile (None: as it is)."""
    with contextlib.nullcontext() if threads is None else limit_threads(threads, strict=False):
        fingerprint: dict[str, Any] = {
            "schema": SCHEMA,
            "compared": read_compared(),
            "context": read_context(),
            "probes": run_probes(),
        }
    fingerprint["class"] = fingerprint_class(fingerprint)
    return fingerprint


def fingerprint_class(fingerprint: Mapping[str, Any]) -> str:
    """Return the digest of what decides native bits: two machines of one class agree bit for bit in `native`."""
    compared = fingerprint["compared"]
    fields = {name: compared.get(name) for name in _CLASS_FIELDS}
    return digest_json({"schema": SCHEMA, "fields": fields, "probes": fingerprint["probes"]})


def summarize(fingerprint: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few fields that say on what a golden was made."""
    compared = fingerprint["compared"]
    return {
        "python": compared.get("python.version"),
        "numpy": compared.get("numpy.version"),
        "machine": compared.get("machine"),
        "byte_order": compared.get("byte_order"),
        "libc": compared.get("libc"),
        "blas": compared.get("blas.name") or compared.get("blas.build_name"),
        "blas_version": compared.get("blas.version") or compared.get("blas.build_version"),
        "blas_kernel": compared.get("blas.kernel"),
    }


def describe(summary: Mapping[str, Any]) -> str:
    """Return a summary in a few words: "numpy 2.4.4, x86_64, SkylakeX"."""
    parts = [f"numpy {summary['numpy']}" if summary.get("numpy") else None, summary.get("machine")]
    parts.append(summary.get("blas_kernel") or summary.get("blas"))
    return ", ".join(str(part) for part in parts if part) or "unknown"


def read_fingerprint(path: Path) -> dict[str, Any]:
    """Read a fingerprint from a file, or from the run directory that holds it.

    Raises:
        UsageError: there is no such file.
        CouldNotJudgeError: the file is no fingerprint of this schema.
    """
    target = path / "fingerprint.json" if path.is_dir() else path
    try:
        value = json.loads(target.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            "a fingerprint cannot be read",
            expected="a fingerprint file or a run directory",
            found=error.strerror,
            where=target,
            remedy="write one with: repro-appliance fingerprint --json > FILE",
        ) from error
    except ValueError:
        value = None
    found = value.get("schema") if isinstance(value, dict) else "not a JSON object"
    if found != SCHEMA or not all(isinstance(value.get(name), dict) for name in _SECTIONS):
        raise CouldNotJudgeError(
            "a file is not a fingerprint",
            expected=f"{SCHEMA} with {', '.join(_SECTIONS)}",
            found=found,
            where=target,
            remedy="write it anew with this version: repro-appliance fingerprint --json",
        )
    return dict(value)


def _compare_section(a: Mapping[str, Any], b: Mapping[str, Any], check: str) -> list[Result]:
    rows = []
    for name in sorted({*a, *b}):
        same = name in a and name in b and a[name] == b[name]
        rows.append(
            Result(id=check, title=name, status="pass" if same else "fail", expected=a.get(name), found=b.get(name))
        )
    return rows


def compare(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Result]:
    """Compare two fingerprints: one row per compared field (F001), per probe (F002), and for the class (F003).

    The class row only informs: a class differs when fields or probes that decide native bits do.
    """
    expected, found = fingerprint_class(a), fingerprint_class(b)
    title = "same class: native results can be compared bit for bit"
    if expected != found:
        title = "another class: native results may differ, portable ones may not"
    return [
        *_compare_section(a["compared"], b["compared"], "F001"),
        *_compare_section(a["probes"], b["probes"], "F002"),
        Result(id="F003", title=title, status="info", expected=expected, found=found),
    ]
