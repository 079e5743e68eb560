"""New samples for a trained network, from a file in the form of its training data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.data.locate import find_own
from appliance.data.readers.arrays import open_array, split_reference
from appliance.data.readers.columns import make_features, require_finite
from appliance.data.readers.images import read_plain_folder
from appliance.data.readers.tables import read_table
from appliance.data.rows import MemoryRows

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config.schema import DataConfig
    from appliance.data.preparation import Preparation
    from appliance.data.rows import Rows


def read_new_samples(data: DataConfig, reference: str, preparation: Preparation, data_dir: Path | None = None) -> Rows:
    """Return the features (n, k) of new samples without labels, made as those of a data set were.

    Args:
        data: the settings of the data set; they say in which form new samples are.
        reference: a CSV file for tables, in which only the columns of features must be; a folder with images in it for
            images; an array, such as new.npy or new.npz:x, for everything else. It may be any path.
        preparation: of the data set.
        data_dir: the data directory that the caller named, if any; other places are those of `find_own`.

    Raises:
        DataError: a file is missing or damaged, or its samples are not like those of the data set.
    """
    path, name = split_reference(reference)
    place = find_own(path, None, data_dir)
    if data.csv is not None:
        table = read_table(place, data.csv, labelled=False)
        require_finite(table)
        return preparation.prepare(MemoryRows(make_features(table, dict(preparation.categories))), reference)
    if data.images is not None:
        return preparation.prepare(MemoryRows(read_plain_folder(place, data.images)), reference)
    return preparation.prepare(open_array(place, name), reference)
