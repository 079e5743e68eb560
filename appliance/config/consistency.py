"""Settings that are each valid but do not fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.config.optimizers import AdamConfig
from appliance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.config.problems import Source
    from appliance.config.schema import Config

# The column sums of a gradient's operand stay exact up to a few more rows than these (docs/numerics.md, step 6).
_LARGEST_BATCH = {"f32": 1 << 16, "f64": 1 << 20}
_SMALLEST_EPSILON = 2.0**-100


def check_consistency(config: Config, source: Source) -> None:
    """Refuse settings that are each valid but do not fit together; several mistakes are one error.

    Raises:
        ConfigurationError: a batch is too large for exact sums, synthetic data has no size, a directory is missing or
            not used, or float32 results would depend on subnormal numbers.
    """
    errors = [*_check_batch(config, source), *_check_data(config, source), *_check_subnormals(config, source)]
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
    if data.source == "synthetic" and not (data.train_samples and data.test_samples):
        yield ConfigurationError(
            "synthetic data needs its sizes",
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


def _check_subnormals(config: Config, source: Source) -> Iterator[ConfigurationError]:
    """Yield float32 settings whose results depend on subnormal numbers, which not every machine keeps."""
    if config.precision != "f32":
        return
    optimizer, reason = config.optimizer, "smaller ones give float32 numbers that not every machine keeps"
    if isinstance(optimizer, AdamConfig) and optimizer.epsilon < _SMALLEST_EPSILON:
        yield ConfigurationError(
            "epsilon is too small for float32",
            where=source.name_place("optimizer.epsilon"),
            expected=f"at least 2**-100 ({_SMALLEST_EPSILON:.3g}): {reason}",
            found=optimizer.epsilon,
            remedy='use a larger epsilon, or precision = "f64"',
        )
    lowest = optimizer.schedule.find_lowest(optimizer.learning_rate, config.training.epochs)
    if lowest < optimizer.smallest_rate:
        yield ConfigurationError(
            "the learning rate becomes too small for float32",
            where=source.name_place("optimizer.learning_rate"),
            expected=f"at least {optimizer.smallest_rate:.3g} in every epoch: {reason}",
            found=lowest,
            remedy='use a larger learning rate or fewer epochs, or precision = "f64"',
        )
