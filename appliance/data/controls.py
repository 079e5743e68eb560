"""Data controls: what must hold for samples before a network is trained on them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from appliance.errors import DataError
from verify import results
from verify.digests import digest_arrays
from verify.errors import advise_access

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from verify.results import Result


class Samples(Protocol):
    """Something with a length, an element type and a shape, in memory or in a file."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions, the number of samples first."""

    def __len__(self) -> int: ...


MINIMUM_SAMPLES = 10
MINIMUM_CLASSES = 2
_SHOWN = 20  # absent classes that are named


def make_result(
    identity: str, *, holds: bool, expected: str, found: str, where: str, remedy: str | None = None
) -> Result:
    """Return the result of a control; only a failed one has a remedy, the table's unless given."""
    return results.make_result(
        identity,
        "pass" if holds else "fail",
        expected=expected,
        found=found,
        where=where,
        remedy=None if holds else remedy,
    )


def require_controls(controls: Iterable[Result]) -> None:
    """Raise an error for the first control that failed.

    Raises:
        DataError: a control failed.
    """
    for result in controls:
        if result.status != "pass":
            raise DataError(
                f"{result.id} the data fail a check: {result.title}",
                expected=result.expected,
                found=result.found,
                where=result.where,
                remedy=result.remedy,
            )


def control_file(identity: str, path: Path, error: DataError | None = None, *, remedy: str) -> Result:
    """D001 or D003: a file could be read; `error` says why not."""
    found = "yes" if error is None else f"{error.title}: {error.found}, not {error.expected}"
    remedy = advise_access(error) or remedy
    return make_result(identity, holds=error is None, expected="yes", found=found, where=str(path), remedy=remedy)


def control_digest(found: str, expected: str, path: Path, *, remedy: str) -> Result:
    """D002: a file has the SHA-256 `expected`, written `sha256:<hex>`."""
    return make_result("D002", holds=found == expected, expected=expected, found=found, where=str(path), remedy=remedy)


def control_generated(arrays: Mapping[str, NDArray[Any]], expected: str, where: str) -> Result:
    """Return the result of D009: whether generated samples, by the names of a data set's digest, have their digest."""
    found = digest_arrays(arrays)
    remedy = "report this machine: the generator uses integers only"
    return make_result("D009", holds=found == expected, expected=expected, found=found, where=where, remedy=remedy)


def control_shape(samples: Samples, sample_shape: tuple[int, ...], where: str, dtype: str = "uint8") -> Result:
    """D004: samples have a type and the shape (n, ...), with at least one element for each sample."""
    whole = samples.dtype == np.dtype(dtype) and samples.shape == (len(samples), *sample_shape)
    dimensions = ", ".join(str(length) for length in sample_shape)
    return make_result(
        "D004",
        holds=whole and math.prod(sample_shape) > 0,
        expected=f"{dtype} (n, {dimensions})" if math.prod(sample_shape) else "at least one byte for each sample",
        found=f"{samples.dtype} {samples.shape}",
        where=where,
    )


def control_equal_counts(samples: int, labels: int, where: str) -> Result:
    """D005: there are as many labels as samples."""
    return make_result(
        "D005", holds=samples == labels, expected=f"{samples} labels", found=f"{labels} labels", where=where
    )


def control_minimum(count: int, minimum: int, where: str) -> Result:
    """D006: there are at least `minimum` samples."""
    expected = f"at least {minimum} samples"
    return make_result("D006", holds=count >= minimum, expected=expected, found=f"{count} samples", where=where)


def control_labels(labels: NDArray[np.integer[Any]], classes: int, where: str) -> Result:
    """D007: every label is below the number of classes and not negative; the first one that is not is named."""
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    expected = f"labels 0 to {classes - 1}"
    found = f"label {labels[wrong[0]]} of sample {wrong[0]}, {len(wrong)} in all" if len(wrong) else expected
    return make_result("D007", holds=len(wrong) == 0, expected=expected, found=found, where=where)


def control_classes(labels: NDArray[np.integer[Any]], classes: int, where: str) -> Result:
    """D008: there are at least two classes, each with at least one sample."""
    there = np.zeros(classes, dtype=bool)
    there[labels[(labels >= 0) & (labels < classes)]] = True
    absent = [str(label) for label in np.flatnonzero(~there)]
    shown = ", ".join(absent[:_SHOWN]) + (f" and {len(absent) - _SHOWN} others" if len(absent) > _SHOWN else "")
    expected = f"classes 0 to {max(classes, MINIMUM_CLASSES) - 1}"
    found = f"no sample of class {shown}" if absent else f"classes 0 to {classes - 1}"
    holds = not absent and classes >= MINIMUM_CLASSES
    return make_result("D008", holds=holds, expected=expected, found=found, where=where)


def control_samples(
    samples: Samples,
    labels: NDArray[np.uint8],
    *,
    sample_shape: tuple[int, ...],
    classes: int,
    minimum: int,
    where: str,
) -> tuple[Result, ...]:
    """Return the results of D004 to D008 for one part: samples uint8 (n, ...), labels uint8 (n,)."""
    return (
        control_shape(samples, sample_shape, where),
        control_equal_counts(len(samples), len(labels), where),
        control_minimum(len(labels), minimum, where),
        control_labels(labels, classes, where),
        control_classes(labels, classes, where),
    )
