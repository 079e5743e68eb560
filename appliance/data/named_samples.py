"""New samples by the name of a data set, or by the path of a file or folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import attrs

from appliance.config.schema import DataConfig
from appliance.data.new_samples import convert_samples, read_new_samples
from appliance.data.readers.arrays import split_reference
from appliance.data.rows import MemoryRows
from appliance.data.table import SOURCES, load_dataset
from appliance.errors import DataError

if TYPE_CHECKING:
    from appliance.data.dataset import Dataset
    from appliance.data.preparation import Preparation
    from appliance.data.rows import Rows

_GENERATED = 1000  # samples of a generated set, unless the run says how many
_REMEDY = "name a file (npy, npz:NAME, csv, IDX), a folder of images, or a data set: repro-appliance data list"


class Samples(NamedTuple):
    """Features (n, k) as a network reads them, and what they are."""

    rows: Rows
    title: str


def find_samples(
    reference: str, preparation: Preparation, data: DataConfig, seed: int, data_dir: Path | None = None
) -> Samples:
    """Return the samples that a user names.

    Args:
        reference: the name of a data set, of which the test part is taken; or the path of a file or folder, for npz
            with the name of an array, such as mine.npz:x.
        preparation: how samples were made for the training.
        data: the settings of the run's data; they say how tables and images are read.
        seed: of the run; generated sets depend on it.
        data_dir: where data sets are; None for the usual places.

    Raises:
        DataError: there is nothing of this name, it cannot be read, or it does not fit the run.
    """
    if any(reference in source.names() for source in SOURCES):
        return _load_set(reference, preparation, data, seed, data_dir)
    try:
        exists = Path(split_reference(reference)[0]).exists()
    except (OSError, ValueError):  # too long a name, or one with a zero byte
        exists = False
    if not exists:
        found = "nothing of that name"
        raise DataError("there are no such samples", expected="data", found=found, where=reference, remedy=_REMEDY)
    return Samples(read_new_samples(data, str(Path(reference).absolute()), preparation), reference)


def _load_set(name: str, preparation: Preparation, data: DataConfig, seed: int, data_dir: Path | None) -> Samples:
    """Return the test part of a data set, as it is stored, then made like the samples of the run."""
    found = load_stored(name, data, seed, data_dir)
    rows = found.test_features
    shaped = MemoryRows(rows.read().reshape(len(rows), *found.sample_shape)) if isinstance(rows, MemoryRows) else rows
    return Samples(convert_samples(shaped, preparation, name, data), f"{name}, test part")


def load_stored(name: str, data: DataConfig, seed: int, data_dir: Path | None = None) -> Dataset:
    """Return a data set as it is stored, not standardised.

    Args:
        name: of the data set.
        data: the settings of a run's data; if it is the run's own data set, the same samples are taken.
        seed: of the run.
        data_dir: where data sets are; None for the usual places.

    Raises:
        ConfigurationError: a program gave the data, or there is no such set.
        DataError: it cannot be read.
    """
    if name == data.source:
        wanted = attrs.evolve(data, standardize="none", standardize_targets=False, controls=None)
    elif name in ("synthetic", "regression"):
        wanted = DataConfig(source=name, train_samples=10, test_samples=data.test_samples or _GENERATED)
    else:
        wanted = DataConfig(source=name)
    return load_dataset(wanted, seed, data_dir)
