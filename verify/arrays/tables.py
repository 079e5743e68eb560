"""Tables of other libraries, such as pandas, read column by column without a change of type."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


_NAMES_OF_MISSING = ("NAType", "NaTType", "NoneType")


def list_columns(value: Any) -> list[object] | None:  # noqa: ANN401 - of a library that is not imported
    """Return the names of the columns of a table; None for other values, and where all columns are one array.

    One array for columns of several types would need a common type, which cannot hold all their values.
    """
    names, types = getattr(value, "columns", None), getattr(value, "dtypes", None)
    if names is None or types is None or not hasattr(value, "__array__") or not hasattr(value, "__getitem__"):
        return None
    kinds = list(types)
    if all(isinstance(kind, np.dtype) and kind == kinds[0] for kind in kinds):
        return None
    return list(names)


def read_column(value: Any) -> Array | None:  # noqa: ANN401 - as above
    """Return a column as an array if NumPy alone would change its type; a masked one where values can be missing."""
    dtype: Any = getattr(value, "dtype", None)
    inner = getattr(dtype, "numpy_dtype", None)
    if isinstance(inner, np.dtype) and inner.kind in "biuf" and hasattr(value, "isna") and hasattr(value, "to_numpy"):
        data = value.to_numpy(dtype=inner, na_value=inner.type(0))
        return np.ma.MaskedArray(data, mask=np.asarray(value.isna(), dtype=np.bool_))
    if getattr(dtype, "tz", None) is not None and hasattr(dtype, "unit"):
        return np.asarray(value, dtype=f"datetime64[{dtype.unit}]")  # the same moments in UTC
    return None


def read_texts(array: Array) -> Array | None:
    """Return an array of objects that are texts as an array of texts, masked if some are missing; None for others."""
    items = array.astype(object).reshape(-1).tolist()
    missing = [_is_missing(item) for item in items]
    texts = ["" if gap else item for gap, item in zip(missing, items, strict=True)]
    if all(missing) or not all(isinstance(text, str) and not text.endswith("\0") for text in texts):
        return None
    found = np.array(texts, dtype=np.str_).reshape(array.shape)
    return np.ma.MaskedArray(found, mask=np.reshape(missing, array.shape)) if any(missing) else found


def _is_missing(item: object) -> bool:
    return type(item).__name__ in _NAMES_OF_MISSING or (isinstance(item, float) and math.isnan(item))
