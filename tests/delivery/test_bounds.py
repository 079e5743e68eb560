"""The oldest versions that pyproject.toml allows: read from there, never below what was tried."""

from __future__ import annotations

import pytest

from delivery.bounds import read_bounds
from delivery.variants import ROOT

pytestmark = pytest.mark.checkout

# The oldest versions with which every command of delivery/bounds.py worked. typer 0.12.0 cannot read optional
# numbers, and up to 0.15 it fails beside click 8.2; cattrs before 24.1 has no get_structure_hook.
_TRIED = {
    "attrs": "23.1", "cattrs": "24.1", "click": "8.1", "numpy": "1.24", "pooch": "1.8", "psutil": "5.9.4", "rich": "13",
    "threadpoolctl": "3.1", "typer": "0.16", "jinja2": "3.1", "matplotlib": "3.8",
}  # fmt: skip


def test_bounds_are_those_that_were_tried() -> None:
    """A bound that is lowered must be tried first: make lower-bounds."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert read_bounds(text) == [f"{name}=={version}" for name, version in _TRIED.items()]


@pytest.mark.parametrize("dependency", ["attrs", "attrs<24", "attrs>=23,<24"])
def test_other_conditions_are_refused(dependency: str) -> None:
    """A dependency without one lower bound cannot be tried, and says so."""
    with pytest.raises(ValueError, match="attrs"):
        read_bounds(f'[project]\ndependencies = ["{dependency}"]')
