"""Compares the values of a check with its golden: bits decide, stored values and samples explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from verify.arrays.distances import Gap, accepts, find_gap
from verify.arrays.samples import describe_leaf, format_element, rebuild
from verify.errors import UsageError
from verify.files.array_golden import choose_indices, cut_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from verify.arrays.leaf import Leaf
    from verify.files.array_golden import ArrayValue

    Array = NDArray[Any]
    Find = Callable[[str], Array | None]

Kind = Literal["missing", "new", "type", "shape", "values", "unknown"]


@attrs.frozen(kw_only=True)
class Difference:
    """One value that is not the golden's.

    Args:
        place: where in the value of the check; empty for the whole.
        kind: "values" where elements are compared; "unknown" where only digests and some samples could be.
        expected: the golden's value, type or shape.
        found: the value, type or shape here.
        gap: which elements differ, where all values are known.
        note: what could be compared, where not all are known.
    """

    place: str
    kind: Kind
    expected: str
    found: str
    gap: Gap | None = None
    note: str = ""


@attrs.frozen(kw_only=True)
class Tolerance:
    """How far a value may be from its golden, with the reason why it may.

    Args:
        ulp: how many numbers of the format may lie between; None for no such limit.
        rtol: the largest relative difference; None for no such limit.
        reason: why the bits need not be equal.
    """

    ulp: int | None
    rtol: float | None
    reason: str

    def describe(self) -> str:
        """Return the limits in a few words."""
        limits = (("ulp", self.ulp), ("rtol", self.rtol))
        return ", ".join(f"{name}={limit}" for name, limit in limits if limit is not None)


def read_tolerance(ulp: object, rtol: object, reason: object) -> Tolerance | None:
    """Return the tolerance of a check; None where none is asked for.

    Raises:
        UsageError: a limit has no meaning, or there is no reason for it.
    """
    if ulp is None and rtol is None:
        if reason is not None:
            raise UsageError("a reason without a tolerance", expected="ulp= or rtol=", found="reason= alone")
        return None
    if ulp is not None and (type(ulp) is not int or not 0 <= ulp < 2**63):
        raise UsageError("a tolerance in ulp has no meaning", expected="an int from 0", found=ulp)
    if rtol is not None and (not isinstance(rtol, int | float) or not 0 <= rtol < 1):
        raise UsageError("a relative tolerance has no meaning", expected="a number from 0, below 1", found=rtol)
    if not isinstance(reason, str) or not reason.strip():
        raise UsageError(
            "a tolerance has no reason",
            expected='reason="why these bits may differ"',
            found="no text" if reason is None else repr(reason),
            remedy="write why the bits may differ, or remove the tolerance",
        )
    limit = None if rtol is None else float(rtol)
    return Tolerance(ulp=ulp, rtol=limit, reason=" ".join(reason.split()))


def compare_values(expected: Mapping[str, ArrayValue], found: Mapping[str, Leaf], find: Find) -> list[Difference]:
    """Return every value that does not have the digest in the golden.

    Args:
        expected: the values of the golden by their places.
        found: the values here.
        find: returns the array that belongs to a digest, where it was stored.
    """
    rows = []
    for place in [*found, *(place for place in expected if place not in found)]:
        value, leaf = expected.get(place), found.get(place)
        if value is None:
            rows.append(Difference(place=place, kind="new", expected="no such value", found=describe(leaf)))
        elif leaf is None:
            shown = f"{value.dtype} of shape {value.shape}"
            rows.append(Difference(place=place, kind="missing", expected=shown, found="no such value"))
        elif value.digest != leaf.digest():
            rows.append(_compare_value(place, value, leaf, find))
    return rows


def describe(leaf: Leaf | None) -> str:
    """Return type and shape of a leaf."""
    return "no such value" if leaf is None else f"{leaf.dtype} of shape {leaf.shape}"


def find_expected(value: ArrayValue, find: Find) -> Array | None:
    """Return the array in a golden: from its sample where that is the whole, else from the stored values."""
    array = rebuild(value)
    return find(value.digest) if array is None else array


def _compare_value(place: str, value: ArrayValue, leaf: Leaf, find: Find) -> Difference:
    if value.dtype != leaf.dtype:
        return Difference(place=place, kind="type", expected=value.dtype, found=leaf.dtype)
    if value.shape != leaf.shape:
        return Difference(place=place, kind="shape", expected=str(value.shape), found=str(leaf.shape))
    if leaf.text is not None:
        return Difference(place=place, kind="values", expected=value.sample[0], found=leaf.text)
    array = find_expected(value, find)
    gap = None if array is None else find_gap(array, leaf.array)
    if array is None or gap is None:
        return _compare_samples(place, value, leaf)
    sides = [format_element(side.reshape(-1)[gap.place : gap.place + 1]) for side in (array, leaf.array)]
    return Difference(place=place, kind="values", expected=sides[0], found=sides[1], gap=gap)


def _compare_samples(place: str, value: ArrayValue, leaf: Leaf) -> Difference:
    """Compare what a golden without values has: evenly spaced samples, and digests of equal parts."""
    here = describe_leaf(leaf)
    indices = choose_indices(value.size)
    pairs = zip(indices, value.sample, here.sample, strict=True)
    rows = [(index, a, b) for index, a, b in pairs if a != b]
    parts = zip(cut_blocks(value.size), value.blocks, here.blocks, strict=True)
    blocks = [part for part, a, b in parts if a != b]
    note = f"{len(rows)} of {len(indices)} samples differ"
    if blocks:
        first = f"{blocks[0].start} to {blocks[0].stop - 1}"
        note += f"; {len(blocks)} of {len(value.blocks)} parts differ, the first is elements {first} of {value.size}"
    if not rows:
        return Difference(place=place, kind="unknown", expected=value.digest, found=leaf.digest(), note=note)
    index, a, b = rows[0]
    return Difference(place=place, kind="unknown", expected=a, found=b, note=f"element {index} (C order); {note}")


def is_close(
    expected: Mapping[str, ArrayValue], found: Mapping[str, Leaf], find: Find, tolerance: Tolerance
) -> bool | None:
    """Tell whether all values are within a tolerance; None where the golden does not have the values to say so."""
    if expected.keys() != found.keys():
        return False
    for place, value in expected.items():
        leaf = found[place]
        if value.digest == leaf.digest():
            continue
        if (value.dtype, value.shape) != (leaf.dtype, leaf.shape) or leaf.text is not None:
            return False
        array = find_expected(value, find)
        if array is None:
            return None
        if not accepts(array, leaf.array, ulp=tolerance.ulp, rtol=tolerance.rtol):
            return False
    return True
