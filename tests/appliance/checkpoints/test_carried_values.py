"""What callbacks carry comes back as it was, of the same type; what cannot be kept is refused before it is written."""

from __future__ import annotations

import collections
import enum
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.checkpoints.values import decode, encode
from appliance.library.callbacks import Callback, CallbackWatcher
from support.checkpointed import KilledError, make_short, train
from verify.errors import UsageError
from verify.files.reading import parse_json

if TYPE_CHECKING:
    from pathlib import Path


def carry(value: object) -> Any:  # noqa: ANN401 - of the type of the value
    """Return a value after the way to a file and back."""
    arrays: dict[str, Any] = {}
    text = json.dumps(encode(value, arrays, "here")).encode()
    return decode(parse_json(text, where="here", what="a value"), arrays)


def nest(depth: int) -> list[Any]:
    """Return lists in each other."""
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


KEPT: tuple[object, ...] = (
    None, True, 3, -(2**63), 2**64, 2**127 + 1, 0.1, -0.0, math.inf, "", "\0", "a\nb", (1, [2.0, ("x",)]), {"": {}},
    np.True_, np.float64(0.1), np.float32(-0.0), np.float16(2), np.int8(-3), np.uint64(2**64 - 1), nest(30),
    np.random.default_rng(1).bit_generator.state,
)  # fmt: skip


@pytest.mark.parametrize("value", KEPT, ids=lambda value: f"{type(value).__name__}-{str(value)[:12]!r}")
def test_values_come_back(value: object) -> None:
    """Equal, of the same type, with the same sign of zero."""
    found = carry(value)
    assert type(found) is type(value)
    assert repr(found) == repr(value)


def test_arrays_come_back() -> None:
    """With type, shape and truth values, whatever their layout."""
    numbers = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    arrays: list[Any] = [
        np.array([[True], [False]]),
        numbers,
        numbers[:, ::2],
        np.zeros((0, 3), np.int8),
        np.array(2.5),
    ]
    for array in arrays:
        found = carry(array)
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert np.array_equal(found, array)
    assert math.isnan(carry(np.float32(math.nan)))


class Number(int):
    """A number that could have more to it."""


class Colour(enum.IntEnum):
    """A named number."""

    RED = 1


REFUSED: dict[str, tuple[object, str]] = {
    "half a pair": ("\ud800", "a text with half of a pair"),
    "half a pair as a key": ({"\ud800": 1}, "a text with half of a pair"),
    "a number as a key": ({3: 1}, "the key 3"),
    "too deep": (nest(40), "in each other"),
    "a set": ({1}, "builtins.set"),
    "bytes": (b"x", "builtins.bytes"),
    "complex": (1j, "builtins.complex"),
    "another int": (Number(3), "Number"),
    "an enum": (Colour.RED, "Colour"),
    "an ordered dict": (collections.OrderedDict(a=1), "collections.OrderedDict"),
    "a masked array": (np.ma.masked_array([1], [True]), "MaskedArray"),
    "objects": (np.array([None]), "object"),
    "texts": (np.array(["a"]), "<U1"),
    "a text of NumPy": (np.str_("a"), "str_"),
    "a date": (np.datetime64("2020"), "datetime64"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_come_back_is_refused(case: str) -> None:
    """With its place, what it is, and what to do."""
    value, found = REFUSED[case]
    with pytest.raises(UsageError, match="cannot be kept") as error:
        encode([0, {"a": value}], {}, "callbacks[0]")
    assert found in str(error.value.found)
    assert str(error.value.where).startswith("callbacks[0][1], a")
    assert error.value.remedy


class Carrying(Callback):
    """Carries what it is given."""

    def __init__(self, value: Any) -> None:  # noqa: ANN401 - anything
        self.value, self.found = value, None

    def capture(self) -> Any:  # noqa: ANN401 - as users write it
        """Return it."""
        return self.value

    def restore(self, state: Any) -> None:  # noqa: ANN401 - as users write it
        """Take it."""
        self.found = state


class Other(Carrying):
    """Another class of the same kind."""


def test_only_a_dict_is_carried(tmp_path: Path) -> None:
    """A bare number, and what no copy can be made of, are refused where the state is captured."""
    for value, found in ((5, "5"), ({"it": (n for n in "ab")}, "generator")):
        with pytest.raises(UsageError, match="cannot be kept") as error:
            train(make_short(), tmp_path / "c", watcher=CallbackWatcher([Carrying(value)]))
        assert found in str(error.value.found)
        assert "callbacks[0]" in str(error.value.where)


def test_other_callbacks_are_refused(tmp_path: Path) -> None:
    """A state goes back to the callback that gave it; one of another class in its place is named."""
    with pytest.raises(KilledError):
        train(make_short(), tmp_path / "c", steps=3, watcher=CallbackWatcher([print, Carrying({"a": 1})]))
    given: list[list[Any]] = [[print, Other({"a": 1})], [Carrying({"a": 1}), print], [Carrying({"a": 1})]]
    for callbacks in given:
        with pytest.raises(UsageError, match="other callbacks") as error:
            train(make_short(), tmp_path / "c", watcher=CallbackWatcher(callbacks))
        assert error.value.expected == "a function, Carrying"
        assert error.value.remedy
    same = Carrying({"a": 1})
    train(make_short(), tmp_path / "c", watcher=CallbackWatcher([lambda _: None, same]))
    assert same.found == {"a": 1}
