"""Data controls: each one passes for sound data and fails for its own defect only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.data.controls import control_digest, control_samples, control_shape, require_controls
from appliance.errors import DataError
from support.idx_files import draw_images, draw_labels
from verify.catalogue.data import CONTROLS
from verify.digests import digest_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from verify.results import Result


def _relabel(*changes: tuple[int, int], count: int = 40) -> NDArray[np.uint8]:
    labels = draw_labels(count)
    for position, label in changes:
        labels[position] = label
    return labels


def _control(images: NDArray[Any], labels: NDArray[np.uint8]) -> tuple[Result, ...]:
    return control_samples(images, labels, sample_shape=(28, 28), classes=10, minimum=20, where="here")


DEFECTS: dict[str, tuple[NDArray[Any], NDArray[np.uint8], list[str], str]] = {
    "image_of_27_columns": (draw_images(40)[:, :, :27], draw_labels(40), ["D004"], "uint8 (40, 28, 27)"),
    "transposed_axes": (np.moveaxis(draw_images(40), 0, 2), draw_labels(28), ["D004"], "uint8 (28, 28, 40)"),
    "images_of_float32": (draw_images(40).astype(np.float32), draw_labels(40), ["D004"], "float32 (40, 28, 28)"),
    "one_label_short": (draw_images(40), draw_labels(39), ["D005"], "39 labels"),
    "one_label_more": (draw_images(40), draw_labels(41), ["D005"], "41 labels"),
    "one_sample_too_few": (draw_images(19), draw_labels(19), ["D006"], "19 samples"),
    "label_10": (draw_images(40), _relabel((7, 10)), ["D007"], "label 10 of sample 7, 1 in all"),
    "label_255": (draw_images(40), _relabel((3, 255), (4, 10)), ["D007"], "label 255 of sample 3, 2 in all"),
    "class_5_absent": (
        draw_images(40),
        _relabel((5, 4), (15, 4), (25, 4), (35, 4)),
        ["D008"],
        "no sample of class 5",
    ),
    "no_samples": (
        draw_images(0),
        draw_labels(0),
        ["D006", "D008"],
        "0 samples",
    ),
}


def test_sound_samples_pass_all_controls() -> None:
    """Five controls check samples; all of them pass, none of them needs a remedy."""
    controls = _control(draw_images(20), draw_labels(20))
    assert [control.id for control in controls] == ["D004", "D005", "D006", "D007", "D008"]
    assert {control.status for control in controls} == {"pass"}
    assert {control.remedy for control in controls} == {None}
    require_controls(controls)


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_fails_its_own_control(name: str) -> None:
    """A defect fails the control made for it, no other, and the error says what was found."""
    images, labels, identities, found = DEFECTS[name]
    controls = _control(images, labels)
    assert [control.id for control in controls if control.status == "fail"] == identities
    with pytest.raises(DataError, match=f"{identities[0]} the data fail a check") as caught:
        require_controls(controls)
    assert caught.value.found == found
    assert caught.value.where == "here"
    assert None not in (caught.value.expected, caught.value.remedy)


def test_digest_control_tells_files_apart() -> None:
    """The SHA-256 of `abc` (FIPS 180-4) passes for those bytes and for no other."""
    digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert control_digest(digest_bytes(b"abc"), digest, Path("file"), remedy="get it again").status == "pass"
    failed = control_digest(digest_bytes(b"abd"), digest, Path("file"), remedy="get it again")
    assert failed.status == "fail"
    assert failed.expected == digest
    assert failed.found != digest
    with pytest.raises(DataError, match="D002"):
        require_controls([failed])


def test_nothing_to_control_raises_nothing() -> None:
    """An empty list of controls has no failure in it; callers that need controls count them."""
    require_controls([])


@pytest.mark.parametrize(
    ("shape", "classes", "failed"),
    [((6, 5), 3, []), ((5, 6), 3, ["D004"]), ((30,), 3, ["D004"]), ((6, 5), 2, ["D007"]), ((6, 5), 4, ["D008"])],
)
def test_shape_and_classes_are_arguments(shape: tuple[int, ...], classes: int, failed: list[str]) -> None:
    """Samples of any shape and any number of classes pass where they are expected, and fail where others are."""
    samples, labels = np.zeros((12, 6, 5), dtype=np.uint8), (np.arange(12) % 3).astype(np.uint8)
    results = control_samples(samples, labels, sample_shape=shape, classes=classes, minimum=12, where="here")
    assert [result.id for result in results if result.status == "fail"] == failed


def test_one_class_is_not_enough() -> None:
    """With one class there is nothing to learn."""
    labels = np.zeros(12, dtype=np.uint8)
    results = control_samples(
        np.zeros((12, 5), dtype=np.uint8), labels, sample_shape=(5,), classes=1, minimum=12, where="here"
    )
    assert [(result.id, result.expected) for result in results if result.status == "fail"] == [
        ("D008", "classes 0 to 1")
    ]


def test_samples_without_bytes_fail() -> None:
    """A shape with a zero in it has no features."""
    result = control_shape(np.zeros((12, 0, 5), dtype=np.uint8), (0, 5), "here")
    assert (result.status, result.expected) == ("fail", "at least one byte for each sample")


@pytest.mark.checkout
def test_page_lists_the_controls(checkout: Path) -> None:
    """docs/data.md has one row for every control, and says of each what its title says."""
    page = (checkout / "docs" / "data.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (D\d{3}) \| (.*) \|$", page, flags=re.MULTILINE))
    assert list(rows) == [check.id for check in CONTROLS]
    assert [check.title for check in CONTROLS if not rows[check.id].replace("*", "").startswith(check.title)] == []
