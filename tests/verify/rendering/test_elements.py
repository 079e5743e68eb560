"""Single elements of arrays in words."""

from __future__ import annotations

from verify.judging.arrays import ArrayDifference
from verify.rendering import elements


def test_text_has_no_bits() -> None:
    """The bits of a text are longer than a line and tell nothing; those of a number stay."""
    assert elements.write_value("PCG64 36fb3e53", "0x0000006200000034") == "PCG64 36fb3e53"
    assert elements.write_value(1.0, "0x3f800000") == "1.0 (0x1.0000000000000p+0, bits 0x3f800000)"


def test_places_are_told_only_where_there_are_some() -> None:
    """A single number has no place."""
    assert elements.name_place((3, 41)) == ", element [3, 41]"
    assert [elements.name_place(index) for index in ((), None)] == ["", ""]


def test_share_of_a_single_number_is_not_told() -> None:
    """One of one is no share."""
    row = ArrayDifference(tensor="x", kind="values", index=(), a=1.0, b=2.0, ulp=9, largest=9, differing=1, elements=1)
    assert [name for name, _ in elements.list_rows(row)] == ["kind", "a", "b", "distance"]
