"""Tables in CSV files: every field by the declared type of its column, every mistake with its line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.config.own_files import ColumnConfig, CsvConfig
from appliance.data.readers.columns import find_values, list_class_names, make_features, make_labels, require_finite
from appliance.data.readers.tables import read_table
from appliance.errors import DataError
from support.own_data import write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

HEADER: list[object] = ["size", "count", "colour", "kind", "note"]
ROWS: list[list[object]] = [
    HEADER,
    ["1.5", "7", "red", "b", "x, y"],
    ["-2e-3", "-8", "blue", "a", ""],
    ["0", "9", "red", "b", '"'],
]
COLUMNS = (
    ColumnConfig(name="size"),
    ColumnConfig(name="count", type="integer"),
    ColumnConfig(name="colour", type="category"),
    ColumnConfig(name="kind", type="category", role="target"),
    ColumnConfig(name="note", role="ignore"),
)
SETTINGS = CsvConfig(path="mine.csv", columns=COLUMNS)


def change(row: int, column: int, field: object) -> list[list[object]]:
    """Return the rows with another field."""
    rows = [list(row) for row in ROWS]
    rows[row][column] = field
    return rows


def read_numbers(path: Path, settings: CsvConfig = SETTINGS) -> tuple[list[Any], list[Any], tuple[str, ...]]:
    """Return features, labels and names of the classes of a table."""
    table = read_table(path, settings)
    require_finite(table)
    values = find_values(table)
    return make_features(table, values).tolist(), make_labels(table, values).tolist(), list_class_names(table, values)


@pytest.mark.parametrize(("separator", "delimiter"), [("comma", ","), ("semicolon", ";"), ("tab", "\t")])
def test_fields_are_read_by_their_type(separator: Any, delimiter: str, tmp_path: Path) -> None:  # noqa: ANN401
    """Numbers, whole numbers, categories as columns of 0 and 1, classes by the order of their texts."""
    path = write_csv(tmp_path / "mine.csv", ROWS, delimiter)
    features, labels, names = read_numbers(path, CsvConfig(path="a", separator=separator, columns=COLUMNS))
    assert features == [[1.5, 7, 0, 1], [-0.002, -8, 1, 0], [0, 9, 0, 1]]
    assert (labels, names) == ([1, 0, 1], ("a", "b"))


def test_declared_values_have_their_order(tmp_path: Path) -> None:
    """The texts that are declared have the numbers of their places; a text that is not among them is a mistake."""
    path = write_csv(tmp_path / "mine.csv", ROWS)
    kind = ColumnConfig(name="kind", type="category", role="target", values=("b", "c", "a"))
    settings = CsvConfig(path="a", columns=(*COLUMNS[:3], kind, COLUMNS[4]))
    assert read_numbers(path, settings)[1:] == ([0, 2, 0], ("b", "c", "a"))
    write_csv(path, change(2, 3, "d"))
    with pytest.raises(DataError, match="its category does not have") as caught:
        read_numbers(path, settings)
    assert (caught.value.expected, caught.value.found) == ("b, c, a", '"d"')
    assert str(caught.value.where) == f"{path}, line 3, column kind"


def test_beginnings_of_names(tmp_path: Path) -> None:
    """One entry stands for all columns that begin with its text; a whole name and a longer beginning come first."""
    path = write_csv(tmp_path / "mine.csv", [["p1", "y", "p2", "pq1"], [1, 2, 3, 4], [5, 6, 7, 8]])
    columns = (
        ColumnConfig(name="p*", type="integer"),
        ColumnConfig(name="pq*", role="ignore"),
        ColumnConfig(name="p2", role="target"),
        ColumnConfig(name="y", type="integer"),
    )
    features, labels, names = read_numbers(path, CsvConfig(path="a", columns=columns))
    assert (features, labels, names) == ([[1, 2], [5, 6]], [[3.0], [7.0]], ())


def test_whole_numbers_stay_whole_numbers(tmp_path: Path) -> None:
    """Features are int64 if every column is; a target may be the number of a class; empty lines are skipped."""
    path = tmp_path / "mine.csv"
    path.write_bytes(b"\xef\xbb\xbfx,y\r\n9007199254740993,2\r\n\r\n1,0\r\n")
    columns = (ColumnConfig(name="x", type="integer"), ColumnConfig(name="y", type="integer", role="target"))
    table = read_table(path, CsvConfig(path="a", columns=columns))
    assert make_features(table, {}).dtype == np.int64
    assert make_features(table, {}).tolist() == [[2**53 + 1], [1]]
    assert make_labels(table, {}).tolist() == [2, 0]
    assert table.lines.tolist() == [2, 4]


@pytest.mark.parametrize(
    ("row", "column", "field", "title"),
    [
        (2, 0, "", "not of its column's type"),
        (2, 0, "red", "not of its column's type"),
        (2, 0, "1,5", "not of its column's type"),
        (2, 0, "1_000", "not of its column's type"),
        (2, 0, "\u0661", "not of its column's type"),
        (2, 0, "nan", "no finite number"),
        (2, 0, "-inf", "no finite number"),
        (2, 0, "1e999", "no finite number"),
        (2, 1, "1.0", "not of its column's type"),
        (2, 1, "9223372036854775808", "not of its column's type"),
        (2, 1, "9" * 5000, "not of its column's type"),
    ],
)
def test_wrong_fields_are_refused(row: int, column: int, field: str, title: str, tmp_path: Path) -> None:
    """A field that is not of its column's type is one error with its line and its column."""
    path = write_csv(tmp_path / "mine.csv", change(row, column, field))
    with pytest.raises(DataError, match=title) as caught:
        read_numbers(path)
    assert str(caught.value.where) == f"{path}, line {row + 1}, column {HEADER[column]}"
    assert len(str(caught.value.found)) < 100


