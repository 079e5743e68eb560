"""Pins from the lock of the flake: what changes is written and named, everything else stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from delivery.nix.pins import set_pins

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout


@pytest.fixture
def text(checkout: Path) -> str:
    """Return the pins of this release."""
    return (checkout / "verify/pins.json").read_text(encoding="utf-8")


def test_equal_versions_change_no_byte(text: str) -> None:
    """The file that is written is formatted as it is checked in."""
    pins = json.loads(text)
    found = {"python": pins["python"], "numpy": pins["numpy"], "openblas": pins["openblas"]["nix"]}
    assert set_pins(text, found) == (text, [])


def test_other_openblas_is_set_for_nix_only(text: str) -> None:
    """The wheel has its own OpenBLAS, so its pin stays, as does everything else."""
    pins = json.loads(text)
    found = {"python": pins["python"], "numpy": pins["numpy"], "openblas": "0.3.32"}
    written, changes = set_pins(text, found)
    assert changes == [f"openblas {pins['openblas']['nix']} -> 0.3.32"]
    pins["openblas"]["nix"] = "0.3.32"
    assert json.loads(written) == pins
