"""Dataset controls: what must hold of data before anything is learned from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs
import numpy as np

from appliance.errors import DataError
from verify.digests import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray


class Images(Protocol):
    """What has a number, a type and a shape, whether in memory or in a file."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions."""

    def __len__(self) -> int: ...


CLASSES = 10
IMAGE_SHAPE = (28, 28)
MINIMUM_SAMPLES = 10
_FETCH = "fetch the file again: repro-appliance data fetch NAME"


@attrs.frozen(kw_only=True)
class Control:
    """One control's outcome: `holds`, with what was expected, what was found, where, and what to do."""

    id: str
    title: str
    holds: bool
    expected: str
    found: str
    where: str
    remedy: str = "use data that meet the control, or fetch the original files"

    def to_error(self) -> DataError:
        """Return the error that reports this control as failed."""
        title = f"{self.id} data control failed: {self.title}"
        return DataError(title, expected=self.expected, found=self.found, where=self.where, remedy=self.remedy)


def require_controls(controls: Iterable[Control]) -> None:
    """Raise the error of the first control that does not hold.

    Raises:
        DataError: a control does not hold.
    """
    for control in controls:
        if not control.holds:
            raise control.to_error()


def control_digest(packed: bytes, expected: str, where: Path) -> Control:
    """D002: a file's bytes have the SHA-256 `expected`, written `sha256:<hex>`."""
    return control_found_digest(digest_bytes(packed), expected, where)


def control_found_digest(found: str, expected: str, where: Path, remedy: str = _FETCH) -> Control:
    """D002, for a file of which the digest is known."""
    return Control(
        id="D002",
        title="the file has the published SHA-256",
        holds=found == expected,
        expected=expected,
        found=found,
        where=str(where),
        remedy=remedy,
    )


def describe_file(
    identity: str, title: str, path: Path, error: DataError | None = None, remedy: str = _FETCH
) -> Control:
    """Return the control of a file that an error fails, or that holds for want of one."""
    found = "yes" if error is None else f"{error.title}: {error.found}, not {error.expected}"
    return Control(
        id=identity,
        title=title,
        holds=error is None,
        expected="yes",
        found=found,
        where=str(path),
        remedy=remedy,
    )


def control_samples(images: Images, labels: NDArray[np.uint8], *, minimum: int, where: str) -> tuple[Control, ...]:
    """Return the controls D004 to D008 of one part: images uint8 (n, 28, 28), labels uint8 (n,)."""
    return (
        control_image_shape(images, where),
        control_equal_counts(len(images), len(labels), where),
        control_minimum(len(labels), minimum, where),
        control_label_range(labels, where),
        control_classes(labels, where),
    )


def control_image_shape(images: Images, where: str) -> Control:
    """D004: images are unsigned bytes of shape (n, 28, 28), which makes 784 features."""
    return Control(
        id="D004",
        title="every image has 28 x 28 bytes",
        holds=images.dtype == np.uint8 and images.shape == (len(images), *IMAGE_SHAPE),
        expected="uint8 (n, 28, 28)",
        found=f"{images.dtype} {images.shape}",
        where=where,
    )


def control_equal_counts(images: int, labels: int, where: str) -> Control:
    """D005: there are as many labels as images."""
    return Control(
        id="D005",
        title="there is one label for each image",
        holds=images == labels,
        expected=f"{images} labels",
        found=f"{labels} labels",
        where=where,
    )


def control_minimum(count: int, minimum: int, where: str) -> Control:
    """D006: there are at least `minimum` samples."""
    return Control(
        id="D006",
        title="there are enough samples",
        holds=count >= minimum,
        expected=f"at least {minimum} samples",
        found=f"{count} samples",
        where=where,
    )


def control_label_range(labels: NDArray[np.uint8], where: str) -> Control:
    """D007: every label is one of 0 to 9; the first that is not is named."""
    wrong = np.flatnonzero(labels >= CLASSES)
    found = f"label {labels[wrong[0]]} of sample {wrong[0]}, {len(wrong)} in all" if len(wrong) else "labels 0 to 9"
    return Control(
        id="D007",
        title="every label is one of 0 to 9",
        holds=len(wrong) == 0,
        expected="labels 0 to 9",
        found=found,
        where=where,
    )


def control_classes(labels: NDArray[np.uint8], where: str) -> Control:
    """D008: every class 0 to 9 has at least one sample."""
    absent = [str(label) for label in range(CLASSES) if not (labels == label).any()]
    return Control(
        id="D008",
        title="every class has a sample",
        holds=not absent,
        expected="classes 0 to 9",
        found=f"no sample of class {', '.join(absent)}" if absent else "classes 0 to 9",
        where=where,
    )
