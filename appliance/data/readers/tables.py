"""Tables in CSV files: every field is read by the type that the configuration declares for its column."""

from __future__ import annotations

import csv
import io
from array import array
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np

from appliance.data.readers.damage import make_damage, report_damage
from appliance.data.readers.fields import Fields, cut
from verify.files.reading import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config.own_files import ColumnConfig, CsvConfig

_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_TITLE = "a CSV file cannot be read"
_EXPECTED = "CSV in UTF-8 with names in the first line"


class Column(NamedTuple):
    """One column of a table: its name, its settings, and its fields, numbers or texts, in order."""

    name: str
    settings: ColumnConfig
    fields: Any  # an array of float64 or of int64, or a list of texts


@attrs.frozen(kw_only=True, eq=False)
class Table:
    """The columns of a table that are used, in the order of the file, and the number of the line of each row."""

    path: Path
    columns: list[Column]
    lines: NDArray[np.int64]

    def name_place(self, row: int, column: str) -> str:
        """Return where a field stands."""
        return f"{self.path}, line {self.lines[row]}, column {column}"


def read_table(path: Path, settings: CsvConfig, *, labelled: bool = True) -> Table:
    """Return the columns of a CSV file that are features or targets.

    Args:
        path: the file.
        settings: the columns that it has.
        labelled: whether it has targets; without them only the columns of features must be there and are used.

    Raises:
        DataError: the file cannot be read, is no CSV, has other columns than the configuration, a row with another
            number of fields, or a field that is not of its column's type.
    """
    with report_damage(_TITLE, _EXPECTED, path), open_regular(path, what="a data file") as file:
        text = io.TextIOWrapper(io.BufferedReader(file), encoding="utf-8-sig", newline="")
        reader = csv.reader(text, delimiter=_SEPARATORS[settings.separator], strict=True)
        names = next(reader, [])
        used = _match_columns(names, settings.columns, path, labelled=labelled)
        lines = array("q")
        groups = list(_group(names, used))
        for row in reader:
            if len(row) != len(names) and row:
                title, where = "a row has another number of fields", f"{path}, line {reader.line_num}"
                remedy = "correct the row: a field that holds a separator needs quotes"
                raise make_damage(title, f"{len(names)} fields", f"{len(row)} fields", where, remedy)
            if row:
                lines.append(reader.line_num)
                for group in groups:
                    group.read(row, f"{path}, line {reader.line_num}")
    found_columns = [column for group in groups for column in group.list_columns()]
    columns = [Column(names[place], column, found) for (place, column), found in zip(used, found_columns, strict=True)]
    return Table(path=path, columns=columns, lines=np.array(lines, dtype=np.int64))


def _group(names: Sequence[str], used: Sequence[tuple[int, ColumnConfig]]) -> Iterator[Fields]:
    """Yield adjacent columns of one type together, in the order of the file."""
    for _, group in groupby(enumerate(used), lambda item: (item[1][0] - item[0], item[1][1].type)):
        places = [place for _, (place, _) in group]
        kind = next(column.type for place, column in used if place == places[0])
        yield Fields(places[0], [names[place] for place in places], kind)


def _match_columns(
    names: Sequence[str], columns: Sequence[ColumnConfig], path: Path, *, labelled: bool
) -> list[tuple[int, ColumnConfig]]:
    """Return the places of the columns that are used, with their settings; every column must have some.

    A name as a whole comes before the beginning of a name, and a longer beginning before a shorter one.
    """
    if not names or len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        found = f"{', '.join(twice[:5])} more than once" if twice else "nothing"
        raise make_damage("a CSV file has no good first line", "the name of every column, once", found, path)
    whole = {column.name: column for column in columns}
    begun = sorted((column for column in columns if column.name.endswith("*")), key=lambda column: -len(column.name))
    used, met = [], set()
    for place, name in enumerate(names):
        fits = (column for column in begun if name.startswith(column.name[:-1]))
        column = whole.get(name) or next(fits, None)
        if column is None:
            remedy = _advise_on_column(name, names)
            expected = ", ".join(cut(column.name) for column in columns[:10])
            raise make_damage("a column is not in the configuration", expected, cut(name), path, remedy)
        met.add(column.name)
        if column.role == "feature" or (column.role == "target" and labelled):
            used.append((place, column))
    missing = [column.name for column in columns if column.name not in met and (labelled or column.role == "feature")]
    if missing:
        found = ", ".join(map(cut, names[:10]))
        remedy = "add the column to the file, or change data.csv.columns: names must be equal, also in capital letters"
        raise make_damage("a column of the configuration is missing", cut(missing[0]), found, path, remedy)
    return used


def _advise_on_column(name: str, names: Sequence[str]) -> str:
    """Return what to do about a column that the configuration does not have."""
    for separator, sign in _SEPARATORS.items():
        if len(names) == 1 and sign in name:
            return f'state what stands between two fields of the file: data.csv.separator = "{separator}"'
    return f'add it to data.csv.columns, with role = "ignore" if it is not used, or correct its name: {cut(name)}'
