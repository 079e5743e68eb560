"""Every way of building the program takes the same files: wheel, images, flake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

_BUILDERS = (
    ".dockerignore",
    "Dockerfile",
    "delivery/image/build.sh",
    "delivery/nix/check.sh",
    "delivery/nix/evaluate.sh",
    "pyproject.toml",
)


def read_sources(flake: str) -> list[str]:
    """Return the files and folders that the flake builds the program from."""
    (listed,) = re.findall(r"program = \[(.*?)\];", flake, flags=re.DOTALL)
    return re.findall(r"\./([\w.]+)", listed)


def find_left_out(sources: list[str], text: str) -> list[str]:
    """Return the sources that a text does not name."""
    return [name for name in sources if not re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", text)]


@pytest.mark.parametrize("builder", _BUILDERS)
def test_builder_names_every_source(builder: str, checkout: Path) -> None:
    """What the flake reads is copied by every script and by both stages of the Dockerfile."""
    sources = read_sources((checkout / "flake.nix").read_text(encoding="utf-8"))
    assert {"appliance", "verify", "configs", "pyproject.toml"} < set(sources)
    text = (checkout / builder).read_text(encoding="utf-8")
    # A file does not name itself; the settings of the build are its own.
    assert find_left_out([name for name in sources if name != builder], text) == []


def test_source_that_is_left_out_is_reported() -> None:
    """Negative control: a script that copies one package of two, and a longer name that is not the source."""
    assert read_sources("program = [\n ./appliance\n ./verify\n];") == ["appliance", "verify"]
    assert find_left_out(["appliance", "verify"], "tar -c appliance verify.py") == ["verify"]


def list_stops(dockerfile: str) -> list[str | None]:
    """Return, for every stage that starts a program, the signal that ends it; None for Docker's own choice."""
    stages = [stage for stage in re.split(r"(?m)^FROM ", dockerfile) if "\nENTRYPOINT " in stage]
    found = [re.search(r"(?m)^STOPSIGNAL (\w+)$", stage) for stage in stages]
    return [match[1] if match else None for match in found]


def test_images_are_stopped_by_a_signal_that_is_handled(checkout: Path) -> None:
    """Both images say so, whatever their bases say."""
    assert list_stops((checkout / "Dockerfile").read_text(encoding="utf-8")) == ["SIGTERM", "SIGTERM"]
    assert list_stops("FROM a\nUSER 1\nENTRYPOINT b\n") == [None]
