"""Seeding of everything: Python, NumPy's legacy state, and a replacement for PyTorch."""

# The legacy global generators are what is under test.
# ruff: noqa: S311

from __future__ import annotations

import os
import random
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.launch import seeding
from appliance.launch.hashing import HashSeed
from appliance.launch.seeding import seed_everything
from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 2**40 + 7


@pytest.fixture(autouse=True)
def global_generators_left_as_they_were() -> Iterator[None]:
    """Restore the state of the global generators after a test."""
    python, legacy = random.getstate(), np.random.get_state()
    yield
    random.setstate(python)
    np.random.set_state(legacy)


class Torch:
    """Replaces PyTorch; records its calls."""

    def __init__(self, *, cuda: bool = False, started: bool = False, deaf: bool = False) -> None:
        """Begin unseeded; `deaf` never takes a seed."""
        self.deaf = deaf
        self.told: list[Any] = []
        self.seed = 0
        self.deterministic = False
        self.cuda = SimpleNamespace(
            is_available=lambda: cuda, is_initialized=lambda: started, manual_seed_all=self.told.append
        )
        self.backends = SimpleNamespace(cudnn=SimpleNamespace(deterministic=False, benchmark=True))

    def manual_seed(self, seed: int) -> None:
        """Take a seed."""
        self.seed = 0 if self.deaf else seed

    def initial_seed(self) -> int:
        """Return the seed taken."""
        return self.seed

    def use_deterministic_algorithms(self, mode: bool) -> None:
        """Take the mode."""
        self.deterministic = mode

    def are_deterministic_algorithms_enabled(self) -> bool:
        """Return the mode."""
        return self.deterministic


def test_global_generators_repeat_after_the_same_seed() -> None:
    """Python's and NumPy's global draws are those of their own seeding, and change with the seed."""
    report = seed_everything(SEED, torch="never")
    drawn = (random.random(), np.random.random_sample())
    assert drawn == (random.Random(SEED).random(), np.random.RandomState(SEED % 2**32).random_sample())
    assert (report.seed, report.numpy, report.torch) == (SEED, SEED % 2**32, "left alone")
    seed_everything(SEED + 1, torch="never")
    assert (random.random(), np.random.random_sample()) != drawn


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    """Seeds are those a configuration may have."""
    with pytest.raises(UsageError):
        seed_everything(seed)


def test_an_unknown_policy_is_refused() -> None:
    """A misspelt policy does not silently leave PyTorch unseeded."""
    with pytest.raises(UsageError):
        seed_everything(1, torch="instaled")  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", ["installed", "loaded"])
def test_pytorch_is_seeded_and_made_deterministic(monkeypatch: pytest.MonkeyPatch, policy: seeding.TorchPolicy) -> None:
    """A loaded PyTorch gets seed, deterministic algorithms and cuDNN flags."""
    torch = Torch()
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert seed_everything(SEED, torch=policy).torch == "seeded"
    assert (torch.seed, torch.deterministic, torch.told) == (SEED, True, [])
    assert (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark) == (True, False)


def test_pytorch_is_left_alone_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy "never" touches nothing, even when PyTorch is loaded."""
    torch = Torch()
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert seed_everything(SEED, torch="never").torch == "left alone"
    assert (torch.seed, torch.deterministic) == (0, False)


def test_pytorch_that_does_not_listen_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seed is read back, so a PyTorch that kept another is refused."""
    monkeypatch.setitem(sys.modules, "torch", Torch(deaf=True))
    with pytest.raises(CouldNotJudgeError, match="PyTorch"):
        seed_everything(SEED)


def test_absent_pytorch_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not loaded, not installed and forbidden to import are reported differently from seeded."""
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert seed_everything(SEED, torch="loaded").torch == "not loaded"
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert seed_everything(SEED).torch == "not installed"
    monkeypatch.setitem(sys.modules, "torch", None)
    assert seed_everything(SEED).torch == "not installed"


@pytest.mark.parametrize(
    ("declared", "started", "after", "noted"),
    [(":16:8", True, ":16:8", False), ("", False, ":4096:8", False), (":0:0", True, ":0:0", True)],
)
def test_the_cublas_workspace_is_checked(
    monkeypatch: pytest.MonkeyPatch, declared: str, started: bool, after: str, noted: bool
) -> None:
    """With CUDA the workspace is kept, chosen while it still matters, or noted as too late."""
    torch = Torch(cuda=True, started=started)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", declared)
    report = seed_everything(SEED)
    assert torch.told == [SEED]
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == after
    assert any("CUBLAS_WORKSPACE_CONFIG" in note for note in report.notes) == noted


@pytest.mark.parametrize(("fixed", "notes"), [(True, 0), (False, 1)])
def test_random_hashing_is_noted(monkeypatch: pytest.MonkeyPatch, fixed: bool, notes: int) -> None:
    """Seeding cannot fix the hash seed any more, so the report says when it is open, and only then."""
    monkeypatch.setattr(seeding, "read_hash_seed", lambda: HashSeed(declared="0", fixed=fixed))
    report = seed_everything(SEED, torch="never")
    assert len(report.notes) == notes
    assert report.hash_seed.fixed == fixed
