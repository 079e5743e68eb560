"""Limits of values: each accepts what it should and names what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.files.limits import AtLeast, HexadecimalFloat, NotEmpty, Pattern


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [
        (Pattern("[a-c]+"), "abc", "abcd"),
        (Pattern("[0-9]"), "1", "1\n"),
        (Pattern("[0-9]"), "1", "\u0661"),
        (AtLeast(0), 0, -1),
        (AtLeast(0), 0.0, -0.5),
        (NotEmpty(), (1,), ()),
        (NotEmpty(), {"a": 1}, {}),
        (HexadecimalFloat(), "-0x1.8000000000000p-1022", "1.5"),
        (HexadecimalFloat(), "0x0.0p+0", "0x1.8p+9999"),
        (HexadecimalFloat(), "0x0.0000000000001p-1022", "inf"),
    ],
)
def test_limit(limit: Pattern | AtLeast | NotEmpty | HexadecimalFloat, good: object, bad: object) -> None:
    """The good value passes, the bad one is an error that says what was expected."""
    limit.check(good)
    with pytest.raises(ValueError, match="expected"):
        limit.check(bad)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_has_a_text_within_the_limit(value: float) -> None:
    """What float.hex writes is accepted."""
    HexadecimalFloat().check(value.hex())
