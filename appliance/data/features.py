"""Features as they are stored, read as bytes, numbers or tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.data.changed_rows import change_rows
from appliance.data.changes import Cast
from appliance.data.declared import RANGES, Extent, control_finite, control_range, find_extent
from appliance.errors import DataError

if TYPE_CHECKING:
    from appliance.config.schema import DataConfig
    from appliance.data.changes import ResultType
    from appliance.data.rows import Rows
    from verify.results import Result

_MOST_BYTES = 255


class Features(NamedTuple):
    """Rows (n, k) of both parts in a type of a data set, with the results of their controls."""

    results: list[Result]
    train: Rows
    test: Rows


def read_features(data: DataConfig, train: Rows, test: Rows) -> Features:
    """Return rows of both parts in the type that the settings say; the rows as they are, where a control failed.

    Args:
        data: what features are.
        train: rows (n, k), as they are stored.
        test: the same of the test part.

    Raises:
        DataError: bytes or tokens are no whole numbers.
    """
    parts = {f"{data.source}, train": train, f"{data.source}, test": test}
    for where, rows in parts.items():
        if data.read_as in ("bytes", "tokens") and rows.dtype.kind not in "iu":
            raise DataError(
                f"{data.read_as} must be whole numbers",
                expected="whole numbers",
                found=str(rows.dtype),
                where=f"{where}, data.read_as",
                remedy='store whole numbers, or set data.read_as = "numbers"',
            )
    if all(rows.dtype == np.uint8 for rows in parts.values()) and data.read_as != "numbers":
        return Features([], train, test)
    extents = {where: find_extent(rows) for where, rows in parts.items()}
    result = _find_type(data, [rows.dtype for rows in parts.values()], list(extents.values()))
    results = [
        control_finite(extents[where], where)
        if rows.dtype.kind == "f"
        else control_range(extents[where], *RANGES[result], f"{where}, as {_NAMES[result]}")
        for where, rows in parts.items()
    ]
    if any(found.status != "pass" for found in results):
        return Features(results, train, test)
    return Features(results, *(_cast(rows, result) for rows in parts.values()))


_NAMES = {"uint8": "bytes", "int32": "tokens", "float32": "numbers"}


def _cast(rows: Rows, result: ResultType) -> Rows:
    return rows if rows.dtype == np.dtype(result) and rows.dtype.kind != "f" else change_rows(rows, Cast(result))


def _find_type(data: DataConfig, dtypes: list[np.dtype[np.generic]], extents: list[Extent]) -> ResultType:
    """Return the type of the features of both parts."""
    if data.read_as == "tokens":
        return "uint8" if all(found.lowest >= 0 and found.highest <= _MOST_BYTES for found in extents) else "int32"
    if data.read_as == "bytes" or (data.read_as == "stored" and all(dtype == np.uint8 for dtype in dtypes)):
        return "uint8"
    return "float32"
