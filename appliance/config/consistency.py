"""Settings that are each valid but do not fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.config.growth import find_default
from appliance.config.optimizers import AdamConfig, AdamwConfig
from appliance.config.own_files import OWN_FILES
from appliance.config.schema import DataConfig
from appliance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.config.problems import Source
    from appliance.config.schema import Config

# The column sums of a gradient's operand stay exact up to a few more rows than these (docs/numerics.md, step 6).
_LARGEST_BATCH = {"f32": 1 << 16, "f64": 1 << 20}
_SMALLEST_EPSILON = 2.0**-100
_SMALLEST_DECAY = 2.0**-100
_SMALLEST_NORM = 2.0**-40
_GENERATED = ("synthetic", "regression")
_ONLY_OWN = ("read_as", "labels_as", "classes", "shape", "split")


def check_consistency(config: Config, source: Source) -> None:
    """Refuse settings that are each valid but do not fit together; several mistakes are one error.

    Raises:
        ConfigurationError: a batch is too large for exact sums, generated data has no size, a directory or a section of
            the data is missing or not used, parameters would change their sign, or float32 results would depend on
            subnormal numbers.
    """
    checks = (_check_batch, _check_data, _check_decay, _check_subnormals)
    errors = [error for check in checks for error in check(config, source)]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        found = [f"{error.title}: expected {error.expected}, found {error.found}" for error in errors]
        raise ConfigurationError(
            f"the settings do not fit together: {len(errors)} mistakes", where=source.file, found=found
        )


def _check_batch(config: Config, source: Source) -> Iterator[ConfigurationError]:
    largest = _LARGEST_BATCH[config.precision]
    if config.training.batch_size > largest:
        yield ConfigurationError(
            "a batch is too large for exact sums",
            where=source.name_place("training.batch_size"),
            expected=f"at most {largest} in {config.precision}",
            found=config.training.batch_size,
        )


def _check_data(config: Config, source: Source) -> Iterator[ConfigurationError]:
    data = config.data
    if data.source in _GENERATED and not (data.train_samples and data.test_samples):
        yield ConfigurationError(
            "generated data needs its sizes" if data.source != "synthetic" else "synthetic data needs its sizes",
            where=source.name_place("data"),
            expected="train_samples and test_samples of at least 1",
            found=f"{data.train_samples} and {data.test_samples}",
        )
    if (data.source == "stored") != bool(data.directory):
        yield ConfigurationError(
            "stored data needs its directory, other data has none",
            where=source.name_place("data.directory"),
            expected="data.directory with the source stored, and with no other",
            found=f"source {data.source}, directory {data.directory or '(none)'}",
        )
    yield from _check_own_data(data, source)
    yield from _check_tokens(data, source)


def _check_tokens(data: DataConfig, source: Source) -> Iterator[ConfigurationError]:
    """Yield an error for tokens that would be scaled."""
    if data.read_as == "tokens" and data.standardize != "none":
        yield ConfigurationError(
            "tokens are not standardised",
            where=source.name_place("data.standardize"),
            expected='no data.standardize with data.read_as = "tokens"',
            found=data.standardize,
        )


def _check_own_data(data: DataConfig, source: Source) -> Iterator[ConfigurationError]:
    """Yield what does not fit together in the settings of data in files of one's own."""
    files = {name: getattr(data, name) for name in OWN_FILES}
    for name, section in files.items():
        if (data.source == name) != (section is not None):
            yield ConfigurationError(
                "a source needs its own section, and no other source has it",
                where=source.name_place(f"data.{name}"),
                expected=f'a section [data.{name}] with source = "{name}", and with no other',
                found=f'source = "{data.source}", {"no section" if section is None else f"a section [data.{name}]"}',
            )
    own = files.get(data.source)
    idle = [name for name in _ONLY_OWN if getattr(data, name) != find_default(getattr(attrs.fields(DataConfig), name))]
    if data.source not in OWN_FILES and idle:
        yield ConfigurationError(
            "a setting has no effect with this source",
            where=source.name_place(f"data.{idle[0]}"),
            expected=f"it is left out, or the source is {' or '.join(OWN_FILES)}",
            found=f'{", ".join(idle)} with source = "{data.source}"',
        )
    elif own is not None and own.whole != (data.split is not None):
        yield ConfigurationError(
            "samples in one place need a split, samples in two places have none",
            where=source.name_place("data.split"),
            expected="a section [data.split]" if own.whole else "no section [data.split]",
            found="none" if own.whole else "a section [data.split]",
        )


def _check_decay(config: Config, source: Source) -> Iterator[ConfigurationError]:
    """Yield a decay apart from the gradient that would change the sign of every parameter."""
    optimizer = config.optimizer
    product = optimizer.learning_rate * optimizer.weight_decay
    if isinstance(optimizer, AdamwConfig) and not product < 1.0:
        yield ConfigurationError(
            "the decay is larger than the parameters",
            where=source.name_place("optimizer.weight_decay"),
            expected="learning_rate * weight_decay below 1: parameters are multiplied by 1 - rate * weight_decay",
            found=product,
            remedy="use a smaller learning rate or a smaller weight_decay",
        )


def _check_subnormals(config: Config, source: Source) -> Iterator[ConfigurationError]:
    """Yield float32 settings whose results depend on subnormal numbers, which not every machine keeps."""
    if config.precision != "f32":
        return
    optimizer, reason = config.optimizer, "smaller ones give float32 numbers that not every machine keeps"
    limits = [("weight_decay", _SMALLEST_DECAY, "2**-100"), ("clip_norm", _SMALLEST_NORM, "2**-40")]
    if isinstance(optimizer, AdamConfig):
        limits.insert(0, ("epsilon", _SMALLEST_EPSILON, "2**-100"))
    for key, smallest, power in limits:
        value = getattr(optimizer, key)
        if 0.0 < value < smallest:
            yield ConfigurationError(
                f"{key} is too small for float32",
                where=source.name_place(f"optimizer.{key}"),
                expected=f"at least {power} ({smallest:.3g}): {reason}",
                found=value,
                remedy=f'use a larger {key}, or precision = "f64"',
            )
    lowest = optimizer.find_lowest_rate(config.training.epochs)
    if lowest < optimizer.smallest_rate:
        yield ConfigurationError(
            "the learning rate becomes too small for float32",
            where=source.name_place("optimizer.learning_rate"),
            expected=f"at least {optimizer.smallest_rate:.3g} in every step: {reason}",
            found=lowest,
            remedy='use a larger learning rate, fewer epochs or fewer warm-up steps, or precision = "f64"',
        )
