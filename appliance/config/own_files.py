"""Settings of data in files of one's own: arrays, tables, images in folders."""

from __future__ import annotations

import re
from typing import Literal

import attrs

from appliance.config.growth import entries_of, newer
from appliance.config.limits import FLAG, MOST_CLASSES, Limit, about, choice

_MOST_COLUMNS = 2**16
_LONGEST = 500  # characters of a path or of a name

ColumnType = Literal["number", "integer", "category"]
Separator = Literal["comma", "semicolon", "tab"]
Role = Literal["feature", "target", "ignore"]


def _is_relative(value: object) -> bool:
    """Tell whether a value is a path below some folder, the same on every system; empty for none."""
    if not isinstance(value, str) or len(value) > _LONGEST or "\\" in value or re.match("[A-Za-z]:", value):
        return False
    return not value or all(part not in ("", ".", "..") for part in value.split("/"))


def _is_names(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) <= MOST_CLASSES
        and all(isinstance(name, str) and len(name) <= _LONGEST for name in value)
        and len(set(value)) == len(value)
    )


_PLACE = Limit("a path such as data/mine.csv: relative, with / and without ..", _is_relative)
_ARRAY = Limit("a file such as x.npy, x.npz:name or x-idx3-ubyte.gz: a relative path", _is_relative)
_NAMES = Limit("a list of texts, each once", _is_names)
_NAME = Limit("a text of 1 to 500 characters", lambda value: isinstance(value, str) and 0 < len(value) <= _LONGEST)


def _require_one(section: str, single: list[str], both: list[str]) -> None:
    """Raise ValueError unless exactly one of two groups of paths is given, and that one completely."""
    if all(single) and not any(both):
        return
    if all(both) and not any(single):
        return
    raise ValueError(f"{section} needs paths for all samples, or for training and for test, not parts of both")


@attrs.frozen(kw_only=True)
class ArraysConfig:
    """Arrays in files of the types npy, npz or IDX: all samples, to be split, or training and test apart."""

    features: str = newer(
        default="", validator=_ARRAY, metadata=about("features of all samples; [data.split] divides them")
    )
    labels: str = newer(default="", validator=_ARRAY, metadata=about("class numbers or targets of all samples"))
    train_features: str = newer(default="", validator=_ARRAY, metadata=about("features to train with"))
    train_labels: str = newer(default="", validator=_ARRAY, metadata=about("their class numbers or targets"))
    test_features: str = newer(default="", validator=_ARRAY, metadata=about("features to test with"))
    test_labels: str = newer(default="", validator=_ARRAY, metadata=about("their class numbers or targets"))

    def __attrs_post_init__(self) -> None:
        parts = [self.train_features, self.train_labels, self.test_features, self.test_labels]
        _require_one("[data.arrays]", [self.features, self.labels], parts)

    @property
    def whole(self) -> bool:
        """Whether one pair of arrays holds all samples."""
        return bool(self.features)


@attrs.frozen(kw_only=True)
class ColumnConfig:
    """One column of a table, or all columns of which the name has this beginning.

    Attributes:
        name: the name in the first line; `pixel*` stands for all columns that begin with `pixel`, in their order.
        type: a number, a whole number, or one of several texts.
        role: whether it is a feature, the target, or not used.
        values: the texts of a category, in the order of their numbers; if empty, those of the training samples, sorted.
    """

    name: str = attrs.field(
        validator=_NAME, metadata=about("name in the first line; pixel* for all that begin with pixel")
    )
    type: ColumnType = newer(
        default="number",
        validator=choice("number", "integer", "category"),
        metadata=about("what its fields hold; a category is a text, as a feature one column of 0 and 1 for each"),
    )
    role: Role = newer(
        default="feature",
        validator=choice("feature", "target", "ignore"),
        metadata=about("a target is a class if it is an integer or a category, else the target of a regression"),
    )
    values: tuple[str, ...] = newer(
        default=(),
        validator=_NAMES,
        converter=tuple,
        metadata=about(
            "of a category: its texts in the order of their numbers; empty: those found for training, sorted"
        ),
    )

    def __attrs_post_init__(self) -> None:
        if self.values and self.type != "category":
            raise ValueError(f'values belong to type = "category", not to "{self.type}"')


@attrs.frozen(kw_only=True)
class CsvConfig:
    """Tables in CSV files, with names in the first line: all samples, to be split, or training and test apart."""

    path: str = newer(default="", validator=_PLACE, metadata=about("table of all samples; [data.split] divides them"))
    train_path: str = newer(default="", validator=_PLACE, metadata=about("table of the samples to train with"))
    test_path: str = newer(default="", validator=_PLACE, metadata=about("table of the samples to test with"))
    separator: Separator = newer(
        default="comma",
        validator=choice("comma", "semicolon", "tab"),
        metadata=about("what stands between two fields"),
    )
    columns: tuple[ColumnConfig, ...] = attrs.field(
        validator=Limit("a list of tables such as { name = ... }", lambda value: 0 < len(value) <= _MOST_COLUMNS),
        metadata={**about("every column of the table (below)"), **entries_of(ColumnConfig)},
    )

    def __attrs_post_init__(self) -> None:
        _require_one("[data.csv]", [self.path], [self.train_path, self.test_path])
        targets = [column for column in self.columns if column.role == "target"]
        if not targets or not any(column.role == "feature" for column in self.columns):
            raise ValueError("columns need at least one feature and one target")
        if len(targets) > 1 and any(column.type != "number" for column in targets):
            raise ValueError('several targets must all have type = "number"')
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names):
            raise ValueError(f"a column stands twice: {next(name for name in names if names.count(name) > 1)}")

    @property
    def whole(self) -> bool:
        """Whether one table holds all samples."""
        return bool(self.path)


@attrs.frozen(kw_only=True)
class ImagesConfig:
    """Images in folders, one folder for each class: all samples, to be split, or training and test apart."""

    path: str = newer(
        default="", validator=_PLACE, metadata=about("folder of all classes; [data.split] divides the images")
    )
    train_path: str = newer(default="", validator=_PLACE, metadata=about("folder of the classes to train with"))
    test_path: str = newer(default="", validator=_PLACE, metadata=about("folder of the classes to test with"))
    color: Literal["stored", "gray", "rgb"] = newer(
        default="stored", validator=choice("stored", "gray", "rgb"), metadata=about("what images are converted to")
    )
    lossy: bool = newer(
        default=False,
        validator=FLAG,
        metadata=about("accept JPEG and WebP, which decoders of different versions may read differently"),
    )

    def __attrs_post_init__(self) -> None:
        _require_one("[data.images]", [self.path], [self.train_path, self.test_path])

    @property
    def whole(self) -> bool:
        """Whether one folder holds all samples."""
        return bool(self.path)


OWN_FILES = {"arrays": ArraysConfig, "csv": CsvConfig, "images": ImagesConfig}
"""The sections that name files, by the source that reads them."""
