"""Tables and tensors of libraries that are not installed here: small stand-ins behave as pandas and PyTorch do."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from verify.arrays.comparing import compare_values
from verify.arrays.leaves import list_leaves
from verify.arrays.samples import describe_leaf
from verify.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Table:
    """A table as in pandas: as one array, its columns have a common type."""

    def __init__(self, *columns: tuple[object, Any]) -> None:
        self.columns = [name for name, _ in columns]
        self.parts = [part for _, part in columns]
        self.dtypes = [part.dtype for part in self.parts]

    def __getitem__(self, name: object) -> Any:  # noqa: ANN401 - as in pandas
        return self.parts[self.columns.index(name)]

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:  # noqa: ANN401 - as NumPy calls it
        return np.stack([np.asarray(part) for part in self.parts], axis=1)


class Column:
    """A column of pandas with a type of its own."""

    def __init__(self, values: list[Any], **dtype: Any) -> None:  # noqa: ANN401 - attributes of any type
        self.values = values
        self.dtype = SimpleNamespace(**dtype)

    def isna(self) -> list[bool]:
        """Tell which values are missing."""
        return [value is None for value in self.values]

    def to_numpy(self, dtype: Any, na_value: Any) -> NDArray[Any]:  # noqa: ANN401 - as in pandas
        """Return the values; missing ones are replaced."""
        return np.array([na_value if value is None else value for value in self.values], dtype=dtype)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:  # noqa: ANN401 - as NumPy calls it
        return np.array(self.values, dtype=dtype or np.float64)


class Tensor:
    """A tensor of PyTorch: NumPy has no such type, or the conjugation is only noted."""

    def __init__(self, bits: NDArray[Any], dtype: str, *, conjugated: bool = False) -> None:
        self.bits, self.dtype, self.conjugated = bits, f"torch.{dtype}", conjugated

    def element_size(self) -> int:
        """Return the bytes of an element."""
        return self.bits.itemsize

    def view(self, dtype: type[np.generic]) -> NDArray[Any]:
        """Return the bits as another type."""
        return self.bits.view(dtype)

    def resolve_conj(self) -> Tensor:
        """Return the conjugated values."""
        return Tensor(self.bits.conj(), self.dtype.removeprefix("torch.")) if self.conjugated else self

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:  # noqa: ANN401 - as NumPy calls it
        if self.conjugated or self.dtype in ("torch.bfloat16", "torch.qint8"):
            raise TypeError("Got unsupported ScalarType")
        return self.bits


BIG = np.array([2**53, 2**53 + 1])


def test_columns_of_several_types_keep_their_bits() -> None:
    """As one array, integers beyond 2**53 would be rounded; columns of one type stay one array."""
    mixed = list_leaves(Table(("a", BIG), ("b", np.zeros(2)), (3, np.array(["x", None], dtype=object))))
    assert list(mixed) == ["['a']", "['b']", "{3}.data", "{3}.mask"]
    np.testing.assert_array_equal(mixed["['a']"].array, BIG)
    assert [(place, leaf.shape) for place, leaf in list_leaves(Table(("a", BIG), ("b", BIG))).items()] == [("", (2, 2))]
    with pytest.raises(UsageError, match="two columns of a table have one name"):
        list_leaves(Table(("a", BIG), ("a", np.zeros(2))))


def test_missing_integers_are_a_mask() -> None:
    """As an array of NumPy, they would be floats with NaN."""
    leaves = list_leaves(Column([2**53 + 1, None], numpy_dtype=np.dtype("i8")))
    assert leaves[".data"].array.tolist() == [2**53 + 1, 0]
    assert leaves[".mask"].array.tolist() == [False, True]


def test_times_with_a_zone_are_compared_in_utc() -> None:
    """NumPy would make objects of them."""
    (leaf,) = list_leaves(Column(["2020-01-01"], tz="UTC", unit="us")).values()
    assert leaf.dtype == "<M8[us]"


def test_texts_with_gaps_are_a_mask() -> None:
    """None and NaN are missing texts; an array of objects without any text has no bits."""
    leaves = list_leaves(np.array(["a", None, float("nan")], dtype=object))
    assert leaves[".data"].array.tolist() == ["a", "", ""]
    assert leaves[".mask"].array.tolist() == [False, True, True]
    with pytest.raises(UsageError, match="an array of objects"):
        list_leaves(np.array([None, None], dtype=object))


def test_small_floats_have_their_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type that NumPy lacks is recorded under its name; one other bit is a difference."""
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(int16=np.int16))
    bits = np.array([[0x3F80, 0x4000]], dtype=np.int16)
    leaves = list_leaves(Tensor(bits, "bfloat16"))
    value = describe_leaf(leaves[""])
    assert (value.dtype, value.shape, value.sample) == ("bfloat16", (1, 2), ("803f", "0040"))
    assert compare_values({"": value}, leaves, lambda _: None) == []
    (row,) = compare_values({"": value}, list_leaves(Tensor(bits + 1, "bfloat16")), lambda _: None)
    assert (row.expected, row.found) == ("803f", "813f")


def test_noted_conjugation_is_done() -> None:
    """The values decide, not how they are stored."""
    values = np.array([1 + 2j])
    found = list_leaves(Tensor(values, "complex128", conjugated=True))
    assert found[""].digest() == list_leaves(values.conj())[""].digest()


def test_error_of_the_library_is_shown() -> None:
    """The remedy does not contradict the library's own advice."""
    with pytest.raises(UsageError, match="Got unsupported ScalarType") as caught:
        list_leaves(Tensor(np.zeros(1), "qint8"))
    assert "convert it in the test as its library says" in str(caught.value)
