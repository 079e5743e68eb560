"""Refuses what cannot fit into memory, before any of it is allocated.

Linux grants more memory than there is and ends the process when it is used, without an error that could be caught.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.config import AdamConfig, MomentumConfig
from appliance.errors import ConfigurationError
from verify.host.memory import read_memory

if TYPE_CHECKING:
    from appliance.config.schema import Config

_ITEM = {"f32": 4, "f64": 8}
_SAMPLE = 28 * 28 + 1  # bytes of a generated sample with its label
_GIBIBYTE = 2**30


def estimate_memory(config: Config) -> int:
    """Return bytes that a training takes at least: for parameters, gradients, the optimizer and generated data."""
    arrays = 2
    if isinstance(config.optimizer, MomentumConfig):
        arrays += 1
    elif isinstance(config.optimizer, AdamConfig):
        arrays += 2
    data = config.data
    samples = data.train_samples + data.test_samples if data.source == "synthetic" else 0
    return config.model.count_parameters() * _ITEM[config.precision] * arrays + samples * _SAMPLE


def require_memory(config: Config) -> None:
    """Return if a training can fit into the memory of this machine or this container.

    Raises:
        ConfigurationError: it cannot.
    """
    needed, there = estimate_memory(config), read_memory()
    if there is not None and needed > there:
        raise ConfigurationError(
            "a training does not fit into memory",
            expected=f"at most {there / _GIBIBYTE:.1f} GiB, the memory of this machine or container",
            found=f"at least {needed / _GIBIBYTE:.1f} GiB",
            where=config.name,
            remedy="smaller layers, fewer samples, or the data source stored (docs/data.md)",
        )
