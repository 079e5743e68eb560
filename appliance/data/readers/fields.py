"""Adjacent fields of one type, read together row by row."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.data.readers.damage import make_damage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.config.own_files import ColumnType

_CONVERTERS = {"number": float, "integer": int, "category": str}
_KINDS = {"number": "a number", "integer": "a whole number of at most 64 bits", "category": "a text"}
_SHOWN = 60  # characters of a field


class Fields:
    """Some adjacent columns of one type, with what was read of them.

    Numbers are plain decimals, rounded to float64: nothing but ASCII, and no underscores, which Python would accept.

    Args:
        start: the place of the first column in a row.
        names: the names of the columns.
        kind: the type of their fields.
    """

    def __init__(self, start: int, names: Sequence[str], kind: ColumnType) -> None:
        self._places = slice(start, start + len(names))
        self._names = names
        self._kind = kind
        self._convert = _CONVERTERS[kind]
        self._store: Any = {"number": array("d"), "integer": array("q"), "category": []}[kind]

    def read(self, row: Sequence[str], where: str) -> None:
        """Add the fields of one row.

        Raises:
            DataError: a field is not of this type; `where` names the row.
        """
        fields = row[self._places]
        try:
            if self._kind != "category":
                _require_plain("".join(fields))
            self._store.extend(map(self._convert, fields))
        except (ValueError, OverflowError):
            raise self._describe_wrong(fields, where) from None

    def list_columns(self) -> Iterator[Any]:
        """Yield the columns: arrays of float64 or int64 (n,), or lists of texts."""
        width = len(self._names)
        if self._kind == "category":
            yield from (self._store[place::width] for place in range(width))
        else:
            dtype = np.float64 if self._kind == "number" else np.int64
            yield from np.array(self._store, dtype=dtype).reshape(-1, width).T

    def _describe_wrong(self, fields: Sequence[str], where: str) -> Exception:
        """Return the error for the first field that is not of this type."""
        place = next(place for place, field in enumerate(fields) if not self._accepts(field))
        found = f'"{cut(fields[place])}"' if fields[place] else "an empty field"
        title, place_of = "a field is not of its column's type", f"{where}, column {cut(self._names[place])}"
        return make_damage(title, _KINDS[self._kind], found, place_of, "correct the field, or remove its row")

    def _accepts(self, field: str) -> bool:
        try:
            _require_plain(field)
            type(self._store)(self._store.typecode, [self._convert(field)])
        except (ValueError, OverflowError):
            return False
        return True


def _require_plain(text: str) -> None:
    if "_" in text or not text.isascii():
        raise ValueError(text[:_SHOWN])


def cut(text: str) -> str:
    """Return a text as it is shown in an error, without the rest of a long one."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
