"""What the judge's tests share: a shell that is not continuous integration, a stand-in for training."""

from __future__ import annotations

import pytest

from appliance.training import execute
from judging.runs import FakeTraining


@pytest.fixture(autouse=True)
def outside_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset CI, in which goldens may not be written; the test that is about CI sets it."""
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    """Return a stand-in that is called wherever training would be."""
    fake = FakeTraining()
    monkeypatch.setattr(execute, "run_training", fake)
    return fake
