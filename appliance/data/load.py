"""From the settings of a run to the samples it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.data.catalog import SYNTHETIC, KnownPart, KnownSet, find_known
from appliance.data.controls import (
    MINIMUM_SAMPLES,
    control_digest,
    control_minimum,
    control_samples,
    require_controls,
)
from appliance.data.dataset import Dataset
from appliance.data.idx import decode_idx, read_file
from appliance.data.locate import find_data_dir
from appliance.data.synthetic import draw_synthetic
from verify.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig

    Samples = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def load_dataset(data: DataConfig, seed: int, data_dir: Path | None = None, *, verify_digest: bool = True) -> Dataset:
    """Return the samples that a run's settings name, after every control has held.

    Args:
        data: the source and how many samples of each part; the first ones are taken, 0 means all.
        seed: the seed of the run; only synthetic data depend on it.
        data_dir: the data directory; if not given, see `appliance.data.locate`. Not used for synthetic data.
        verify_digest: whether files must have their published SHA-256, checked before they are parsed.

    Raises:
        DataError: a file is missing, damaged or not the published one, a control does not hold, or more
            samples are asked for than there are.
    """
    if data.source == SYNTHETIC:
        train, test = _draw_parts(data, seed)
    else:
        known = find_known(data.source)
        train, test = load_known(known, find_data_dir(data_dir), verify_digest=verify_digest)
        train = _take(train, data.train_samples, f"{data.source}, train_samples")
        test = _take(test, data.test_samples, f"{data.source}, test_samples")
    require_controls(
        control_minimum(len(labels), MINIMUM_SAMPLES, f"{data.source}, {name}_samples")
        for name, (_, labels) in (("train", train), ("test", test))
    )
    for array in (*train, *test):
        array.flags.writeable = False
    return Dataset(
        name=data.source,
        train_features=train[0],
        train_labels=train[1],
        test_features=test[0],
        test_labels=test[1],
    )


def load_known(known: KnownSet, data_dir: Path, *, verify_digest: bool = True) -> tuple[Samples, Samples]:
    """Return all samples of a published set: features uint8 (n, 784) with labels uint8 (n,), training then test.

    Raises:
        DataError: as for `load_dataset`.
    """
    train, test = (_load_part(known, part, data_dir, verify_digest=verify_digest) for part in known.parts)
    return train, test


def _load_part(known: KnownSet, part: KnownPart, data_dir: Path, *, verify_digest: bool) -> Samples:
    arrays = []
    for file in (part.images, part.labels):
        path = known.locate(file, data_dir)
        packed = read_file(path)
        if verify_digest:
            require_controls([control_digest(packed, file.digest, path)])
        arrays.append(decode_idx(packed, rank=file.rank, where=path))
    images, labels = arrays
    require_controls(control_samples(images, labels, minimum=part.samples, where=f"{known.name}, {part.name}"))
    return images.reshape(len(images), -1), labels


def _take(samples: Samples, count: int, where: str) -> Samples:
    """Return the first `count` samples, or all of them for 0."""
    features, labels = samples
    if count > len(labels):
        raise DataError(
            "more samples are asked for than there are",
            expected=f"at most {len(labels)}",
            found=count,
            where=where,
            remedy="ask for fewer, or for 0, which means all",
        )
    return (features[:count], labels[:count]) if count else samples


def _draw_parts(data: DataConfig, seed: int) -> tuple[Samples, Samples]:
    for name, count in (("train_samples", data.train_samples), ("test_samples", data.test_samples)):
        if count == 0:
            raise DataError(
                "synthetic data have no end: a count is needed",
                expected="1 or more",
                found=count,
                where=f"{SYNTHETIC}, {name}",
                remedy=f"set data.{name} in the configuration",
            )
    return draw_synthetic(data.train_samples, seed, "train"), draw_synthetic(data.test_samples, seed, "test")
