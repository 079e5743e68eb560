"""Features as they are stored, read as bytes, numbers or tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.data.changed_rows import change_rows
from appliance.data.changes import Cast
from appliance.data.controls import make_result
from appliance.data.extents import RANGES, control_finite, control_range, find_extent
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
    result = _find_type(data, list(parts.values()))
    results = [control_values(rows, result, where) for where, rows in parts.items()]
    if any(found.status != "pass" for found in results):
        return Features(results, train, test)
    return Features(results, *(cast_rows(rows, result) for rows in parts.values()))


_NAMES = {"uint8": "bytes", "int32": "tokens", "float32": "numbers"}


def control_values(rows: Rows, result: ResultType, where: str) -> Result:
    """D010 or D011: rows have finite numbers, or whole numbers that a type of features can hold."""
    if rows.dtype.kind == "f" and result != "float32":
        return make_result("D011", holds=False, expected="whole numbers", found=str(rows.dtype), where=where)
    extent = find_extent(rows)
    if rows.dtype.kind == "f":
        return control_finite(extent, where)
    return control_range(extent, *RANGES[result], f"{where}, as {_NAMES[result]}")


def cast_rows(rows: Rows, result: ResultType) -> Rows:
    """Return rows in a type of features, which can hold all their values."""
    return rows if rows.dtype == np.dtype(result) and rows.dtype.kind != "f" else change_rows(rows, Cast(result))


def _find_type(data: DataConfig, parts: list[Rows]) -> ResultType:
    """Return the type of the features of both parts."""
    if data.read_as == "tokens":
        extents = [find_extent(rows) for rows in parts]
        return "uint8" if all(found.lowest >= 0 and found.highest <= _MOST_BYTES for found in extents) else "int32"
    if data.read_as == "bytes" or (data.read_as == "stored" and all(rows.dtype == np.uint8 for rows in parts)):
        return "uint8"
    return "float32"
