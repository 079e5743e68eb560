"""Dataset controls: each holds for sound data and fails for its own defect alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.data.controls import control_digest, control_samples, require_controls
from appliance.errors import DataError
from support.idx_files import draw_images, draw_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _relabel(*changes: tuple[int, int], count: int = 40) -> NDArray[np.uint8]:
    labels = draw_labels(count)
    for position, label in changes:
        labels[position] = label
    return labels


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
    """Five controls look at samples, and all of them hold."""
    controls = control_samples(draw_images(20), draw_labels(20), minimum=20, where="here")
    assert [control.id for control in controls] == ["D004", "D005", "D006", "D007", "D008"]
    assert all(control.holds for control in controls)
    require_controls(controls)


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_fails_its_own_control(name: str) -> None:
    """A defect fails the control made for it, no other, and the error says what was found."""
    images, labels, identities, found = DEFECTS[name]
    controls = control_samples(images, labels, minimum=20, where="here")
    assert [control.id for control in controls if not control.holds] == identities
    with pytest.raises(DataError, match=f"{identities[0]} data control failed") as caught:
        require_controls(controls)
    assert caught.value.found == found
    assert caught.value.where == "here"
    assert None not in (caught.value.expected, caught.value.remedy)


def test_digest_control_tells_files_apart() -> None:
    """The SHA-256 of `abc` (FIPS 180-4) holds for those bytes and for no other."""
    digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert control_digest(b"abc", digest, Path("file")).holds
    failed = control_digest(b"abd", digest, Path("file"))
    assert not failed.holds
    assert failed.expected == digest
    assert failed.found != digest
    with pytest.raises(DataError, match="D002"):
        require_controls([failed])


def test_nothing_to_control_raises_nothing() -> None:
    """An empty list of controls has no failure in it; callers that need controls count them."""
    require_controls([])
