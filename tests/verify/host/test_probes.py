"""Probes: they reveal orders of summation, repeat themselves, warn of nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from verify.host import probes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]


def _add_forwards(rows: Floats) -> Floats:
    total = rows[:, 0].copy()
    for column in rows.T[1:]:
        total += column
    return total


def _add_backwards(rows: Floats) -> Floats:
    return _add_forwards(rows[:, ::-1])


def _add_by_halves(rows: Floats) -> Floats:
    while rows.shape[1] > 1:
        half = rows.shape[1] // 2
        rows = rows[:, :half] + rows[:, half:]
    return rows[:, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("sum_rows", "tree"),
    [
        (_add_forwards, "(((0 1) 2) 3)"),
        (_add_backwards, "(0 (1 (2 3)))"),
        (_add_by_halves, "((0 2) (1 3))"),
    ],
)
def test_tree_of_a_known_order(sum_rows: Callable[[Floats], Floats], tree: str, dtype: type[np.floating[Any]]) -> None:
    """The revealed tree is the order in which the sum was written."""
    assert probes.reveal_tree(sum_rows, 4, dtype) == tree


@pytest.mark.parametrize(("survivors", "tree"), [(2.0, "{0 1 2 3}"), (0.0, "(0 1 2 3)")])
def test_sum_without_an_order(survivors: float, tree: str) -> None:
    """An exact sum absorbs nothing and fits no tree; a fused one joins all addends at once."""

    def sum_rows(rows: Floats) -> Floats:
        return np.full(len(rows), survivors)

    assert probes.reveal_tree(sum_rows, 4, np.float64) == tree


def test_probes_repeat_themselves() -> None:
    """Two runs in one process give the same values, or the fingerprint class would mean nothing."""
    assert probes.run_probes() == probes.run_probes()


def test_probes_are_short_texts() -> None:
    """Each probe is a short printable text under a dotted name."""
    found = probes.run_probes()
    assert {"order.sum.f64.16", "function.exp.f32", "nan.f64", "cast.f32.int32"} <= set(found)
    assert all(0 < len(str(value)) < 200 for value in found.values())


def test_probes_are_fast() -> None:
    """The best of three runs takes less than a second, on a busy machine too; 0.15 s is usual."""
    seconds = []
    for _ in range(3):
        begun = time.perf_counter()
        probes.run_probes()
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 1.0


def test_another_order_of_summation_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dot product that adds backwards changes the probes of dot and no others."""
    before = probes.run_probes()
    monkeypatch.setattr(probes, "_dot_rows", _add_backwards)
    after = probes.run_probes()
    changed = {name for name in before if before[name] != after[name]}
    assert "order.dot.f64.16" in changed
    assert all(name.startswith("order.dot.") for name in changed)


def test_values_come_from_integers() -> None:
    """The arguments of the probes have the same bits on every machine."""
    values = probes.make_values(4, 0.0, 1.0, np.float64)
    assert [float(value).hex() for value in values] == [
        "0x1.c441500000000p-1",
        "0x1.b9e2780000000p-2",
        "0x1.b117400000000p-6",
        "0x1.f117700000000p-1",
    ]


@pytest.mark.process
def test_no_probe_warns() -> None:
    """With warnings as errors a fresh interpreter still runs every probe."""
    code = "from verify.host.probes import run_probes; print(len(run_probes()))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30


def test_results_that_are_not_finite_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken BLAS that gives NaN is described, like any other; it does not end the fingerprint."""
    monkeypatch.setattr(probes, "_matmul_rows", lambda rows: np.full(len(rows), np.nan))
    monkeypatch.setattr(np, "exp", lambda x: np.full_like(x, np.inf))
    found = probes.run_probes()
    assert found["function.exp.f32"] == "not finite"
    assert set(found["order.matmul.f64.16"]) & set("{(")
