"""Arrays of a captured state that are not those of a training, and the error for such a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]


def require_same_arrays(expected: Arrays, found: Arrays) -> None:
    """Return if arrays have the names, shapes and types of others.

    Raises:
        UsageError: they do not; it names the first that differs.
    """
    for name in sorted({*expected, *found}):
        wanted, there = describe_array(expected.get(name)), describe_array(found.get(name))
        if wanted != there:
            raise describe_misfit(f"{name}: {wanted}", there)


def describe_array(array: NDArray[Any] | None) -> str:
    """Return type and shape of an array in words."""
    return "no such array" if array is None else f"{array.dtype.newbyteorder('=')} {array.shape}"


def describe_misfit(expected: object, found: object) -> UsageError:
    """Return the error for a state that cannot be one of this training."""
    return UsageError(
        "the state in the checkpoint does not fit this training",
        expected=expected,
        found=found,
        remedy="the same command without --resume begins the training again",
    )