def _drop(rows: Sequence[Sequence[object]], place: int) -> list[list[object]]:
    return [[field for number, field in enumerate(row) if number != place] for row in rows]


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        ([*ROWS, ["1", "2", "red", "a"]], "another number of fields"),
        ([*ROWS, [*ROWS[1], "more"]], "another number of fields"),
        (_drop(ROWS, 1), "is missing"),
        (change(0, 4, "notes"), "not in the configuration"),
        (change(0, 1, "size"), "no good first line"),
        ([[]], "no good first line"),
    ],
)
def test_other_columns_are_refused(rows: list[list[object]], title: str, tmp_path: Path) -> None:
    """The columns of the file are those of the configuration, and every row has a field for each."""
    path = write_csv(tmp_path / "mine.csv", rows)
    with pytest.raises(DataError, match=title) as caught:
        read_numbers(path)
    assert str(caught.value.where).startswith(str(path))


def _write_with_semicolons(path: Path) -> Path:
    return write_csv(path, ROWS, ";")


@pytest.mark.parametrize(
    ("write", "remedy"),
    [
        (_write_with_semicolons, 'data.csv.separator = "semicolon"'),
        (lambda path: write_csv(path, change(0, 0, "Size")), "or correct its name: Size"),
        (lambda path: write_csv(path, _drop(ROWS, 1)), "add the column to the file, or change data.csv.columns"),
        (lambda path: write_csv(path, [*ROWS, ["1"]]), "correct the row"),
    ],
)
def test_errors_of_columns_say_what_to_do(write: Callable[[Path], Path], remedy: str, tmp_path: Path) -> None:
    """Another separator is not taken for the name of a column."""
    with pytest.raises(DataError) as caught:
        read_numbers(write(tmp_path / "mine.csv"))
    assert remedy in str(caught.value.remedy)


@pytest.mark.parametrize(
    "data",
    [b"", b"size,count\xff", b'size,"count\n', b"\x89PNG\r\n\x1a\n\x00\x00", b'"a"b,c\n', b"a" * 200_000],
)
def test_other_files_are_refused(data: bytes, tmp_path: Path) -> None:
    """What is no CSV in UTF-8 is one error."""
    path = tmp_path / "mine.csv"
    path.write_bytes(data)
    with pytest.raises(DataError):
        read_numbers(path)
    with pytest.raises(DataError, match="missing"):
        read_numbers(tmp_path / "other.csv")
