"""The samples of one's own files, as they are stored: all together, or training and test apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from appliance.data.readers.arrays import open_array, split_reference
from appliance.data.readers.columns import (
    find_values,
    list_class_names,
    make_features,
    make_labels,
    require_finite,
)
from appliance.data.readers.images import read_images
from appliance.data.readers.tables import read_table
from appliance.data.rows import MemoryRows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config.own_files import ArraysConfig, CsvConfig, ImagesConfig
    from appliance.config.schema import DataConfig
    from appliance.data.rows import Rows

    Find = Callable[[str], Path]


@attrs.frozen(kw_only=True, eq=False)
class RawPart:
    """Features (n, ...) and labels (m, ...) of any type of numbers; n and m need not be equal."""

    features: Rows
    labels: NDArray[Any]


@attrs.frozen(kw_only=True, eq=False)
class RawParts:
    """What was read: parts by name, "all" or "train" and "test"; the paths that were read; names of classes, texts."""

    parts: dict[str, RawPart]
    paths: tuple[Path, ...]
    class_names: tuple[str, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)


def read_parts(data: DataConfig, find: Find) -> RawParts:
    """Return the samples that the settings name.

    Args:
        data: the settings; the section of their source is there.
        find: returns the place of a file or folder that the settings name.

    Raises:
        DataError: a file is missing, damaged, or not what the settings say.
    """
    if data.arrays is not None:
        return _read_arrays(data.arrays, find)
    if data.csv is not None:
        return _read_tables(data.csv, find)
    if data.images is not None:
        return _read_folders(data.images, find)
    raise AssertionError("the settings name no files")


def _read_arrays(settings: ArraysConfig, find: Find) -> RawParts:
    if settings.whole:
        names = {"all": (settings.features, settings.labels)}
    else:
        names = {
            "train": (settings.train_features, settings.train_labels),
            "test": (settings.test_features, settings.test_labels),
        }
    paths: list[Path] = []
    parts = {}
    for part, references in names.items():
        opened = []
        for reference in references:
            path, name = split_reference(reference)
            paths.append(find(path))
            opened.append(open_array(paths[-1], name))
        parts[part] = RawPart(features=opened[0], labels=opened[1].read())
    return RawParts(parts=parts, paths=tuple(dict.fromkeys(paths)))


def _read_tables(settings: CsvConfig, find: Find) -> RawParts:
    """Return the samples of tables; the texts of categories are those of the first one, which is that for training."""
    names = {"all": settings.path} if settings.whole else {"train": settings.train_path, "test": settings.test_path}
    tables = {part: read_table(find(name), settings) for part, name in names.items()}
    first = next(iter(tables.values()))
    values = find_values(first)
    parts = {}
    for part, table in tables.items():
        require_finite(table)
        features = MemoryRows(make_features(table, values))
        parts[part] = RawPart(features=features, labels=make_labels(table, values))
    paths = tuple(table.path for table in tables.values())
    return RawParts(parts=parts, paths=paths, class_names=list_class_names(first, values), categories=values)


def _read_folders(settings: ImagesConfig, find: Find) -> RawParts:
    """Return the images of folders; the classes are those of the first folder, which is that for training."""
    names = {"all": settings.path} if settings.whole else {"train": settings.train_path, "test": settings.test_path}
    parts: dict[str, RawPart] = {}
    paths: list[Path] = []
    classes: tuple[str, ...] | None = None
    for part, name in names.items():
        paths.append(find(name))
        images = read_images(paths[-1], settings, classes)
        classes = images.classes
        parts[part] = RawPart(features=MemoryRows(images.values), labels=images.labels)
    return RawParts(parts=parts, paths=tuple(paths), class_names=classes or ())
