"""make peers: every test that needs PyTorch or ONNX runs there, because it is skipped everywhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

_NEEDS = re.compile(r"importorskip\(\"(?:torch|onnx|onnxruntime)\"\)")


def find_left_out(places: list[str], texts: dict[str, str]) -> list[str]:
    """Return the modules, path to text, that need a peer and are in none of the places."""
    needing = [path for path, text in texts.items() if _NEEDS.search(text)]
    return [path for path in needing if not any(path == place or path.startswith(f"{place}/") for place in places)]


def test_every_test_that_needs_a_peer_runs_in_make_peers(checkout: Path) -> None:
    """Their modules are in the variable of the Makefile; a module that is not there is found."""
    makefile = (checkout / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.search(r"^PEER_TESTS := (.+)$", makefile, re.MULTILINE)
    assert found is not None
    places = found[1].split()
    assert all((checkout / place).exists() for place in places)
    texts = {
        path.relative_to(checkout).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((checkout / "tests").rglob("test_*.py"))
    }
    assert find_left_out(places, texts) == []
    assert find_left_out(places[1:], texts)
    assert find_left_out([], {"tests/a.py": "import torch"}) == []
