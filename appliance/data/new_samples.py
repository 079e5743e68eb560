"""New samples for a trained network, from files or arrays, in the form of its training data.

Part of bits 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from appliance.config.own_files import ColumnConfig, CsvConfig, ImagesConfig
from appliance.data.locate import find_own
from appliance.data.readers.arrays import open_array, split_reference
from appliance.data.readers.columns import make_features, require_finite
from appliance.data.readers.images import SUFFIXES, read_image, read_plain_folder
from appliance.data.readers.npy import list_arrays
from appliance.data.readers.tables import read_table
from appliance.data.rows import MemoryRows
from appliance.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike

    from appliance.config.own_files import ColumnType
    from appliance.config.schema import DataConfig
    from appliance.data.preparation import Preparation
    from appliance.data.rows import Rows

_WORDS = {"uint8": "whole numbers from 0 to 255", "int32": "whole numbers from 0", "float32": "numbers"}


def read_new_samples(data: DataConfig, reference: str, preparation: Preparation, data_dir: Path | None = None) -> Rows:
    """Return the features (n, k) of new samples without labels, made as those of a data set were.

    Args:
        data: the settings of the data set; they say how tables and images are read.
        reference: a CSV file, in which only the columns of features must be; a folder of images, or one image; or an
            array, such as new.npy, new.npz:x or an IDX file. It may be any path.
        preparation: of the data set.
        data_dir: the data directory that the caller named, if any; other places are those of `find_own`.

    Raises:
        DataError: a file is missing or damaged, or its samples are not like those of the data set.
    """
    path, name = split_reference(reference)
    place = find_own(path, None, data_dir)
    if place.suffix == ".csv":
        rows = _read_csv(place, data, preparation)
    elif place.is_dir() or place.suffix.lower() in SUFFIXES:
        settings = data.images or ImagesConfig(path="images", lossy=True)
        rows = MemoryRows(read_plain_folder(place, settings) if place.is_dir() else read_image(place, settings)[None])
    else:
        rows = open_array(place, name or _find_only_array(place))
    return convert_samples(rows, preparation, reference, data)


def convert_array(
    values: ArrayLike, preparation: Preparation, where: str = "x", data: DataConfig | None = None
) -> Rows:
    """Return the features (n, k) of an array (n, ...) of samples; see `convert_samples`."""
    if np.ma.is_masked(values):
        raise _refuse("values for all entries", "a masked array", where)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise _refuse("an array, or lists of equal length", error, where) from error
    if not array.ndim:
        raise _refuse(_describe(preparation), "one number", where)
    return convert_samples(MemoryRows(array), preparation, where, data)


def convert_samples(rows: Rows, preparation: Preparation, where: str, data: DataConfig | None = None) -> Rows:
    """Return samples (n, ...) as features (n, k), of the type of the training, standardised with its numbers.

    Dimensions of length 1 may be missing or added, and a sample may be given as one row of its values.

    Args:
        rows: samples of any type of numbers, as they are stored.
        preparation: of the data set.
        where: what errors call them.
        data: the settings of the data set, if files are read; they may give samples another shape than is stored, and
            read unsigned bytes as numbers.

    Raises:
        DataError: there are none, they have another shape or type, or a value is out of range.
    """
    found, shape, kind = rows.shape[1:], preparation.sample_shape, rows.dtype.kind
    width = math.prod(shape)
    one_row = found in ((), (width,)) or (data is not None and bool(data.shape))
    fits = one_row or [size for size in found if size != 1] == [size for size in shape if size != 1]
    if preparation.feature_type == "float32":
        are_numbers = rows.dtype != np.uint8 or (data is not None and data.read_as == "numbers")
        fits = fits and kind in "fbiu" and are_numbers
    else:
        fits = fits and kind in "iu"
    if not fits or not len(rows) or math.prod(found) != width:
        raise _refuse(_describe(preparation), f"shape {rows.shape}, {rows.dtype}", where)
    return preparation.prepare(rows, where)


def _find_only_array(path: Path) -> str:
    """Return the name of the array in an npz file with a single one, else nothing."""
    names = list_arrays(path) if path.suffix == ".npz" else []
    return names[0] if len(names) == 1 else ""


def _read_csv(path: Path, data: DataConfig, preparation: Preparation) -> Rows:
    """Return the features of a table; for a run without tables all columns are features."""
    settings = data.csv
    if settings is None:
        kind: ColumnType = "number" if preparation.feature_type == "float32" else "integer"
        target = ColumnConfig(name="\0", role="target")  # the settings need one; no table has it
        settings = CsvConfig(path=path.name, columns=(ColumnConfig(name="*", type=kind), target))
    table = read_table(path, settings, labelled=False)
    require_finite(table)
    return MemoryRows(make_features(table, dict(preparation.categories)))


def _describe(preparation: Preparation) -> str:
    kind = preparation.feature_type
    return f"shape (n, {', '.join(map(str, preparation.sample_shape))}), {kind}: {_WORDS[kind]}"


def _refuse(expected: str, found: object, where: str) -> DataError:
    return DataError("these samples are others than those of the training", expected=expected, found=found, where=where)
