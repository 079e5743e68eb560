"""From the columns of a table to arrays of features or labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.data.readers.damage import make_damage
from appliance.data.readers.fields import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from appliance.data.readers.tables import Column, Table


def require_finite(table: Table) -> None:
    """Refuse a number that is not finite, such as "nan".

    Raises:
        DataError: there is one; the first is named with its line.
    """
    for column in table.columns:
        if column.settings.type == "number":
            values = column.fields
            lost = np.flatnonzero(~np.isfinite(values))
            if len(lost):
                where, found = table.name_place(int(lost[0]), column.name), str(values[lost[0]])
                remedy = "correct the field, or remove its row"
                raise make_damage("a field is no finite number", "a finite number", found, where, remedy)


def find_values(table: Table) -> dict[str, tuple[str, ...]]:
    """Return the texts of every category of a table: those that are declared, or all that it has, sorted."""
    return {
        column.name: column.settings.values or tuple(sorted(set(column.fields)))
        for column in table.columns
        if column.settings.type == "category"
    }


def make_features(table: Table, values: dict[str, tuple[str, ...]]) -> NDArray[Any]:
    """Return the features of all rows (n, k): int64 if all are whole numbers, else float64.

    A category is one feature for each of its texts, 1 for the text of a row and 0 for all others.

    Raises:
        DataError: a field has a text that its category does not have.
    """
    parts: list[NDArray[Any]] = []
    for column in _list_role(table, "feature"):
        if column.settings.type == "category":
            codes = _encode(table, column, values[column.name])
            parts.append((codes[:, None] == np.arange(len(values[column.name]))).astype(np.float64))
        else:
            parts.append(column.fields[:, None])
    return np.concatenate(parts, axis=1)


def make_labels(table: Table, values: dict[str, tuple[str, ...]]) -> NDArray[Any]:
    """Return class numbers int64 (n,), or targets float64 (n, t), of all rows.

    Raises:
        DataError: a field has a text that its category does not have.
    """
    columns = list(_list_role(table, "target"))
    if columns[0].settings.type == "category":
        return _encode(table, columns[0], values[columns[0].name])
    if columns[0].settings.type == "integer":
        return np.asarray(columns[0].fields)
    return np.stack([column.fields for column in columns], axis=1)


def list_class_names(table: Table, values: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the texts of the classes, in the order of their numbers; none where there are no such texts."""
    return next((values[column.name] for column in _list_role(table, "target") if column.name in values), ())


def _list_role(table: Table, role: str) -> Iterator[Column]:
    return (column for column in table.columns if column.settings.role == role)


def _encode(table: Table, column: Column, values: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the numbers of the texts of a column."""
    numbers = {text: number for number, text in enumerate(values)}
    codes = np.fromiter((numbers.get(text, -1) for text in column.fields), np.int64, len(column.fields))
    lost = np.flatnonzero(codes < 0)
    if len(lost):
        expected = ", ".join(cut(text) for text in values[:10])
        found, where = f'"{cut(column.fields[lost[0]])}"', table.name_place(int(lost[0]), cut(column.name))
        remedy = "correct the field, or add its text to the values of this column in data.csv.columns"
        raise make_damage("a field has a text that its category does not have", expected, found, where, remedy)
    return codes
