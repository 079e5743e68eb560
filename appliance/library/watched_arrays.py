"""Arrays that note the use of NumPy functions without portable results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance import portable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# One IEEE operation for each element, a choice, or a copy.
_ELEMENTWISE = frozenset(
    "absolute add bitwise_and bitwise_or ceil conjugate copysign divide equal fabs floor fmax fmin fmod frexp greater"
    " greater_equal heaviside invert isfinite isinf isnan ldexp less less_equal logical_and logical_not logical_or"
    " logical_xor maximum minimum multiply negative not_equal positive reciprocal rint sign signbit sqrt square"
    " subtract trunc".split()
)
_REDUCTIONS = frozenset("bitwise_and bitwise_or fmax fmin logical_and logical_or maximum minimum".split())
_COPIES = frozenset(
    "all any amax amin argmax argmin around array_split atleast_1d atleast_2d broadcast_arrays broadcast_to clip"
    " concatenate copy copyto count_nonzero diff dstack empty_like expand_dims flip full_like hstack max min moveaxis"
    " ndim nonzero ones_like pad ravel repeat reshape roll rollaxis rot90 round select shape size split squeeze stack"
    " swapaxes take take_along_axis tile transpose tril triu vstack where zeros_like".split()
)
_multiply = np.ndarray.dot
_NAMES = {"add.reduce": "sum", "add.accumulate": "cumsum", "multiply.reduce": "prod", "power": "x * x", "dot": "matmul"}


class WatchedArray(np.ndarray[Any, Any]):
    """An array that calls `note` with the name of each function that is not portable."""

    note: Callable[[str], None] | None = None

    def __array_finalize__(self, other: object) -> None:
        """Take over the function to call from the array that this one is made of."""
        self.note = getattr(other, "note", None)

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **named: Any) -> Any:  # noqa: ANN401
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        allowed = name in _ELEMENTWISE if method == "__call__" else method == "reduce" and ufunc.__name__ in _REDUCTIONS
        if not allowed:
            self._tell(name)
        if "out" in named:
            named["out"] = tuple(map(_strip, named["out"]))
        return self._wrap(getattr(ufunc, method)(*map(_strip, inputs), **{k: _strip(v) for k, v in named.items()}))

    def __array_function__(self, function: Any, types: Any, arguments: Any, named: Any) -> Any:  # noqa: ANN401
        if function.__name__ not in _COPIES:
            self._tell(function.__name__)
        stripped = [_strip(value) for value in arguments]
        return self._wrap(function(*stripped, **{key: _strip(value) for key, value in named.items()}))

    def dot(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as in NumPy
        """Take note of a product."""
        self._tell("dot")
        return self._wrap(_multiply(_strip(self), *map(_strip, arguments), **named))

    def _tell(self, name: str) -> None:
        if self.note is not None:
            self.note(name)

    def _wrap(self, value: Any) -> Any:  # noqa: ANN401 - arrays, numbers, tuples of them
        if isinstance(value, tuple | list):
            return type(value)(map(self._wrap, value))
        if type(value) is not np.ndarray:
            return value
        return watch(value, self.note)


def watch(array: NDArray[Any], note: Callable[[str], None] | None) -> NDArray[Any]:
    """Return a view that is watched."""
    view = array.view(WatchedArray)
    view.note = note
    return view


def _strip(value: Any) -> Any:  # noqa: ANN401 - any argument of NumPy's
    """Return plain arrays in the place of watched ones."""
    if isinstance(value, WatchedArray):
        return value.view(np.ndarray)
    if isinstance(value, tuple | list):
        return type(value)(map(_strip, value))
    return value


def advise(name: str) -> str:
    """Return a sentence about a function that is not portable, with what to use instead."""
    usual = _NAMES.get(name, name)
    if usual in portable.__all__:
        return f"np.{usual} gives other bits on other machines: use appliance.portable.{usual}"
    if usual != name:
        return f"np.{name} gives other bits on other machines: use {usual}"
    return f"np.{name} may give other bits on other machines: use + - * /, np.sqrt, comparisons, appliance.portable"
