"""The table of data sources, with everything that is asked of all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from appliance.config.own import OWN_SOURCE
from appliance.data.locate import find_data_dir
from appliance.data.sources.own import OwnSource
from appliance.data.sources.published import PublishedSource
from appliance.data.sources.regression import RegressionSource
from appliance.data.sources.stored import StoredSource
from appliance.data.sources.synthetic import SyntheticSource
from appliance.errors import ConfigurationError, DataError
from verify.errors import UsageError, suggest_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.config.schema import Config, DataConfig
    from appliance.data.dataset import Dataset
    from appliance.data.source import SetDescription, Source
    from verify.results import Result

OWN = OwnSource()
_FIXED: tuple[Source, ...] = (SyntheticSource(), RegressionSource(), PublishedSource(), OWN)
STORED = StoredSource(others=_FIXED)
SOURCES: tuple[Source, ...] = (*_FIXED, STORED)


def load_dataset(data: DataConfig, seed: int, data_dir: str | Path | None = None) -> Dataset:
    """Return the samples that the settings of a run name, after every control has passed.

    Args:
        data: the source and how many samples of each part; the first ones are taken, 0 means all.
        seed: the seed of the run; only generated data depend on it.
        data_dir: the data directory; if not given, see `appliance.data.locate`. Not used for generated data.

    Raises:
        ConfigurationError: there is no such source.
        DataError: a file is missing, damaged or not the published one, a control failed, the settings ask for more
            samples than there are, or the samples do not fit into memory.

    >>> from appliance import load_config
    >>> config = load_config("smoke")
    >>> dataset = load_dataset(config.data, config.seed)
    >>> len(dataset.train_features), dataset.sample_shape, dataset.classes
    (256, (28, 28), 10)
    """
    try:
        return find_source(data.source).load(data, seed, None if data_dir is None else Path(data_dir))
    except MemoryError:
        raise DataError(
            "the data do not fit into memory",
            found=f"{data.train_samples or 'all'} and {data.test_samples or 'all'} samples",
            where=data.source,
            remedy="use fewer samples, or data in files, which are read row by row (docs/data.md)",
        ) from None


def find_source(name: str) -> Source:
    """Return the source that a configuration names.

    Raises:
        ConfigurationError: there is no such source.
    """
    if name == OWN_SOURCE:
        raise ConfigurationError(
            "a program gave the samples of this run",
            expected="the program that made the run",
            found=f'source = "{name}"',
            where="data.source",
            remedy="run the program again: it calls `appliance.fit`",
        )
    names = [known for source in SOURCES for known in source.names()]
    for source in SOURCES:
        if name in source.names():
            return source
    raise ConfigurationError("no such data source", expected=" or ".join(names), found=name, where="data.source")


def list_sets(data_dir: Path) -> Iterator[SetDescription]:
    """Yield all data sets of all sources, in the order of the table."""
    for source in SOURCES:
        yield from source.describe(data_dir)


def check_config(config: Config, data_dir: Path | None) -> tuple[Sequence[Result], Dataset | None]:
    """Return the results of all controls of the data of a configuration, and the data set; None if a control failed.

    Raises:
        ConfigurationError: there is no such source, or the code of an experiment gives the samples, which is not run.
        DataError: the files are missing or damaged.
    """
    data = config.data
    if config.experiment is not None and data.source == OWN_SOURCE:
        raise ConfigurationError(
            "the code of an experiment gives these samples",
            expected="a section [data] that names files",
            found=f"only the code in {config.experiment.module}",
            where="data.source",
            remedy="train it: that runs the code, checks what it gives, and prints the digest of the data",
        )
    if data.source in OWN.names():
        return OWN.inspect(data, data_dir)
    source = find_source(data.source)
    results = list(source.check(data.directory or data.source, find_data_dir(data_dir)))
    if any(result.status == "fail" for result in results):
        return results, None
    return results, load_dataset(data, config.seed, data_dir)


def check_set(name: str, data_dir: Path) -> Sequence[Result]:
    """Return the results of all controls of a data set.

    Raises:
        UsageError: there is no such data set.
        DataError: nothing can be checked at all.
    """
    for source in SOURCES:
        if any(found.name == name for found in source.describe(data_dir)):
            return source.check(name, data_dir)
    names = [found.name for found in list_sets(data_dir)]
    remedy = suggest_name(name, names, "repro-appliance data list")
    raise UsageError("no such data set", expected=" or ".join(names), found=name, remedy=remedy)
