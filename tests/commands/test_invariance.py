"""The promise itself: one digest for every kernel, number of threads, place and locale; with negative controls."""

from __future__ import annotations

import json
import platform
import shutil
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from support.run_program import RunProgram

pytestmark = pytest.mark.process

KERNELS = ("Haswell", "Nehalem", "Prescott")
X86 = pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="these OpenBLAS kernels are x86-64's")


class Train(Protocol):
    """Trains a configuration; keywords as for `RunProgram`."""

    def __call__(
        self, config: str, *arguments: str, cwd: Path | None = None, prefix: Sequence[str] = (), **variables: str
    ) -> dict[str, Any]:
        """Train with these arguments and return the record."""


def read_golden(name: str) -> dict[str, Any]:
    """Return the checked-in golden of a configuration."""
    golden: dict[str, Any] = json.loads((resources.files("verify") / "goldens" / f"{name}.json").read_text())
    return golden


@pytest.fixture
def train(run_program: RunProgram) -> Train:
    """Return a function that trains and returns the record."""

    def run(
        config: str, *arguments: str, cwd: Path | None = None, prefix: Sequence[str] = (), **variables: str
    ) -> dict[str, Any]:
        outcome = run_program("train", "--config", config, "--json", *arguments, cwd=cwd, prefix=prefix, **variables)
        assert outcome.code == 0, outcome.err
        return outcome.body

    return run


@pytest.mark.parametrize("config", ["baseline", "baseline-f64", "deep-momentum", "adam"])
def test_the_digest_is_the_golden_one(train: Train, config: str) -> None:
    """Every digest of the run is the checked-in one."""
    assert train(config)["digests"] == read_golden(config)["digests"]


@X86
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("config", ["baseline", "baseline-f64"])
def test_kernels_do_not_matter(train: Train, config: str, kernel: str) -> None:
    """Other OpenBLAS kernels, confirmed by what was loaded, give the golden digest."""
    record = train(config, OPENBLAS_CORETYPE=kernel)
    assert record["digests"] == read_golden(config)["digests"]


@X86
def test_kernels_matter_to_native_arithmetic(train: Train) -> None:
    """Negative control: plain NumPy has another digest on another kernel, so the kernels really differ."""
    found = {
        train("smoke", "--profile", "native", OPENBLAS_CORETYPE=kernel)["digests"]["final_weights"]
        for kernel in KERNELS
    }
    assert len(found) > 1


def test_threads_do_not_matter(train: Train) -> None:
    """Two threads give the golden digest on a network wide enough for BLAS to use them."""
    assert train("wide", "--threads", "2")["digests"] == read_golden("wide")["digests"]


@pytest.mark.parametrize("config", ["baseline", "baseline-f64", "adam", "deep-momentum"])
@pytest.mark.parametrize("parts", ["2", "4", "8"])
def test_micro_batches_do_not_matter(train: Train, config: str, parts: str) -> None:
    """Gradients accumulated over parts of every batch give the golden digest."""
    assert train(config, "--micro-batches", parts)["digests"] == read_golden(config)["digests"]


def test_micro_batches_matter_to_native_arithmetic(train: Train) -> None:
    """Negative control: plain NumPy has another digest for another number of parts."""
    found = {
        train("smoke", "--profile", "native", "--micro-batches", parts)["digests"]["final_weights"]
        for parts in ("1", "2", "4", "8")
    }
    assert len(found) > 1


@pytest.mark.skipif(shutil.which("taskset") is None, reason="taskset is a tool of Linux")
def test_affinity_does_not_matter(train: Train) -> None:
    """Bound to one processor the digest is the golden one."""
    assert train("baseline", prefix=("taskset", "-c", "0"))["digests"] == read_golden("baseline")["digests"]


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Pacific/Kiritimati"},
        {"LC_ALL": "C", "TZ": "America/St_Johns"},
        {"PYTHONHASHSEED": "123"},
        {"PYTHONHASHSEED": "random"},
        {"OMP_NUM_THREADS": "7", "OPENBLAS_NUM_THREADS": "2"},
    ],
)
def test_surroundings_do_not_matter(train: Train, tmp_path: Path, variables: dict[str, str]) -> None:
    """Locale, time zone, hash seed, thread variables and working directory leave the digest alone."""
    place = tmp_path / "ein anderer Ort äöü"
    place.mkdir()
    assert train("baseline", cwd=place, **variables)["digests"] == read_golden("baseline")["digests"]


def test_pinned_is_native_with_a_fixed_kernel(train: Train) -> None:
    """The profile pinned gives the same bits twice, also if the environment names another kernel."""
    first = train("smoke", "--profile", "pinned")
    second = train("smoke", "--profile", "pinned", OPENBLAS_CORETYPE="Prescott")
    assert first["digests"] == second["digests"]
    assert first["profile"] == "pinned"
