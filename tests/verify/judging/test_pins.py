"""Pins: a difference from them is reported, and decides only in strict channels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs
import pytest

from verify.bits import BITS_VERSION
from verify.files.fingerprint import build_fingerprint
from verify.judging.pins import check_pins, read_pins
from verify.results import judge

if TYPE_CHECKING:
    from pathlib import Path

    from verify.digests import JsonValue
    from verify.files.fingerprint import Fingerprint


def _conform(**changed: str | None) -> Fingerprint:
    pins = read_pins()
    compared: dict[str, JsonValue] = {
        "python.version": pins.python + ".14",
        "numpy.version": pins.numpy,
        "blas.name": "openblas",
        "blas.version": pins.openblas["nix"],
    }
    compared |= {f"package.{name}": version for name, version in pins.packages.items()}
    return build_fingerprint({**compared, **changed}, {}, {})


def test_conforming_environment_passes_strictly() -> None:
    """Where every version is the pinned one, each strict row passes."""
    assert {row.status for row in check_pins(_conform(), strict=True)} == {"pass"}


@pytest.mark.parametrize(
    ("field", "value", "check"),
    [
        ("python.version", "3.12.9", "E001"),
        ("python.version", "3.130.1", "E001"),
        ("numpy.version", "2.4.5", "E002"),
        ("blas.version", "0.3.32", "E003"),
        ("blas.name", "mkl", "E003"),
        ("package.attrs", "1.0", "E005"),
        ("package.typer", None, "E005"),
    ],
)
def test_other_version_is_no_difference_of_results(field: str, value: str | None, check: str) -> None:
    """In a strict channel one other version is one row that could not be judged, with a remedy, and only that one."""
    failed = [row for row in check_pins(_conform(**{field: value}), strict=True) if row.status != "pass"]
    assert [(row.id, row.status) for row in failed] == [(check, "could-not-judge")]
    assert failed[0].remedy


def test_pinned_bits_version_is_checked() -> None:
    """Pins of another bits version do not fit this program."""
    pins = attrs.evolve(read_pins(), bits=BITS_VERSION + 1)
    rows = check_pins(_conform(), strict=True, pins=pins)
    assert [row.id for row in rows if row.status == "could-not-judge"] == ["E004"]


def test_pins_inform_without_deciding() -> None:
    """Otherwise no row decides: neither a difference nor an agreement is a verdict about results."""
    rows = check_pins(_conform(**{"numpy.version": "1.26.4"}))
    assert {row.status for row in rows} == {"info"}
    assert judge(rows) == "could-not-judge"
    assert [row.id for row in rows if row.remedy] == ["E002"]


@pytest.mark.parametrize(("channel", "says"), [("nix", "flake's lock"), ("image", "build it again")])
def test_remedy_of_a_strict_channel_is_its_own(channel: str, says: str) -> None:
    """Inside Nix nobody is told to use Nix; the title says who promised the version."""
    found = attrs.evolve(_conform(**{"numpy.version": "1.26.4"}), context={"channel": channel})
    (row,) = (row for row in check_pins(found, strict=True) if row.status != "pass")
    assert says in str(row.remedy)
    assert "or use Nix" not in str(row.remedy)
    assert row.title == f"NumPy is not the version that the channel {channel} promises"


def test_wheels_bundled_library_is_pinned_too() -> None:
    """The OpenBLAS inside NumPy's wheels is as good as the one from Nix."""
    wheel = _conform(**{"blas.version": read_pins().openblas["wheel"]})
    assert {row.status for row in check_pins(wheel, strict=True)} == {"pass"}


@pytest.mark.checkout
def test_pins_are_what_the_lock_installs(checkout: Path) -> None:
    """The hash lock and the pins name the same versions."""
    text = (checkout / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", text, flags=re.MULTILINE))
    pins = read_pins()
    assert {name: locked.get(name) for name in pins.packages} == pins.packages
    assert locked["numpy"] == pins.numpy
