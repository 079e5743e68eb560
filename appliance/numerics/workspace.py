"""Reusable arrays, so that a training step allocates nothing large."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]


class Workspace:
    """Named arrays of one dtype; a second request for a name and a shape returns the same memory."""

    def __init__(self, dtype: type[np.floating[Any]]) -> None:
        self._dtype = dtype
        self._arrays: dict[str, Floats] = {}
        self._views: dict[tuple[str, tuple[int, ...]], Floats] = {}

    def take(self, name: str, *shape: int) -> Floats:
        """Return an array of that shape with arbitrary contents; it is valid until the name is requested again."""
        view = self._views.get((name, shape))
        if view is None:
            size = math.prod(shape)
            array = self._arrays.get(name)
            if array is None or array.size < size:
                array = np.empty(size, dtype=self._dtype)
                self._arrays[name] = array
                self._views = {key: kept for key, kept in self._views.items() if key[0] != name}
            view = array[:size].reshape(shape)
            self._views[name, shape] = view
        return view

    def take_columns(self, name: str, rows: int, columns: int) -> Floats:
        """Return an array (rows, columns) as `take` does, laid out column by column."""
        return self.take(name, columns, rows).T

    def take_like(self, name: str, like: Floats) -> Floats:
        """Return an array as `take` does, with the shape and the memory layout of another one without gaps."""
        order = sorted(range(like.ndim), key=lambda axis: (-like.strides[axis], axis))
        taken = self.take(name, *(like.shape[axis] for axis in order))
        return taken.transpose([order.index(axis) for axis in range(like.ndim)])

    def fill_like(self, name: str, value: float, like: Floats) -> Floats:
        """Return an array as `fill` does, with the shape and the memory layout of another one without gaps."""
        order = sorted(range(like.ndim), key=lambda axis: (-like.strides[axis], axis))
        filled = self.fill(name, value, *(like.shape[axis] for axis in order))
        return filled.transpose([order.index(axis) for axis in range(like.ndim)])

    def fill(self, name: str, value: float, *shape: int) -> Floats:
        """Return an array that holds one value, to be read only."""
        view = self._views.get((name, shape))
        if view is None:
            view = self.take(name, *shape)
            view.fill(value)
        return view
