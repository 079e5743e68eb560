"""The weights of the first layer of a run, as images where their shape is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.config.image_layers import Conv2dConfig, FlattenConfig, read_pair
from appliance.config.layers import DenseConfig
from appliance.reports.page import Figure, Text
from appliance.reports.pictures import draw_tiles

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from appliance.config import Config
    from appliance.config.layer_settings import LayerSettings
    from verify.files.run import RunFiles

_IMAGE = 3
_SMALLEST = 2  # pixels of a side
_MOST_TILES = 4096


def show_first_layer(run: RunFiles, config: Config | None) -> Figure | Text:
    """Return the weights of the first layer as images, or why they are none."""
    inputs = run.record.inputs
    if config is None or inputs is None:
        return Text(text="The weights are not shown: the run does not say what a sample is.")
    if config.experiment is not None:
        return Text(text="The weights are not shown: the network is given by the code of an experiment.")
    shape = inputs.shape
    layer = next((layer for layer in config.model.layers if not isinstance(layer, FlattenConfig)), None)
    channels = shape[0] if len(shape) == _IMAGE else 1
    if len(shape) not in (_IMAGE - 1, _IMAGE):
        size = " by ".join(map(str, shape))
        return Text(text=f"The weights are not shown as images: a sample has the shape {size}, which is no image.")
    if isinstance(layer, DenseConfig) and not layer.per_position and min(shape[-2:]) >= _SMALLEST:
        weight = run.weights.arrays.get("dense_1.weight")
        return _show(weight, (channels, shape[-2], shape[-1]), "unit")
    if isinstance(layer, Conv2dConfig):
        weight = run.weights.arrays.get("conv2d_1.weight")
        return _show(weight, (channels, *read_pair(layer.kernel)), "kernel")
    return Text(text=f"The weights are not shown as images: the first layer is {_name(layer)}.")


def _name(layer: LayerSettings | None) -> str:
    if isinstance(layer, DenseConfig):
        return "dense at every position of a sequence"
    return "none" if layer is None else layer.tag


def _show(weight: NDArray[Any] | None, shape: tuple[int, int, int], what: str) -> Figure | Text:
    channels, height, width = shape
    if weight is None or weight.ndim != _IMAGE - 1 or weight.shape[0] != channels * height * width:
        return Text(text="The weights are not shown: their shape is not the one of the settings.")
    tiles = weight.T[: _MOST_TILES // channels].reshape(-1, height, width)
    count = len(weight.T)
    names = [
        f"{number // channels}" if channels == 1 else f"{number // channels}, channel {number % channels}"
        for number in range(len(tiles))
    ]
    return draw_tiles(tiles, names, what if channels == 1 else f"channel of a {what}", count * channels)
