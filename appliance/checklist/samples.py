"""The samples of a run, loaded here to be compared with the run; the code of an experiment is never run."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.config.own import OWN_SOURCE
from appliance.data.locate import find_data_dir
from appliance.data.table import check_config, list_sets
from verify.errors import ApplianceError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config import Config
    from appliance.data import Dataset
    from appliance.data.rows import Rows
    from verify.results import Result

_MOST_GENERATED = 10**6
_GENERATED = ("synthetic", "regression")


@attrs.frozen(kw_only=True)
class Samples:
    """What could be loaded.

    Args:
        problem: why nothing could be loaded; None where the samples are here.
        remedy: what helps then.
        elsewhere: whether only the code of an experiment, or a program, gives the samples.
        results: the controls that were applied.
        digest: the digest of the samples as used.
        counts: how many samples there are for training and for test.
        shared: how many test samples are training samples, too.
        commonest: the share of right answers of who always gives the most frequent label; None where there are none.
    """

    problem: str | None = None
    remedy: str | None = None
    elsewhere: bool = False
    results: tuple[Result, ...] = ()
    digest: str | None = None
    counts: tuple[int, int] = (0, 0)
    shared: int = 0
    commonest: float | None = None


def load_samples(config: Config, data_dir: Path | None) -> Samples:
    """Return the samples that a configuration names, as far as they can be loaded here."""
    unsuitable = _refuse(config)
    if unsuitable is not None:
        return unsuitable
    try:
        results, dataset = check_config(config, data_dir)
        if dataset is None:
            failed = next(result for result in results if result.status != "pass")
            return Samples(problem=f"{failed.id} failed: {failed.title}", remedy=failed.remedy, results=tuple(results))
        return _describe(dataset, tuple(results))
    except ApplianceError as error:
        return Samples(problem=f"{error.title}: {error.found}", remedy=error.remedy)
    except MemoryError:
        return Samples(problem="the samples do not fit into memory")


def _refuse(config: Config) -> Samples | None:
    """Return why the samples of a configuration are not loaded for a checklist; None where they are."""
    data = config.data
    if config.experiment is not None:
        return Samples(problem="the code of an experiment may give the samples, and is not run", elsewhere=True)
    if data.source == OWN_SOURCE:
        return Samples(problem="a program gave the samples", elsewhere=True)
    if data.source in _GENERATED and data.train_samples + data.test_samples > _MOST_GENERATED:
        reason = f"more than {_MOST_GENERATED} generated samples are not made for a checklist"
        return Samples(problem=reason, elsewhere=True)
    return None


def _describe(dataset: Dataset, results: tuple[Result, ...]) -> Samples:
    return Samples(
        results=results,
        digest=dataset.digest(),
        counts=(len(dataset.train_features), len(dataset.test_features)),
        shared=count_shared(dataset.train_features, dataset.test_features),
        commonest=find_commonest(dataset.test_labels) if dataset.classes else None,
    )


def find_commonest(labels: NDArray[Any]) -> float | None:
    """Return the share of the most frequent label, of several answers to a sample that of each one; None for none.

    >>> find_commonest(np.array([1, 1, 1, 0]))
    0.75
    """
    if not labels.size:
        return None
    right = 0
    for column in labels.reshape(len(labels), -1).T:
        right += int(np.unique(column, return_counts=True)[1].max())
    return right / labels.size


def count_shared(train: Rows, test: Rows) -> int:
    """Return how many rows of the test part are also in the training part, bit for bit."""
    wanted: dict[bytes, int] = {}
    for mark in (_digest_row(row.tobytes()) for block in test.blocks() for row in block):
        wanted[mark] = wanted.get(mark, 0) + 1
    found = 0
    for mark in (_digest_row(row.tobytes()) for block in train.blocks() for row in block):
        found += wanted.pop(mark, 0)
    return found


def _digest_row(row: bytes) -> bytes:
    return hashlib.blake2b(row, digest_size=16).digest()


def find_licence(config: Config, data_dir: Path | None) -> str | None:
    """Return the licence of a data set of the table; None where the table does not know it."""
    if config.experiment is not None:
        return None
    for found in list_sets(find_data_dir(data_dir)):
        if found.name == config.data.source and not found.own and found.licence != "not known":
            return found.licence
    return None
