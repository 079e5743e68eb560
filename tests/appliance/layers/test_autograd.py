"""Image layers against PyTorch, where it is installed: outputs and gradients of the same weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.config.image_layers import AveragePoolConfig, Conv2dConfig, FlattenConfig, MaxPoolConfig, read_pair
from support.layer_probes import Probe

if TYPE_CHECKING:
    from appliance.config.layer_settings import LayerSettings

torch = pytest.importorskip("torch")

CASES: dict[str, tuple[LayerSettings, tuple[int, ...]]] = {
    "conv": (Conv2dConfig(channels=3, kernel=3), (2, 9, 8)),
    "conv padded": (Conv2dConfig(channels=4, kernel=(3, 2), padding=(1, 2)), (2, 6, 7)),
    "conv strided": (Conv2dConfig(channels=2, kernel=(2, 3), stride=(2, 1), padding=1), (3, 8, 7)),
    "max": (MaxPoolConfig(kernel=2), (2, 6, 7)),
    "max overlapping": (MaxPoolConfig(kernel=3, stride=2), (2, 9, 8)),
    "average": (AveragePoolConfig(kernel=(2, 3), stride=(1, 2)), (2, 6, 7)),
    "average of all": (AveragePoolConfig(), (3, 5, 4)),
    "flatten": (FlattenConfig(), (2, 3, 4)),
}


def compute(settings: LayerSettings, x: Any, weight: Any, bias: Any) -> Any:  # noqa: ANN401 - tensors
    """Return PyTorch's output for one layer."""
    functions = torch.nn.functional
    if isinstance(settings, Conv2dConfig):
        pairs = read_pair(settings.stride), read_pair(settings.padding)
        return functions.conv2d(x, weight, bias, *pairs)
    if isinstance(settings, FlattenConfig):
        return x.flatten(1)
    assert isinstance(settings, MaxPoolConfig | AveragePoolConfig)
    size, stride = map(read_pair, settings.find_window(tuple(x.shape[1:])))
    pool = functions.max_pool2d if isinstance(settings, MaxPoolConfig) else functions.avg_pool2d
    return pool(x, size, stride)


@pytest.mark.parametrize(("portable", "error"), [(False, 1e-12), (True, 2.0**-18)])
@pytest.mark.parametrize("name", CASES)
def test_passes_agree_with_autograd(name: str, portable: bool, error: float) -> None:
    """In float64: native up to rounding, portable up to the bits of its operands; the weight is `W.T` in PyTorch."""
    settings, shape = CASES[name]
    probe, random = Probe([settings], shape, portable=portable), np.random.default_rng(1)
    x, dy = random.normal(size=(3, *shape)), random.normal(size=(3, *probe.output.shape))
    found, parameters = probe.run(x, dy), list(probe.parameters().values())
    tensors = [torch.tensor(x, requires_grad=True), None, None]
    if parameters:
        weight = parameters[0].T.reshape(-1, shape[0], *read_pair(settings.kernel))  # type: ignore[attr-defined]
        tensors[1:] = [torch.tensor(array.copy(), requires_grad=True) for array in (weight, parameters[1])]
    outputs = compute(settings, *tensors)
    outputs.backward(torch.tensor(dy))
    expected = [outputs.detach(), *(tensor.grad for tensor in tensors if tensor is not None)]
    given = [found.outputs, found.input_gradient, *found.gradients.values()]
    if parameters:
        given[2] = given[2].T.reshape(weight.shape)
    for one, other in zip(given, expected, strict=True):
        assert np.abs(one - other.numpy()).max() <= error * np.abs(other.numpy()).max()
