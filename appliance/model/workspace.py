"""Reusable arrays, so that a training step allocates nothing large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Workspace:
    """Named arrays of one dtype; asking again for a name and a size returns the same memory."""

    def __init__(self, dtype: type[np.floating[Any]]) -> None:
        self._dtype = dtype
        self._arrays: dict[str, NDArray[np.floating[Any]]] = {}
        self._views: dict[tuple[str, int, int], NDArray[np.floating[Any]]] = {}

    def take(self, name: str, rows: int, columns: int) -> NDArray[np.floating[Any]]:
        """Return an array of shape (rows, columns) with arbitrary contents; it lives until the name is asked again."""
        view = self._views.get((name, rows, columns))
        if view is None:
            array = self._arrays.get(name)
            if array is None or array.size < rows * columns:
                array = np.empty(rows * columns, dtype=self._dtype)
                self._arrays[name] = array
                self._views = {key: kept for key, kept in self._views.items() if key[0] != name}
            view = array[: rows * columns].reshape(rows, columns)
            self._views[name, rows, columns] = view
        return view

    def take_columns(self, name: str, rows: int, columns: int) -> NDArray[np.floating[Any]]:
        """Return an array as `take` does, laid out column by column."""
        return self.take(name, columns, rows).T

    def fill(self, name: str, value: float, rows: int, columns: int) -> NDArray[np.floating[Any]]:
        """Return an array of shape (rows, columns) that holds one value, to be read only."""
        view = self._views.get((name, rows, columns))
        if view is None:
            view = self.take(name, rows, columns)
            view.fill(value)
        return view
