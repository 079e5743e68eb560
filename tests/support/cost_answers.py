"""The JSON form of a cost suite, made from plain numbers."""

from __future__ import annotations

from typing import Any

import attrs

from appliance.benchmark.cost.targets import judge_targets


def make_row(subject: str, baseline: str, ratio: float, **sizes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a row of a training step."""
    details = {"hidden": 128, "batch": 64, "precision": subject[-3:], "data": "images"} | sizes
    return {
        "case": f"784-{details['hidden']}-10 batch {details['batch']} {details['data']} {details['precision']}",
        "kind": "step",
        "subject": subject,
        "baseline": baseline,
        "ratio": ratio,
        "ratio_low": ratio * 0.9,
        "ratio_high": ratio * 1.1,
        "confidence": 0.97,
        "rounds": 21,
        "seconds": 0.001,
        "baseline_seconds": 0.001 * ratio,
        "examples_per_second": 64000.0,
        "baseline_examples_per_second": 64000.0 / ratio,
        **details,
    }


def make_operation(ratio: float) -> dict[str, Any]:
    """Return a row of an operation."""
    row = make_row("portable f32", "native f32", ratio)
    for name in ("hidden", "batch", "data", "examples_per_second", "baseline_examples_per_second"):
        del row[name]
    return row | {"kind": "op", "case": "sum 65536 f32", "ratio_low": None, "ratio_high": None}


def make_answer(rows: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a whole answer with its targets."""
    environment = {
        "python.version": "3.13.1", "numpy.version": "2.4.4", "machine": "x86_64", "libc": "glibc 2.42",
        "blas.name": "openblas", "blas.version": "0.3.33", "blas.kernel": "Haswell",
        "cpu.model": "A Fast One", "cpu.logical_cores": 2, "cpu.physical_cores": 2, "cpu.affinity": 2,
        "memory.bytes": 2**33, "os.name": "Some Linux", "load_before": [0.1, 0.1, 0.1], "load_after": None,
        "peers": {"PyTorch": "2.13.0", "scikit-learn": None}, "threads": {},
    }  # fmt: skip
    answer: dict[str, Any] = {
        "schema": "repro-appliance/cost/1", "bits": 1, "measured": "2026-11-23", "quick": False, "parts": ["steps"],
        "threads": 1, "environment": environment, "rows": rows or [],
        "memory": [], "start_up": [], "growth": [], "accuracy": [],
    }  # fmt: skip
    answer |= changes
    return answer | {"targets": [attrs.asdict(outcome) for outcome in judge_targets(answer)]}


def make_full_answer(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an answer with something of every part."""
    rows = [
        make_row("portable f32", "native f32", 0.5, hidden=32),
        make_row("portable f32", "native f32", 0.9),
        make_row("portable f32", "PyTorch f32", 1.6),
        make_row("portable f64", "native f64", 1.02, data="dense"),
        make_operation(0.25),
    ]
    parts: dict[str, Any] = {
        "memory": [{"epochs": epochs, "hidden": 128, "bytes": 60 * 2**20} for epochs in (1, 4)],
        "start_up": [{"command": "verify", "seconds": 1.5, "low": 1.4, "high": 1.6, "rounds": 7}],
        "growth": [
            {"axis": "depth", "value": 2, "subject": name, "examples_per_second": 9e4, "low": 8e4, "high": 1e5}
            for name in ("portable f32", "native f32")
        ],
        "accuracy": [
            {"config": "mnist-mlp", "epochs": 10, "subject": name, "test_accuracy": accuracy}
            for name, accuracy in (("native f32", 0.976), ("portable f32", 0.977), ("portable f64", None))
        ],
    }  # fmt: skip
    return make_answer(rows, **(parts | changes))
