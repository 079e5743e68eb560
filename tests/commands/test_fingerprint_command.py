"""The command `fingerprint`: one description, or what two differ in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
import pytest

from verify.files.fingerprint import FINGERPRINT
from verify.host.fingerprint import capture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Return the files of two fingerprints that differ in the kernel of BLAS."""
    a = capture()
    b = attrs.evolve(a, compared={**a.compared, "blas.kernel": "Prescott"})
    for name, fingerprint in (("a", a), ("b", b)):
        (tmp_path / f"{name}.json").write_text(FINGERPRINT.format(fingerprint), encoding="utf-8")
    return tmp_path / "a.json", tmp_path / "b.json"


def test_json_is_a_fingerprint(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints one fingerprint on stdout."""
    assert call("fingerprint", "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["schema"] == "repro-appliance/fingerprint/1"
    assert err == ""


def test_text_goes_to_stdout(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """Text has every section, the class last; nothing goes to stderr."""
    assert call("fingerprint") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "blas.kernel" in out
    assert out.splitlines()[-1].startswith("class sha256:")


def test_equal_fingerprints_exit_0(
    call: Callable[..., int],
    pair: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A fingerprint agrees with itself."""
    assert call("fingerprint", "--diff", pair[0], pair[0]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("identical:")


def test_other_kernel_exits_1(
    call: Callable[..., int],
    pair: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The field that differs is named with both values, fields that agree are not shown."""
    assert call("fingerprint", "--diff", *pair) == 1
    out = capsys.readouterr().out
    assert "F001 blas.kernel" in out
    assert "found      Prescott" in out
    assert "numpy.version" not in out


def test_difference_as_json(
    call: Callable[..., int],
    pair: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """--diff with --json prints one object with a row per field."""
    assert call("fingerprint", "--diff", *pair, "--json") == 1
    body = json.loads(capsys.readouterr().out)
    assert body["verdict"] == "different"
    assert [row["title"] for row in body["checks"] if row["status"] == "fail"] == ["blas.kernel"]


def test_missing_file_is_a_usage_error(call: Callable[..., int], pair: tuple[Path, Path], tmp_path: Path) -> None:
    """A path that does not exist is the caller's mistake."""
    assert call("fingerprint", "--diff", pair[0], tmp_path / "nowhere") == 2
