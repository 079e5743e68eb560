"""What the judge's tests share: a shell that is not continuous integration."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def outside_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset CI, in which goldens may not be written; the test that is about CI sets it."""
    monkeypatch.delenv("CI", raising=False)
