"""From a configuration to a network that fits its data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from appliance.errors import ConfigurationError
from appliance.layers.build import build_layers
from appliance.layers.layer import InputSpec
from appliance.losses import Labels, count_outputs, make_loss
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
    classes: int,
    *,
    portable: bool,
    targets: int = 0,
    is_bytes: bool = True,
    operations: Operations | None = None,
    checker: ExactChecker | None = None,
) -> Network:
    """Return the network of a configuration with its initial parameters.

    Args:
        config: its section `model`, its seed and its precision.
        sample_shape: of one sample of the data set.
        classes: the number of classes in the data set; 0 where it has targets.
        targets: the number of its targets; 0 where it has classes.
        is_bytes: features are bytes, which stand for `byte / 256`; False for plain values.
        portable: portable arithmetic; False for plain NumPy.
        operations: what plans list their operations from; None for NumPy's.
        checker: checks products of portable arithmetic; None to check none.

    Raises:
        ConfigurationError: the model or the loss does not fit the data.
    """
    labels = Labels(classes, targets)
    outputs = count_outputs(config.training.loss, labels)
    fmt = FORMATS[config.precision]
    inputs = InputSpec(shape=sample_shape, bits=BYTE_BITS if is_bytes else None, is_data=True)
    stated = config.model.inputs
    if stated is not None and stated != math.prod(sample_shape):
        raise _describe_misfit(f"{math.prod(sample_shape)} inputs", f"{stated} inputs")
    layers, output = build_layers(config.model.layers, inputs, fmt=fmt, seed=config.seed, portable=portable)
    if output.shape != (outputs,):
        what = f"{outputs} outputs for {labels} and the loss {config.training.loss}"
        raise _describe_misfit(what, f"outputs of shape {output.shape}")
    return Network(
        layers=layers,
        loss=make_loss(config.training.loss, labels, fmt, portable=portable),
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
