"""Channels: by which way the program came, and whether what came is what was pinned."""

from __future__ import annotations

import base64
import hashlib
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from verify.host import channel
from verify.host.channel import (
    detect_channel,
    digest_contents,
    find_altered,
    find_store_path,
    is_from_wheel,
    read_channel,
)
from verify.judging.pins import check_channel, read_pins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.digests import JsonValue

STORE = "/nix/store/0123-python3.13-numpy-2.4.4"


def make_wheel(number: int = 0, **changed: str) -> dict[str, str]:
    """Return one of the pinned wheels of NumPy, as the fingerprint has it."""
    tag, contents = sorted(read_pins().wheels["numpy"].items())[number]
    return {"version": read_pins().numpy, "tag": tag, "contents": contents, **changed}


def judge(channel: str, *, altered: tuple[str, ...] = (), **context: JsonValue) -> Mapping[str, str]:
    """Return the statuses of the channel's checks by id."""
    fields = {f"channel.{name}": value for name, value in context.items()} | {"channel": channel}
    return {row.id: row.status for row in check_channel(fields, altered=altered)}


def test_image_of_pinned_wheels_passes() -> None:
    """An image whose NumPy is the pinned wheel, untouched, passes all three checks."""
    assert judge("image", numpy_wheel=make_wheel()) == {"E101": "pass", "E102": "pass", "E103": "pass"}


@pytest.mark.parametrize(
    ("changed", "check"),
    [
        ({"numpy_wheel": make_wheel(contents="sha256:" + "0" * 64)}, "E102"),
        ({"numpy_wheel": make_wheel(tag="cp313-cp313-linux_riscv64")}, "E102"),
        ({"numpy_wheel": None}, "E102"),
        ({"numpy_wheel": make_wheel(), "altered": ("numpy/version.py",)}, "E103"),
    ],
)
def test_image_that_is_not_what_was_pinned_fails(changed: dict[str, Any], check: str) -> None:
    """A foreign wheel, an unknown platform, no wheel at all and an altered file each fail their check alone."""
    failed = [name for name, status in judge("image", **changed).items() if status != "pass"]
    assert failed == [check]


def test_unknown_channel_could_not_be_judged() -> None:
    """A declaration that is none of the known ways cannot turn the checks into information."""
    assert judge("bogus", numpy_wheel=make_wheel())["E101"] == "could-not-judge"
    assert judge("checkout", numpy_wheel=make_wheel())["E101"] == "info"


def test_nix_needs_the_store() -> None:
    """From Nix, program and NumPy must both lie in the store."""
    assert judge("nix", store_path=STORE, numpy_store_path=STORE) == {"E101": "pass", "E102": "pass"}
    assert judge("nix", store_path=STORE, numpy_store_path=None)["E102"] == "could-not-judge"
    assert judge("image", store_path=None, numpy_store_path=STORE)["E102"] == "could-not-judge"


def test_other_channels_only_inform() -> None:
    """A checkout promises no versions, so nothing there decides."""
    assert set(judge("checkout", numpy_wheel=None).values()) == {"info"}
    assert set(judge("wheel", numpy_wheel=make_wheel(), altered=("numpy/version.py",)).values()) == {"info"}


def test_declared_channel_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image says what it is through the environment, and passes its digest on."""
    monkeypatch.setenv("REPRO_APPLIANCE_CHANNEL", "image")
    monkeypatch.setenv("REPRO_APPLIANCE_IMAGE_DIGEST", "sha256:1234")
    found = read_channel()
    assert (found["channel"], found["channel.image_digest"]) == ("image", "sha256:1234")
    monkeypatch.delenv("REPRO_APPLIANCE_CHANNEL")
    assert detect_channel() in ("wheel", "checkout")


def test_store_paths_are_recognized() -> None:
    """A file in the Nix store belongs to the entry right below it."""
    assert find_store_path(Path(STORE, "lib", "numpy", "__init__.py")) == STORE
    assert find_store_path(Path("/usr/lib/python3/numpy.py")) is None
    assert find_store_path(Path("/nix/store")) is None


def test_this_numpy_is_a_pinned_wheel_as_it_arrived() -> None:
    """The wheel that runs these tests, unpacked by pip, has the digest that was made from the published file."""
    wheel = read_channel()["channel.numpy_wheel"]
    assert isinstance(wheel, dict)
    assert wheel["version"] == np.__version__ == read_pins().numpy
    assert read_pins().wheels["numpy"][wheel["tag"]] == wheel["contents"]
    assert find_altered("numpy") == []


def test_altered_and_missing_files_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more, or a file less, is named; what the installer wrote does not count."""
    info = tmp_path / "sample-1.0.dist-info"
    info.mkdir()
    (tmp_path / "sample.py").write_text("x = 1\n")
    (tmp_path / "kept.py").write_text("x = 2\n")
    digest = "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(b"x = 2\n").digest()).rstrip(b"=").decode()
    lines = [
        f"kept.py,{digest},6",
        f"sample.py,{digest},6",
        f"gone.py,{digest},6",
        f"sample-1.0.dist-info/INSTALLER,{digest},4",
    ]
    (info / "RECORD").write_text("\n".join(lines) + "\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    assert find_altered("sample") == ["gone.py", "sample.py"]


def test_contents_ignore_order_and_installers() -> None:
    """The digest covers what the wheel brought, in any order."""
    lines = [("a.py", "sha256=1"), ("b.py", "sha256=2")]
    extra = [("a-1.dist-info/INSTALLER", "sha256=3"), ("__pycache__/a.pyc", "sha256=4"), ("../../bin/a", "sha256=5")]
    assert digest_contents(lines) == digest_contents([*reversed(lines), *extra])
    assert digest_contents(lines) != digest_contents([("a.py", "sha256=1"), ("b.py", "sha256=3")])
    assert is_from_wheel("a-1.dist-info/METADATA")


@pytest.mark.parametrize("declared", ["wheel", "checkout"])
@pytest.mark.parametrize("place", ["image", "nix"])
def test_a_declaration_makes_nothing_less_strict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, declared: str
) -> None:
    """Inside an image or Nix, which are known by their files, the variable does not turn deciding checks into notes."""
    if place == "image":
        (tmp_path / channel.IMAGE_MARK).touch()
        monkeypatch.setattr("sys.prefix", str(tmp_path))
    else:
        monkeypatch.setattr(channel, "find_store_path", lambda _: STORE)
    for value, expected in ((declared, place), ("image", "image"), ("nix", "nix"), ("other", "other"), ("", place)):
        monkeypatch.setenv("REPRO_APPLIANCE_CHANNEL", value)
        assert detect_channel() == expected


@pytest.mark.parametrize("declared", ["image", "nix"])
def test_a_declaration_can_be_stricter(monkeypatch: pytest.MonkeyPatch, declared: str) -> None:
    """A checkout or a wheel may be held to the pinned versions."""
    monkeypatch.setenv("REPRO_APPLIANCE_CHANNEL", declared)
    assert detect_channel() == declared
