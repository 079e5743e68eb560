"""From a configuration to a network that fits its data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from appliance.errors import ConfigurationError
from appliance.layers.build import build_layers
from appliance.layers.layer import InputSpec
from appliance.losses import NativeCrossEntropy, PortableCrossEntropy
from appliance.model.network import Network
from appliance.numerics.formats import BYTE_BITS, FORMATS
from appliance.numerics.operations import NATIVE, PORTABLE

if TYPE_CHECKING:
    from appliance.config.schema import Config
    from appliance.numerics.operations import Operations
    from verify.conformance.freivalds import ExactChecker


def build_network(
    config: Config,
    sample_shape: tuple[int, ...],
    outputs: int,
    *,
    portable: bool,
    is_bytes: bool = True,
    operations: Operations | None = None,
    checker: ExactChecker | None = None,
) -> Network:
    """Return the network of a configuration with its initial parameters.

    Args:
        config: its section `model`, its seed and its precision.
        sample_shape: of one sample of the data set.
        outputs: the number of classes in the data set, or of its targets.
        is_bytes: features are bytes, which stand for `byte / 256`; False for plain values.
        portable: portable arithmetic; False for plain NumPy.
        operations: what plans list their operations from; None for NumPy's.
        checker: checks products of portable arithmetic; None to check none.

    Raises:
        ConfigurationError: the model does not fit the data.
    """
    fmt = FORMATS[config.precision]
    inputs = InputSpec(shape=sample_shape, bits=BYTE_BITS if is_bytes else None, is_data=True)
    stated = config.model.inputs
    if stated is not None and stated != math.prod(sample_shape):
        raise _describe_misfit(f"{math.prod(sample_shape)} inputs", f"{stated} inputs")
    layers, output = build_layers(config.model.layers, inputs, fmt=fmt, seed=config.seed, portable=portable)
    if output.shape != (outputs,):
        raise _describe_misfit(f"{outputs} outputs, one for each class or target", f"outputs of shape {output.shape}")
    return Network(
        layers=layers,
        loss=PortableCrossEntropy(fmt) if portable else NativeCrossEntropy(fmt),
        inputs=inputs,
        fmt=fmt,
        operations=operations or (PORTABLE if portable else NATIVE),
        portable=portable,
        checker=checker if portable else None,
    )


def _describe_misfit(expected: str, found: str) -> ConfigurationError:
    return ConfigurationError(
        "the model does not fit the data",
        expected=expected,
        found=found,
        where="model.layers",
        remedy="change the first or the last width of the layers, or the data",
    )
