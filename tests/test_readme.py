"""README and page on training show what the program prints: digests, losses and names are those of the goldens."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from appliance.config import list_configs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

# Whole, or cut as the program cuts it.
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha256:[0-9a-f]{12}(?=[.]{3})")


def find_unknown_digests(text: str, known: set[str]) -> list[str]:
    """Return the digests in a text that no golden has."""
    return sorted(found for found in set(DIGEST.findall(text)) if not any(one.startswith(found) for one in known))


def read_pages(root: Path) -> str:
    """Return the text of both pages."""
    return "\n".join((root / name).read_text(encoding="utf-8") for name in ("README.md", "docs/train-and-verify.md"))


def read_goldens(root: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Return all goldens by name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((root / "verify/goldens").glob("*.json"))}


def test_every_digest_shown_is_a_golden_one(checkout: Path) -> None:
    """Every digest in the two pages is one of a golden; control: a changed one is found."""
    known = {digest for golden in read_goldens(checkout).values() for digest in golden["digests"].values()}
    text = read_pages(checkout)
    assert len(DIGEST.findall(text)) > 5
    assert find_unknown_digests(text, known) == []
    assert (
        find_unknown_digests(re.sub("(?<=sha256:)[0-9a-f]", lambda digit: f"{int(digit[0], 16) ^ 1:x}", text), known)
        != []
    )


def test_the_losses_shown_are_the_golden_ones(checkout: Path) -> None:
    """The epochs printed in the page are those of the baseline's golden."""
    rows = json.loads((checkout / "verify/goldens/baseline.json").read_text())["epochs"]
    text = read_pages(checkout)
    for row in rows:
        assert f"train loss {row['train_loss']:.6f}  test loss {row['test_loss']:.6f}" in text


def test_every_configuration_is_named(checkout: Path) -> None:
    """Each configuration that ships is in the page."""
    text = read_pages(checkout)
    assert [name for name in list_configs() if f"`{name}`" not in text] == []
