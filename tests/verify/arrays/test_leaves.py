"""Values taken apart: the same bits have the same digest, whatever their layout; other bits have another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from verify.arrays.leaves import list_leaves
from verify.arrays.samples import describe_leaf, rebuild
from verify.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GRID = np.arange(12.0).reshape(3, 4)
_EQUAL = {
    "byte order": (_GRID, _GRID.astype(">f8")),
    "Fortran order": (_GRID, np.asfortranarray(_GRID)),
    "strides": (_GRID[::2, ::2], _GRID[::2, ::2].copy()),
    "float": (0.1, np.float64(0.1)),
    "int": (3, np.array(3)),
    "list of floats": ([0.5, 1.5], np.array([0.5, 1.5])),
    "tuple": ({"a": (1, "x")}, {"a": [1, "x"]}),
    "order of keys": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "objects that are texts": (np.array(["a", "bc"], dtype=object), np.array(["a", "bc"])),
    "swapped texts": (np.array(["a", "bc"]), np.array(["a", "bc"]).astype(">U2")),
    "dates": (np.array(["2020-01-01"], dtype="M8[D]"), np.array(["2020-01-01"], dtype=">M8[D]")),
    "what a mask hides": (
        np.ma.array([1.0, 2.0], mask=[False, True]),
        np.ma.array([1.0, 7.0], mask=[False, True]),
    ),
}
_UNEQUAL = {
    "sign of zero": (0.0, -0.0),
    "payload of NaN": (np.array([0x7FF8000000000000]).view("f8"), np.array([0x7FF8000000000001]).view("f8")),
    "type": (np.float32(1), np.float64(1)),
    "shape": (np.zeros(4), np.zeros((2, 2))),
    "empty shapes": (np.zeros((0, 2)), np.zeros((0, 3))),
    "bool and int": (True, 1),
    "text and bytes": ("a", b"a"),
    "list and dict": ([], {}),
    "key and index": (["a"], {0: "a"}),
    "key and key": ({"0": "a"}, {0: "a"}),
    "mask": (np.ma.array([1.0], mask=[False]), np.array([1.0])),
    "unit": (np.timedelta64(1, "s"), np.timedelta64(1, "ms")),
    "long int": (2**70, 2**70 + 1),
    "none": (None, "None"),
    "imaginary zero": (1 + 0j, complex(1, -0.0)),
}


def digest(value: object) -> dict[str, str]:
    """Return the digests of a value's leaves by their places."""
    return {place: leaf.digest() for place, leaf in list_leaves(value).items()}


@pytest.mark.parametrize(("a", "b"), _EQUAL.values(), ids=list(_EQUAL))
def test_layout_does_not_show(a: object, b: object) -> None:
    """Byte order, strides, order of keys and kind of list make no difference."""
    assert digest(a) == digest(b)


@pytest.mark.parametrize(("a", "b"), _UNEQUAL.values(), ids=list(_UNEQUAL))
def test_bits_show(a: object, b: object) -> None:
    """One bit, another type or another shape makes a difference."""
    assert digest(a) != digest(b)


def test_padding_does_not_show() -> None:
    """Bytes between the fields of a structured array, and in a wide float, are no part of the value."""
    kind = np.dtype([("a", "i1"), ("b", "f8")], align=True)
    buffers = [bytearray([fill]) * kind.itemsize for fill in (0, 255)]
    arrays = [np.frombuffer(buffer, dtype=kind) for buffer in buffers]
    for array in arrays:
        array["a"], array["b"] = 1, 2.0
    assert buffers[0] != buffers[1]
    assert digest(arrays[0]) == digest(arrays[1])
    assert list(list_leaves(arrays[0])) == [".a", ".b"]
    wide = np.array([1.5], dtype=np.longdouble)
    dirty = wide.copy()
    if np.finfo(np.longdouble).nmant == 63:
        dirty.view("u1")[10:] = 7
    assert digest(wide) == digest(dirty)


def test_places_name_the_way_to_a_leaf() -> None:
    """Keys, indices and integer keys have three spellings."""
    assert list(list_leaves({"a": [{"b c": None}, {7: b"x"}]})) == ["['a'][0]['b c']", "['a'][1]{7}"]


class Tensor:
    """Stands for a tensor of another library, on another device."""

    requires_grad = False

    def __array__(self, dtype: object = None, copy: object = None) -> object:
        """Fail as such a tensor does."""
        raise TypeError("can't convert cuda:0 device type tensor to numpy")


class Gradient(Tensor):
    """Stands for a tensor in a graph."""

    requires_grad = True

    def detach(self) -> object:
        """Return its values."""
        return np.zeros(2)


def test_values_of_other_libraries_are_read() -> None:
    """What has `__array__` is an array; a tensor in a graph is detached."""
    assert digest(Gradient()) == digest(np.zeros(2))


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        np.array([object()]),
        {(1, 2): 0.0},
        Tensor(),
        np.array(["a\0", "b"], dtype=object),
        [[[1, "a"]] * 2] * 6000,
    ],
    ids=["object", "set", "objects", "key", "device", "zero byte", "many"],
)
def test_what_has_no_bits_is_refused(value: object) -> None:
    """The error names the place, and what to do."""
    with pytest.raises(UsageError) as error:
        list_leaves({"x": value})
    assert "['x']" in str(error.value)
    assert "np.asarray" in str(error.value)


def test_circle_is_refused() -> None:
    """A list that holds itself ends."""
    circle: list[object] = ["a"]
    circle.append(circle)
    with pytest.raises(UsageError, match="too many levels"):
        list_leaves(circle)


@pytest.mark.parametrize(
    "array",
    [
        np.array([0.1, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1.7976931348623157e308]),
        np.array([0.1, -0.0, np.nan, np.inf, 1e-45, 3.4028235e38], dtype="f4"),
        np.array([0.1, -0.0, np.nan, np.inf, 6e-8, 65504], dtype="f2"),
        np.array([0x7FF8000000000001, 0xFFF0000000000001], dtype="u8").view("f8"),
        np.array([1 + 2j, complex(np.nan, -0.0)]),
        np.array([True, False]),
        np.array([-(2**63), 2**63 - 1]),
        np.array([2**64 - 1], dtype="u8"),
        np.array(["2020-02-29T01:02:03", "NaT"], dtype="M8[ns]"),
        np.array([5, -7], dtype="m8[s]"),
        np.zeros((0, 3)),
        np.array(0.5),
    ],
    ids=str,
)
def test_small_arrays_are_made_again_from_their_samples(array: NDArray[Any]) -> None:
    """The text of each element is exact; another text gives no array."""
    leaf = list_leaves(array)[""]
    value = describe_leaf(leaf)
    found = rebuild(value)
    assert found is not None
    assert found.tobytes() == leaf.array.tobytes()
    assert found.shape == array.shape


def test_large_arrays_have_samples_and_parts() -> None:
    """32 samples from the first to the last element, and 16 digests."""
    value = describe_leaf(list_leaves(np.arange(1000))[""])
    assert (value.sample[0], value.sample[-1], len(value.sample), len(value.blocks)) == ("0", "999", 32, 16)
    assert rebuild(value) is None
