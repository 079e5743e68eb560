"""What a data source is: something that lists, checks and loads data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import attrs

from appliance.data.controls import MINIMUM_SAMPLES, control_minimum, require_controls
from appliance.data.dataset import Dataset
from appliance.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig
    from appliance.data.rows import Rows
    from verify.results import Result


@attrs.frozen(kw_only=True)
class FileDescription:
    """A file that a data set needs, and the `sha256:<hex>` it must have, None if that is not published."""

    path: Path
    digest: str | None = None


@attrs.frozen(kw_only=True)
class SetDescription:
    """What `data list` says about a data set; `samples` is the number for training and for test, None if not known."""

    name: str
    title: str
    licence: str
    files: tuple[FileDescription, ...] = ()
    samples: tuple[int, int] | None = None


class Source(Protocol):
    """Where samples come from. A new source is one module with one such class, and one row in `SOURCES`."""

    def names(self) -> tuple[str, ...]:
        """Return the values of `data.source` in a configuration that mean this source."""

    def describe(self, data_dir: Path) -> Sequence[SetDescription]:
        """Return the data sets of this source, whether or not their files are there."""

    def check(self, name: str, data_dir: Path) -> Sequence[Result]:
        """Return the results of all controls of a data set that `describe` lists.

        Raises:
            DataError: nothing can be checked at all.
        """

    def load(self, data: DataConfig, seed: int, data_dir: Path | None) -> Dataset:
        """Return the samples for a run, after every control has passed.

        Args:
            data: which samples; `data.source` is one of `names`.
            seed: the seed of the run, for samples that are generated.
            data_dir: the data directory; if None, `appliance.data.locate` finds it.

        Raises:
            DataError: the samples cannot be read, or a control failed.
        """


class Part(NamedTuple):
    """The samples of training or test: rows (n, k) with class numbers (n,) or targets (n, t), as in `Dataset`."""

    features: Rows
    labels: NDArray[Any]


def select_samples(
    data: DataConfig, train: Part, test: Part, *, sample_shape: tuple[int, ...], classes: int, targets: int = 0
) -> Dataset:
    """Return a data set of the samples that a configuration asks for: the first ones of each part, 0 for all.

    Raises:
        DataError: a configuration asks for more samples than there are, or for too few.
    """
    train = _take_first(train, data.train_samples, f"{data.source}, train_samples")
    test = _take_first(test, data.test_samples, f"{data.source}, test_samples")
    require_controls(
        control_minimum(len(part.labels), MINIMUM_SAMPLES, f"{data.source}, {name}_samples")
        for name, part in (("train", train), ("test", test))
    )
    return Dataset(
        name=data.source,
        train_features=train.features,
        train_labels=train.labels,
        test_features=test.features,
        test_labels=test.labels,
        sample_shape=sample_shape,
        classes=classes,
        targets=targets,
    )


def _take_first(part: Part, count: int, where: str) -> Part:
    """Return the first `count` samples, or all of them for 0; the labels cannot be written to."""
    features, labels = part
    if count > len(labels):
        raise DataError(
            "the configuration asks for more samples than there are",
            expected=f"at most {len(labels)}",
            found=count,
            where=where,
            remedy="ask for fewer samples, or for 0, which means all",
        )
    chosen = labels[: count or len(labels)]
    chosen.flags.writeable = False
    return Part(features.first(len(chosen)), chosen)
